package axess

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Handler is the middleware chain around next, in its one right order (MID-001),
// outermost first: recover, request id, client address, secure headers, health
// probes, access log, client certificate, host check, body limit, origin check, sessions, CSRF token. Wrapping
// twice is a no-op.
func (a *Axess) Handler(next http.Handler) http.Handler {
	if err := a.servable(next); err != nil {
		a.log.Error("axess: nothing is served", "error", err)
		next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.Internal) })
	}
	h := a.csrf.Token(next)
	h = a.sessions.Wrap(h)
	h = a.csrf.Origin(h)
	h = a.limitBody(h)
	h = a.checkHost(h)
	h = a.certificate(h)
	h = a.accessLog(h)
	h = a.probes(muxOf(next), h)
	h = a.headers.Wrap(h)
	h = a.whoAsks(h)
	h = a.ids.Wrap(h)
	h = a.errorPages(h)
	h = problem.Recover(h)
	return &chain{axess: a, next: next, wrapped: h}
}

// chain recognises itself, so that wrapping twice changes nothing.
type chain struct {
	axess         *Axess
	next, wrapped http.Handler
}

func (c *chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := respond.From(r.Context()); s != nil && s.Get(respond.SlotGuard) == c.axess {
		c.next.ServeHTTP(w, r)
		return
	}
	if len(r.TransferEncoding) > 0 {
		// A request with chunks may have named a length as well. package http goes by
		// the chunks, as it must, but forgets the length and keeps the connection: what
		// a proxy took for the rest of this body would run as the next request. RFC 9112
		// §6.1 has such a connection closed; here every one with chunks is, since nobody
		// can tell any more, and browsers send none.
		w.Header().Set("Connection", "close")
	}
	c.wrapped.ServeHTTP(w, r)
}

// errorPages lets refusals be pages for those who prefer HTML, and marks the
// request as having passed the chain.
func (a *Axess) errorPages(next http.Handler) http.Handler {
	page := a.pages.Problems()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := respond.From(r.Context()); s != nil {
			s.Set(respond.SlotRenderer, page)
			s.Set(respond.SlotLogger, a.log)
			s.Set(respond.SlotGuard, a)
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody bounds what a request may send: less on the pages, whose forms are
// small (MID-064).
func (a *Axess) limitBody(next http.Handler) http.Handler {
	wide, narrow := problem.LimitBody(problem.MaxBody, next), problem.LimitBody(problem.MaxAuthBody, next)
	prefix := a.base + "/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			narrow.ServeHTTP(w, r)
			return
		}
		wide.ServeHTTP(w, r)
	})
}

// checkHost answers only under the program's own names, which also ends DNS
// rebinding against a development server (PRD-014). In Development it answers
// only peers on this machine (PRD-041).
func (a *Axess) checkHost(next http.Handler) http.Handler {
	own := map[string]bool{}
	for _, o := range append([]origin{a.cfg.origin}, a.cfg.extra...) {
		for _, name := range o.hosts() {
			own[name] = true
		}
	}
	localOnly := a.localOnly()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if localOnly && !fromThisMachine(r.RemoteAddr) {
			problem.Write(w, r, problem.Forbidden)
			return
		}
		if own[r.Host] || own[strings.ToLower(r.Host)] {
			next.ServeHTTP(w, r)
			return
		}
		// What does not begin with a slash would go on the name itself:
		// http://localhost:8080 and "@evil.example/".
		target := r.URL.RequestURI()
		if a.cfg.origin.isLoopbackAlias(r.Host) && problem.IsNavigation(r) && strings.HasPrefix(target, "/") {
			// http://127.0.0.1:8080 and http://localhost:8080 are two origins to a
			// browser: cookies and passkeys belong to the one that is configured.
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, a.cfg.origin.String()+target, http.StatusSeeOther)
			return
		}
		problem.Write(w, r, problem.Misdirected)
	})
}

// localOnly reports whether peers elsewhere are refused.
func (a *Axess) localOnly() bool { return a.cfg.dev && a.cfg.InsecureDevListen == "" }

// muxOf is the handler as something that can be asked for its routes, or nil.
func muxOf(h http.Handler) registry {
	switch h := h.(type) {
	case *Routes:
		return h.mux
	case registry:
		return h
	}
	return nil
}

