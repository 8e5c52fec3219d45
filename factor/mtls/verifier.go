package mtls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientcert"
)

// VerifierConfig says whose certificates count where. One of Trust and TrustOf is
// required.
type VerifierConfig struct {
	// Trust is that of every tenant: for programs with one.
	Trust *Trust
	// TrustOf is that of a tenant; nil: nobody there signs in with a certificate. It is
	// asked with every request of a session that is bound to one, and must not wait.
	TrustOf func(identity.TenantID) *Trust
	// CRLs of TrustOf's, to be renewed; those of Trust are known.
	CRLs []*CRLs
}

// Verifier is the kind factor.MTLS in the pipeline of package authn. It has no field:
// what counts comes with the request (package middleware/clientcert).
type Verifier struct {
	trust func(identity.TenantID) *Trust
	crls  []*CRLs
}

// NewVerifier checks the configuration.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	if (cfg.Trust == nil) == (cfg.TrustOf == nil) {
		return nil, errors.New("mtls: VerifierConfig: one of Trust and TrustOf is required")
	}
	v := &Verifier{trust: cfg.TrustOf, crls: slices.Clone(cfg.CRLs)}
	if cfg.Trust != nil {
		v.trust = func(identity.TenantID) *Trust { return cfg.Trust }
		if cfg.Trust.crls != nil {
			v.crls = append(v.crls, cfg.Trust.crls)
		}
	}
	return v, nil
}

// Traits implements [factor.Verifier].
func (*Verifier) Traits() factor.Traits {
	soft := Evidence(identity.CredentialID{}, false, time.Time{})
	return factor.Traits{Kind: factor.MTLS, Class: soft.Class, AMR: soft.AMR, Field: factor.FieldNone, Unguessable: true}
}

// Works implements [factor.Verifier].
func (v *Verifier) Works(r factor.Record) bool {
	rec, err := Decode(r.Body)
	t := v.trust(r.Credential.Tenant)
	return err == nil && t != nil && t.by == rec.By
}

// errNoTrust: the tenant asks for certificates and says nobody's count.
var errNoTrust = errors.New("mtls: the tenant has no authorities")

// Verify implements [factor.Verifier].
func (v *Verifier) Verify(ctx context.Context, a factor.Attempt) factor.Result {
	t := v.trust(a.Subject.Tenant)
	if t == nil {
		return factor.Result{Verdict: factor.Misconfigured, Err: errNoTrust}
	}
	held, of, broken := factor.Decoded(a.Records, Decode)
	res := t.Judge(a.Now, clientcert.From(ctx), held)
	switch res.Verdict {
	case factor.Accepted:
		e := Evidence(identity.CredentialID{}, res.Hardware, a.Now)
		return factor.Result{Verdict: factor.Accepted, Of: of[res.Index], Class: e.Class, AMR: e.AMR}
	case factor.Unavailable:
		return factor.Result{Verdict: factor.Unavailable, Err: refused(res.Reason)}
	case factor.Rejected, factor.Replayed, factor.Misconfigured:
	}
	return factor.Result{Verdict: factor.Rejected, Reason: string(res.Reason), Err: broken}
}

// Enrol makes the body of a new credential from the certificate that a request has
// shown (factor.Enroller). Like Verify, it says no more than whether it is good.
func (v *Verifier) Enrol(ctx context.Context, a factor.Attempt) ([]byte, factor.Verdict) {
	t := v.trust(a.Subject.Tenant)
	if t == nil {
		return nil, factor.Misconfigured
	}
	cert, err := t.Verify(a.Now, clientcert.From(ctx))
	if err != nil {
		return nil, failed(err).Verdict
	}
	rec, err := t.Bind(cert)
	if err != nil {
		return nil, failed(err).Verdict
	}
	return rec.Encode(), factor.Accepted
}

// Standing says whether a certificate still stands in a tenant, for
// clientcert.Config.Standing.
func (v *Verifier) Standing(tenant identity.TenantID, p clientcert.Peer, now time.Time) error {
	t := v.trust(tenant)
	if t == nil {
		return errNoTrust
	}
	return t.Standing(now, p)
}

// Renew implements [factor.Renewer].
func (v *Verifier) Renew(ctx context.Context) error {
	var errs []error
	for _, c := range v.crls {
		errs = append(errs, c.Renew(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("mtls: renew: %w", err)
	}
	return nil
}
