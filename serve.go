package axess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/internal/stall"
)

// Server limits and the time a drain may take (PRD-071, OPS-030).
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 64 << 10
	unlistFor         = 5 * time.Second
	drainFor          = 30 * time.Second
	flushFor          = 10 * time.Second
)

// ListenAndServe serves h inside the chain of a until ctx ends, then drains:
// readiness goes first (5 s, unless only this machine can reach the origin), open
// requests finish within 30 s, jobs end within 10. A clean drain is nil.
//
// In Development the listener must be on a loopback address, unless
// Config.InsecureDevListen says why not.
func ListenAndServe(ctx context.Context, addr string, a *Axess, h http.Handler) error {
	if err := a.servable(h); err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("axess: listen: %w", err)
	}
	return Serve(ctx, ln, a, h)
}

// Serve is [ListenAndServe] on a listener that exists; it closes it. A client that
// has read nothing for 30 s loses its connection; a stream whose client reads lives as
// long as it likes, and a handler may set other deadlines by http.ResponseController.
// On a listener that brings TLS connections of its own, only the handler's own
// deadlines bound what is written.
func Serve(ctx context.Context, ln net.Listener, a *Axess, h http.Handler) error {
	if err := a.servable(h); err != nil {
		_ = ln.Close() // the refusal is what counts
		return err
	}
	if a.cfg.dev && a.cfg.InsecureDevListen == "" && !fromThisMachine(ln.Addr().String()) {
		_ = ln.Close() // the refusal is what counts
		return &ConfigError{[]Problem{{
			Field: "addr", Code: "config_invalid",
			Detail: "Development listens on this machine only: its pages show mails and causes of errors",
			Fix:    "listen on localhost:PORT, or set Config.InsecureDevListen to a reason",
		}}}
	}
	srv := &http.Server{
		Handler:           a.Handler(h),
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn), // its own goes past the program's log
	}
	ln = stall.Listener(ln, stall.ServerWrite)
	s := sched.Of(a.cfg.Clock)
	if err := a.begun(ctx); err != nil {
		_ = ln.Close() // what cannot be put on record does not begin
		return err
	}
	served := s.Go(context.WithoutCancel(ctx), "http", func(context.Context) error { return srv.Serve(ln) })
	err := served.Wait(ctx)
	if ctx.Err() == nil {
		// The listener failed by itself.
		return errors.Join(fmt.Errorf("axess: serve: %w", err), a.drain(ctx, srv, served))
	}
	return a.drain(ctx, srv, served)
}

// begun puts the start on record, with a digest of the configuration. A context
// that has ended already still begins, drains and ends like every other run.
func (a *Axess) begun(ctx context.Context) error {
	ctx, cancel := clock.WithTimeout(context.WithoutCancel(ctx), a.cfg.Clock, flushFor)
	defer cancel()
	err := a.onRecord(ctx, audit.ServiceStarted{Version: Version, ConfigDigest: a.cfg.digest()})
	if err != nil {
		return errors.Join(err, a.Close(ctx))
	}
	return nil
}

// servable refuses a table with a mistake: a route that is missing may be the
// one with the guard (PRD-055). Under RequireRoutes it also refuses whatever is
// no table (PRD-057).
func (a *Axess) servable(h http.Handler) error {
	if c, ok := h.(*chain); ok && c.axess == a {
		h = c.next
	}
	if rt, ok := h.(*Routes); ok {
		return rt.Err()
	}
	if a.cfg.RequireRoutes {
		return &ConfigError{[]Problem{{
			Field: "handler", Code: problem.ConfigInvalid.String(),
			Detail: "under RequireRoutes only axess.Routes is served, where a path without a guard says Public",
			Fix:    "register the routes on auth.Routes() and serve that; a handler that guards itself goes there with Mount",
		}}}
	}
	return nil
}

// drain takes this process out of the load balancer's list, stops taking
// requests, lets the open ones finish, ends the jobs, and writes down what is
// left of the trail (OPS-030).
func (a *Axess) drain(asked context.Context, srv *http.Server, served *sched.Task) error {
	// What asked for the end is over; the drain has a time of its own.
	ctx := context.WithoutCancel(asked)
	a.vital.draining.Store(true)
	wait := a.unlistFor()
	a.log.InfoContext(ctx, "axess: draining", "unlisted_for", wait)
	errs := []error{a.cfg.Clock.Sleep(ctx, wait), a.finish(ctx, srv, served)}
	ctx, cancel := clock.WithTimeout(ctx, a.cfg.Clock, flushFor)
	defer cancel()
	if err := a.Close(ctx); err != nil {
		errs = append(errs, err)
	}
	outcome := audit.Success
	if errors.Join(errs...) != nil {
		outcome = audit.Failure
	}
	errs = append(errs, a.onRecord(ctx, audit.ServiceStopped{Outcome: outcome, Version: Version}))
	// The remainder stays in the outbox, and the next process relays it.
	if err := a.relay.Run(ctx); err != nil {
		errs = append(errs, fmt.Errorf("axess: audit: %w", err))
	}
	return errors.Join(errs...)
}

// unlistFor is how long requests are still taken after readiness has gone: a
// load balancer must notice first. Nobody balances onto an origin that only
// this machine can reach.
func (a *Axess) unlistFor() time.Duration {
	if a.cfg.origin.loopback {
		return 0
	}
	return unlistFor
}

// finish closes the listener and waits for the open requests.
func (a *Axess) finish(ctx context.Context, srv *http.Server, served *sched.Task) error {
	ctx, cancel := clock.WithTimeout(ctx, a.cfg.Clock, drainFor)
	defer cancel()
	var errs []error
	if err := srv.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("axess: shutdown: %w", err), srv.Close())
	}
	// It has been told above; why it ended is known.
	if err := served.Wait(ctx); errors.Is(err, context.DeadlineExceeded) {
		errs = append(errs, fmt.Errorf("axess: shutdown: %w", err))
	}
	return errors.Join(errs...)
}

// onRecord commits an event of the process itself.
func (a *Axess) onRecord(ctx context.Context, ev audit.Event) error {
	row, err := a.events.Row(ctx, audit.Of{}, ev)
	if err == nil {
		err = a.cfg.Stores.Identity.Append(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("axess: audit: %w", err)
	}
	return nil
}