func fromThisMachine(remote string) bool {
	ap, err := netip.ParseAddrPort(remote)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// accessLog writes one line a request: never the query, which may hold a link
// token, and no cookie, address or name.
func (a *Axess) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.log.Enabled(r.Context(), slog.LevelInfo) {
			next.ServeHTTP(w, r)
			if s := respond.From(r.Context()); s != nil {
				s.Finish()
			}
			return
		}
		began := a.cfg.Clock.Mono()
		next.ServeHTTP(w, r)
		s := respond.From(r.Context())
		if s == nil {
			return
		}
		s.Finish() // what is committed only now may still replace the answer
		a.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", s.Status()),
			slog.Int64("bytes", s.Bytes()), slog.Duration("duration", a.cfg.Clock.Mono()-began),
			slog.String("request_id", s.RequestID()))
	})
}

// whoAsks says once where the request comes from; everything that decides by
// address, and every event, takes it from there (AUD-006). It is published in
// the scope: a request that is copied for a new context loses the route that the
// mux finds, which logs want.
func (a *Axess) whoAsks(next http.Handler) http.Handler {
	which := a.tenantOf()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := respond.From(r.Context()); s != nil {
			// One allocation for both: the address lies within what events say.
			from := &audit.Context{Client: a.client.Resolve(r), UserAgent: r.UserAgent(), RequestID: s.RequestID()}
			s.Publish(clientip.Key{}, &from.Client)
			s.Publish(audit.Key{}, from)
			if which != nil {
				id := which(r)
				s.Publish(authn.TenantKey{}, &id)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// sessionEvents words what sessions report by themselves (decisions §6).
func (a *Axess) sessionEvents(ctx context.Context, e session.Event) []store.Row {
	of := audit.Of{Tenant: e.Subject.Tenant, Session: e.Ref}
	var ev audit.Event
	switch e.Kind {
	case session.EventReplaced:
		ev = audit.SessionInvalidated{Outcome: audit.Success, Cause: audit.CauseLogout, Count: 1}
	case session.EventEvicted:
		ev = audit.SessionInvalidated{Outcome: audit.Success, Cause: audit.CauseConcurrentLimit, Count: 1}
	case session.EventIntegrity:
		ev = audit.SessionOpenFailed{Reason: audit.ReasonIntegrity}
	case session.EventUnmigratable:
		ev = audit.SessionOpenFailed{Reason: audit.ReasonUnmigratable}
	case session.EventBinding:
		if e.Handle != [16]byte{} { // nobody is named who cannot be found by it
			of.Subject, of.Handle = e.Subject.User, e.Handle
		}
		ev = audit.SessionBindingMismatch{Binding: audit.Binding(e.Trait), Action: audit.BindingAction(e.Action.String())}
	}
	return a.rows(ctx, of, ev)
}

// rows makes the row of an event outside of any account; a failure is a fault
// of ours and is logged. Who acts in somebody's name is named with it (AUN-I9).
func (a *Axess) rows(ctx context.Context, of audit.Of, ev audit.Event) []store.Row {
	if who, acts := session.ActorFrom(ctx); acts && of.Actor.IsZero() {
		of.Actor, of.ActorHandle = who.Subject.User, who.AuditHandle
	}
	row, err := a.events.Row(ctx, of, ev)
	if err != nil {
		a.log.ErrorContext(ctx, "axess: audit event lost", "error", err)
		return nil
	}
	return []store.Row{row}
}

// csrfRejected puts a refusal on record if it was aimed at somebody who is
// signed in. Refusals of strangers are logged and counted only: otherwise anyone
// could fill the trail with one request after the other.
func (a *Axess) csrfRejected(ctx context.Context, e csrf.Event) {
	sess, err := session.From(ctx)
	if err != nil {
		return
	}
	login, ok := guard.Standing(sess.State())
	if !ok {
		return
	}
	if e.Reason == csrf.ReasonMisplaced || e.Reason == csrf.ReasonUnavailable {
		return // faults of ours, logged as such
	}
	kind := audit.TokenForm
	if e.Layer == csrf.LayerOrigin {
		kind = audit.TokenOrigin
	}
	of := audit.Of{Tenant: login.Subject().Tenant, Subject: login.Subject().User, Handle: login.AuditHandle()}
	ev := audit.CSRFRejected{Reason: audit.Reason(e.Reason), Kind: kind}
	if err := a.cfg.Stores.Identity.Append(ctx, a.rows(ctx, of, ev)...); err != nil {
		a.log.ErrorContext(ctx, "axess: audit event lost", "error", err)
	}
}
