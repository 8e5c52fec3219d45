package mtls

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/axess-go/axess/middleware/clientcert"
)

// stoodSize bounds the certificates of which we remember that they stood.
const stoodSize = 512

// stood is a chain that was verified, until something of it has to be looked at again.
type stood struct {
	chain       []*x509.Certificate
	staple      string
	lists       *snapshot
	from, until time.Time
}

// Standing is Verify for every request of a session that is bound to a certificate. What
// has been verified is remembered until one of its times passes, or a list is renewed:
// a certificate that is revoked stops standing with the list that says so. Error:
// [*Error].
func (t *Trust) Standing(now time.Time, p clientcert.Peer) error {
	leaf := p.Leaf()
	if leaf == nil {
		return refused(Missing)
	}
	lists := t.crls.current()
	at := &t.stood[place(leaf)]
	if m := at.Load(); m != nil && m.lists == lists && !now.Before(m.from) && !now.After(m.until) &&
		m.staple == string(p.Staple) && slices.EqualFunc(m.chain, p.Chain, (*x509.Certificate).Equal) {
		return nil
	}
	v, err := t.Verify(now, p)
	if err != nil {
		return err
	}
	at.Store(&stood{p.Chain, string(p.Staple), lists, now, v.until})
	return nil
}

// place is where a certificate is remembered; its signature is as good as chance.
func place(c *x509.Certificate) int {
	n := 0
	for _, b := range c.Signature[max(0, len(c.Signature)-4):] {
		n = n<<8 | int(b)
	}
	return n % stoodSize
}
