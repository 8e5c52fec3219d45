package axess

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/runner"
)

// standing is a verifier of certificates that says whether one still stands.
type standing interface {
	Standing(identity.TenantID, clientcert.Peer, time.Time) error
}

// asksForCertificates reports that somebody looks at them: a factor, or a source that
// was configured. Elsewhere requests are not touched.
func (c *checked) asksForCertificates() bool {
	cc := c.ClientCert
	return cc.Form != clientcert.Connection || cc.Field != "" || len(cc.Trusted)+len(cc.TrustedKeys) > 0 || cc.Standing != nil ||
		slices.ContainsFunc(c.Factors, func(v factor.Verifier) bool { return v.Traits().Kind == factor.MTLS })
}

func (c *checked) certificates() clientcert.Config {
	cc := c.ClientCert
	cc.Clock = c.Clock
	return cc
}

// wireCertificates makes the layer that finds the certificate of a request. Whether it
// still stands, the verifier of the request's tenant says (FAC-115).
func (a *Axess) wireCertificates() error {
	if !a.cfg.asksForCertificates() {
		return nil
	}
	cc := a.cfg.certificates()
	own, which := cc.Standing, a.tenantOf()
	for _, v := range a.cfg.Factors {
		v, ok := v.(standing)
		if !ok {
			continue
		}
		cc.Standing = func(r *http.Request, p clientcert.Peer, now time.Time) error {
			if own != nil {
				if err := own(r, p, now); err != nil {
					return err
				}
			}
			tenant := a.home
			if which != nil {
				tenant = which(r)
			}
			return v.Standing(tenant, p, now)
		}
	}
	var err error
	if a.certs, err = clientcert.New(cc); err != nil {
		return fmt.Errorf("axess: ClientCert: %w", err)
	}
	return nil
}

// certificate is the layer, where there is one.
func (a *Axess) certificate(next http.Handler) http.Handler {
	if a.certs == nil {
		return next
	}
	return a.certs.Wrap(next)
}

// renewals are the jobs of verifiers that keep something of others.
func (a *Axess) renewals() []runner.Job {
	var jobs []runner.Job
	for _, v := range a.cfg.Factors {
		if v, ok := v.(factor.Renewer); ok {
			name := "factor_" + strings.ReplaceAll(string(v.Traits().Kind), ":", "_") // "custom:" of a program's own
			jobs = append(jobs, runner.Job{Name: name, Every: 5 * time.Minute, Jitter: 5 * time.Second, Run: v.Renew})
		}
	}
	return jobs
}
