package authn_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/session"
)

// certified is a tenant in which a password is followed by a certificate of one
// authority, whose revocation list lies in a file, and somebody who has one.
type certified struct {
	*rig
	root *certtest.Pair
	own  *certtest.Pair
	user identity.User
	file string
	crls *mtls.CRLs
	list *clock.Fake // that the lists go by
}

func certificates(t *testing.T, steps ...identity.Step) *certified {
	t.Helper()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	c := &certified{root: certtest.New(t, "Root", now), file: filepath.Join(t.TempDir(), "list")}
	c.list = clock.NewFake(now)
	var err error
	c.crls, err = mtls.NewCRLs(mtls.CRLsConfig{Clock: c.list, Issuers: []*x509.Certificate{c.root.Cert}, Files: []string{c.file}})
	must(t, err)
	trust, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: c.root.Cert, Hardware: true}}, CRLs: c.crls})
	must(t, err)
	v, err := mtls.NewVerifier(mtls.VerifierConfig{Trust: trust})
	must(t, err)
	c.rig = newRig(t, with(v))
	c.certs = v
	c.revoke()
	if steps == nil {
		steps = []identity.Step{identity.Required(factor.Password), identity.Required(factor.MTLS)}
	}
	c.offers(identity.Method{Name: "password", Enabled: true, Steps: steps})
	c.user, c.own = c.person(ada), c.root.Issue(t)
	must(t, c.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: c.row(c.user.Subject(), factor.MTLS, pinned(c.own))}))
	c.clock.Advance(time.Second)
	return c
}

func pinned(p *certtest.Pair) []byte {
	return mtls.Pinned(sha256.Sum256(p.Cert.RawSubjectPublicKeyInfo)).Encode()
}

// revoke publishes the next list.
func (c *certified) revoke(these ...*certtest.Pair) {
	c.t.Helper()
	tmpl := &x509.RevocationList{Number: c.root.Cert.SerialNumber, ThisUpdate: c.root.Cert.NotBefore, NextUpdate: c.clock.Now().Add(24 * time.Hour)}
	for _, p := range these {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: p.Cert.SerialNumber, RevocationTime: c.root.Cert.NotBefore})
	}
	must(c.t, os.WriteFile(c.file, c.root.CRLOf(c.t, tmpl), 0o600))
	must(c.t, c.crls.Renew(c.t.Context()))
}

var shown = authn.Presented{Of: factor.MTLS}

// in signs in with a certificate.
func (c *certified) in(p *certtest.Pair) *browser {
	c.t.Helper()
	b := c.half(ada)
	b.shows = p
	if out := b.try(shown); !is[authn.Completed](out) {
		c.t.Fatalf("%T", out)
	}
	return b
}

// A session that a certificate has opened is good with it alone, on whatever connection,
// for as long as it stands: another one, none, an expired or a revoked one is a guest's,
// who cannot end it either.
// FAC-115, FAC-116
func TestCertificate_session_is_bound_to_it(t *testing.T) {
	t.Parallel()
	c := certificates(t)
	b := c.in(c.own)
	st := b.state().(session.Authenticated)
	ev := st.Evidence()
	if got := ev[len(ev)-1]; got.Kind != factor.MTLS || got.AMR[0] != "hwk" || got.Class&identity.PhishingResistant == 0 {
		t.Errorf("%+v", got)
	}
	renewed := c.root.IssueFor(t, c.own.Key)
	for what, p := range map[string]*certtest.Pair{"none": nil, "another": c.root.Issue(t), "renewed": renewed, "another tenant's": certtest.New(t, "Root", c.clock.Now()).IssueFor(t, c.own.Key)} {
		b.shows = p
		if b.signedIn() {
			t.Errorf("%s: signed in", what)
		}
	}
	if b.shows = c.own; !b.signedIn() {
		t.Fatal("a wrong certificate has ended the session")
	}
	c.revoke(c.own)
	if b.signedIn() {
		t.Error("signed in with a revoked certificate")
	}
	half := c.half(ada)
	if half.shows = c.own; !is[authn.Rejected](half.try(shown)) {
		t.Error("a revoked certificate signs in")
	}
	// The renewed one of the same key is the same credential, and opens its own session.
	b = c.in(renewed)
	c.clock.Advance(12*time.Hour + time.Second)
	if b.signedIn() {
		t.Error("signed in with an expired certificate")
	}
}

