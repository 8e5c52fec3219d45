package axess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/axess-go/axess/health"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
)

// The paths that whoever watches the process asks. They are answered before
// anything looks at the host name: a probe comes by address (PRD-014).
const (
	pathLive    = "/livez"
	pathAlive   = "/healthz" // an alias, for those who look there
	pathReady   = "/readyz"
	pathStarted = "/startupz"
)

// vital is what is known about the process as a whole.
type vital struct {
	parts    *health.Composite
	draining atomic.Bool
}

// watch builds the checks: every store group, the jobs, and what the program
// adds of its own.
func (a *Axess) watch() error {
	c := &a.cfg
	checks := []health.Check{
		{Name: "session", Run: verdict(c.Stores.Session.Check)},
		{Name: "identity", Run: verdict(a.tenantThere)},
		{Name: "jobs", Run: func(context.Context) health.Result {
			if a.runner.Healthy() {
				return health.IsHealthy()
			}
			return health.IsUnhealthy("background jobs panicked three times within five minutes")
		}},
	}
	var err error
	a.vital.parts, err = health.New(health.Config{Clock: c.Clock, Metrics: c.Metrics, Logger: c.Logger}, append(checks, c.Health...)...)
	if err != nil {
		return fmt.Errorf("axess: Health: %w", err)
	}
	return nil
}

// verdict is a check of a part that works or does not.
func verdict(check func(context.Context) error) func(context.Context) health.Result {
	return func(ctx context.Context) health.Result {
		if err := check(ctx); err != nil {
			return health.IsUnhealthy(err.Error())
		}
		return health.IsHealthy()
	}
}

// tenantThere reads what every sign-in begins with.
func (a *Axess) tenantThere(ctx context.Context) error {
	view, err := a.cfg.Stores.Identity.TenantBySlug(ctx, identity.DefaultSlug)
	switch {
	case err != nil:
		return fmt.Errorf("axess: tenant: %w", err)
	case len(view.Methods) == 0:
		return errNoMethod
	}
	return nil
}

var errNoMethod = errors.New("axess: tenant: no method to sign in with")

// Health asks every part, with names and reasons: for operators alone. Answers
// are shared for a second. A program that drains is unhealthy.
func (a *Axess) Health(ctx context.Context) health.Report {
	if a.vital.draining.Load() {
		return health.Report{Findings: []health.Finding{{Name: "process", Result: health.IsUnhealthy("draining")}}}
	}
	return a.vital.parts.Report(ctx)
}

// Check asks again what New asked of the world around the program: stores that
// answer, a tenant with a method, keys that still load and are the same
// (PRD-050). A nil error means that a start would succeed.
func (a *Axess) Check(ctx context.Context) error {
	c := a.cfg.Config
	if c.Keys == nil {
		c.Keys = a.source
	}
	_, err := check(c)
	errs := []error{err}
	k, err := a.source.Load(ctx)
	if err == nil {
		err = k.Check()
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("axess: keys: %w", err))
	}
	for _, f := range a.vital.parts.Report(ctx).Findings {
		if f.Status == health.Unhealthy {
			errs = append(errs, fmt.Errorf("axess: %s: %s", f.Name, f.Reason))
		}
	}
	return errors.Join(errs...)
}

// probes answers the health paths, unless the program has routes of its own
// there (PRD-052). What stands in the answer is one word: names of parts and
// reasons are for operators (STO-067, TEL-011).
func (a *Axess) probes(own registry, next http.Handler) http.Handler {
	answers := map[string]func(*http.Request) health.Status{
		// Alive is whoever can answer: a database that is down is no reason to
		// replace the process.
		pathLive:  func(*http.Request) health.Status { return health.Healthy },
		pathAlive: func(*http.Request) health.Status { return health.Healthy },
		pathReady: func(r *http.Request) health.Status { return a.Health(r.Context()).Status },
		// New has returned: every check of the start has passed.
		pathStarted: func(*http.Request) health.Status { return health.Healthy },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.URL.Path]
		if answer == nil || own != nil && registers(own, r) {
			next.ServeHTTP(w, r)
			return
		}
		if a.localOnly() && !fromThisMachine(r.RemoteAddr) {
			problem.Write(w, r, problem.Forbidden)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			problem.Write(w, r, problem.MethodNotAllowed, problem.Allow("GET, HEAD"))
			return
		}
		status := answer(r)
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		if !status.Ready() {
			h.Set("Retry-After", "1") // answers are shared for a second (MID-063)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, status.String()+"\n") // who asked may be gone
		}
	})
}

// registry is a mux that can be asked what it would do: http.ServeMux and Routes.
type registry interface {
	Handler(r *http.Request) (http.Handler, string)
}

// registers reports whether the mux names this very path. A pattern that takes
// everything does not mean the probes.
func registers(mux registry, r *http.Request) bool {
	_, pattern := mux.Handler(r)
	return pattern != "" && pathOf(pattern) == r.URL.Path
}
