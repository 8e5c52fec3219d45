package axess

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// Server limits and the time a drain may take (PRD-071).
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 64 << 10
	drainFor          = 20 * time.Second
)

// ListenAndServe serves h inside the chain of a until ctx ends, then drains:
// open requests finish, jobs end, both within 20 s. A clean drain is nil.
//
// In Development the listener must be on a loopback address, unless
// Config.InsecureDevListen says why not.
func ListenAndServe(ctx context.Context, addr string, a *Axess, h http.Handler) error {
	if err := servable(h); err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("axess: listen: %w", err)
	}
	return Serve(ctx, ln, a, h)
}

// Serve is [ListenAndServe] on a listener that exists; it closes it.
func Serve(ctx context.Context, ln net.Listener, a *Axess, h http.Handler) error {
	if err := servable(h); err != nil {
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
	}
	s := sched.Of(a.cfg.Clock)
	served := s.Go(context.WithoutCancel(ctx), "http", func(context.Context) error { return srv.Serve(ln) })
	err := served.Wait(ctx)
	if ctx.Err() == nil {
		// The listener failed by itself.
		return errors.Join(fmt.Errorf("axess: serve: %w", err), a.drain(ctx, srv, served))
	}
	return a.drain(ctx, srv, served)
}

// servable refuses a table with a mistake: a route that is missing may be the
// one with the guard (PRD-055).
func servable(h http.Handler) error {
	if rt, ok := h.(*Routes); ok {
		return rt.Err()
	}
	return nil
}

// drain stops taking requests, lets the open ones finish and ends the jobs.
func (a *Axess) drain(asked context.Context, srv *http.Server, served *sched.Task) error {
	// What asked for the end is over; the drain has a time of its own.
	ctx, cancel := clock.WithTimeout(context.WithoutCancel(asked), a.cfg.Clock, drainFor)
	defer cancel()
	a.log.InfoContext(ctx, "axess: draining")
	var errs []error
	if err := srv.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("axess: shutdown: %w", err), srv.Close())
	}
	// It has been told above; why it ended is known.
	if err := served.Wait(ctx); errors.Is(err, context.DeadlineExceeded) {
		errs = append(errs, fmt.Errorf("axess: shutdown: %w", err))
	}
	if err := a.Close(ctx); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