// Whatever is wrong with it, the answer is one; the trail knows which it was.
// FAC-112, FAC-113, FAC-I9
func TestCertificate_one_outcome(t *testing.T) {
	t.Parallel()
	c := certificates(t)
	for reason, p := range map[string]*certtest.Pair{
		"missing":       nil,
		"unbound":       c.root.Issue(t),
		"untrusted":     certtest.New(t, "Root", c.clock.Now()).IssueFor(t, c.own.Key),
		"expired":       c.root.IssueFor(t, c.own.Key, func(x *x509.Certificate) { x.NotAfter = c.clock.Now().Add(-time.Second) }),
		"not_yet_valid": c.root.IssueFor(t, c.own.Key, func(x *x509.Certificate) { x.NotBefore = c.clock.Now().Add(time.Second) }),
		"cert_usage":    c.root.IssueFor(t, c.own.Key, func(x *x509.Certificate) { x.ExtKeyUsage = nil }),
		"cert_not_leaf": c.root,
	} {
		b := c.half(ada)
		b.shows = p
		out := b.try(shown)
		if !is[authn.Rejected](out) || b.signedIn() {
			t.Errorf("%s: %T", reason, out)
		}
		if !strings.Contains(c.audited(), `"reason":"`+reason+`"`) {
			t.Errorf("%s is not in the trail", reason)
		}
	}
	// Nobody can say: not charged, and not let in.
	c.clock.Advance(11 * time.Hour)
	c.list.Set(c.clock.Now())
	stale := c.root.CRL(t, c.clock.Now().Add(-time.Hour), c.clock.Now().Add(time.Minute))
	must(t, os.WriteFile(c.file, stale, 0o600))
	must(t, c.crls.Renew(t.Context()))
	c.clock.Advance(2 * time.Minute)
	b := c.half(ada)
	b.shows = c.root.IssueFor(t, c.own.Key)
	if out := b.try(shown); !is[authn.Unavailable](out) || b.signedIn() {
		t.Errorf("a stale list: %T", out)
	}
}

// An unknown name, one without a certificate and one with another's look alike and cost
// the same.
// FAC-111
func TestCertificate_of_nobody(t *testing.T) {
	t.Parallel()
	c := certificates(t, identity.Required(factor.MTLS))
	c.person("bea@example.org")
	c.clock.Advance(time.Second)
	stranger := c.root.Issue(t)
	var want string
	for _, name := range []string{ada, "bea@example.org", "nobody@example.org"} {
		b := c.browser()
		b.shows = stranger
		b.begin(name)
		c.work.take()
		out := b.try(shown)
		got := c.work.take()
		if want == "" {
			want = got
		}
		if !is[authn.Rejected](out) || got != want {
			t.Errorf("%s: %T, %s, want %s", name, out, got, want)
		}
	}
	b := c.browser()
	b.shows = c.own
	b.begin(ada)
	if out := b.try(shown); !is[authn.Completed](out) {
		t.Errorf("its owner: %T", out)
	}
	b = c.browser()
	b.shows = c.own
	b.begin("bea@example.org")
	if out := b.try(shown); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("another person with it: %T", out)
	}
}

// A step-up by certificate binds the session to it from then on, be it one that began
// with a password on another connection.
// FAC-115
func TestCertificate_step_up(t *testing.T) {
	t.Parallel()
	c := certificates(t, identity.Required(factor.Password))
	b := c.browser().signIn(ada)
	c.clock.Advance(time.Hour)
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := c.accounts.RequireStepUp(ctx, s, authn.Requirement{AnyOf: []identity.Kind{factor.MTLS}}); err != nil {
			t.Error(err)
		}
	})
	if out := b.try(shown); !is[authn.Rejected](out) {
		t.Errorf("without one: %T", out)
	}
	b.shows = c.own
	if out := b.try(shown); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if !b.signedIn() {
		t.Error("signed out by a step-up")
	}
	if b.shows = nil; b.signedIn() {
		t.Error("not bound to it")
	}
}
