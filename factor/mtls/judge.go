package mtls

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientcert"
)

// Result is the answer of [Trust.Judge].
type Result struct {
	// Verdict is Accepted, Rejected, or Unavailable where nobody can say now whether the
	// certificate is revoked.
	Verdict factor.Verdict
	// Index says which record matched; Hardware what its evidence is worth. Both are
	// meaningful with Accepted.
	Index    int
	Hardware bool
	// Reason says why not.
	Reason Reason
}

// Judge verifies what a request has shown, and looks for the record it belongs to. A
// certificate is verified in full before any record is looked at, so that nobody learns
// from the work whether there is one.
func (t *Trust) Judge(now time.Time, p clientcert.Peer, records []Record) Result {
	v, err := t.Verify(now, p)
	if err != nil {
		return failed(err)
	}
	own, err := t.Bind(v)
	if err != nil {
		return failed(err)
	}
	want := sha256.Sum256(own.Encode())
	if len(records) == 0 {
		records = []Record{{}}
	}
	at := -1
	for i, r := range records {
		have := sha256.Sum256(r.Encode())
		if subtle.ConstantTimeCompare(have[:], want[:]) == 1 && at < 0 {
			at = i
		}
	}
	if at < 0 {
		return Result{Verdict: factor.Rejected, Reason: Unbound}
	}
	return Result{Verdict: factor.Accepted, Index: at, Hardware: v.Hardware}
}

func failed(err error) Result {
	var e *Error
	switch {
	case !errors.As(err, &e):
		return Result{Verdict: factor.Unavailable}
	case e.Reason == RevocationUnknown:
		return Result{Verdict: factor.Unavailable, Reason: e.Reason}
	}
	return Result{Verdict: factor.Rejected, Reason: e.Reason}
}

// Evidence is what a certificate proves: possession of a key, to this very server, so
// that no page in between can pass it on. A key that cannot leave its hardware has the
// RFC 8176 reference "hwk", any other "swk" (FAC-116).
func Evidence(credential identity.CredentialID, hardware bool, at time.Time) identity.Evidence {
	e := identity.Evidence{Kind: factor.MTLS, At: at, Credential: credential, AMR: []string{"swk"}, Class: identity.Possession | identity.PhishingResistant}
	if hardware {
		e.AMR, e.Class = []string{"hwk"}, e.Class|identity.DeviceBound
	}
	return e
}
