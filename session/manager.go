package session

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Manager gives requests their sessions. It is safe for concurrent use; one is
// enough for a program.
type Manager struct {
	store     Store
	immediate bool
	nearby    Nearby // nil: the store answers nothing at once
	cookies   *cookieCodec
	clearSite bool
	bodies    *bodyCodec
	memo      *memo // nil without
	sealRing  *seal.Ring
	sealer    *seal.Sealer
	clock     clock.Clock
	entropy   entropy.Source
	metrics   metric.Sink
	labels    labels
	log       *slog.Logger
	timeouts  Timeouts
	// tenantTimeouts and device are nil unless configured.
	tenantTimeouts func(identity.TenantID) Timeouts
	device         DeviceResolver
	tenant         func(*http.Request) identity.TenantID // nil unless configured
	limit          LimitPolicy
	carry          []string
	customMax      int
	events         func(context.Context, Event) []store.Row
	outbox         store.Outbox
	hook           func(*respond.Head)
	binder         binder
	touches        [256]atomic.Uint64 // see touch
	reports        [256]atomic.Uint64 // see firstReport
	follower       follower
}

// New checks cfg in full; an error names the field that is wrong.
func New(cfg Config) (*Manager, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("session: config: %w", err)
	}
	cookies, err := newCookieCodec(cfg.Cookie, cfg.Keys.Cookie)
	if err != nil {
		return nil, fmt.Errorf("session: config: %w", err)
	}
	m := &Manager{
		store: cfg.Store, cookies: cookies, clearSite: cfg.Cookie.ClearSiteData,
		bodies: &bodyCodec{}, memo: newMemo(cfg.Memo),
		sealRing: cfg.Keys.Session, sealer: cfg.Keys.Session.Sealer(seal.LabelSessionBody),
		clock: cfg.Clock, entropy: cfg.Entropy, metrics: cfg.Metrics, labels: newLabels(), log: cfg.Logger,
		timeouts: cfg.Timeouts, tenantTimeouts: cfg.TenantTimeouts, device: cfg.Device, tenant: cfg.Tenant, limit: cfg.Limit, customMax: cfg.CustomMax,
		carry:  append([]string(nil), cfg.CarryOnLogin...),
		events: cfg.Events, outbox: cfg.Outbox, binder: newBinder(&cfg),
	}
	_, m.immediate = cfg.Store.(Immediate)
	m.nearby, _ = cfg.Store.(Nearby)
	m.hook = m.commit
	m.follower.m = m
	if cfg.Cookie.InsecureHTTP {
		m.log.Warn("session: cookies without Secure; anybody on the path can take sessions", "cookie", cookies.name)
	}
	return m, nil
}

// CookieName is the name of the session cookie; the product's other cookies
// append to it.
func (m *Manager) CookieName() string { return m.cookies.name }

// Limit is what bounds the live sessions of one person unless a commit says
// otherwise.
func (m *Manager) Limit() LimitPolicy { return m.limit }

// now is cut to the milliseconds that a body keeps, so that a time compares
// equal before and after it was stored (SES-230).
func (m *Manager) now() time.Time { return m.clock.Now().Truncate(time.Millisecond) }

// layer is what Wrap returns.
type layer struct {
	m    *Manager
	next http.Handler
}

// Wrap gives every request below it a session: next and what it calls find it
// with [From]. A request without a cookie of ours costs no store operation; one
// with a cookie costs one read. If the store does not answer that read, the
// answer is 503 and next is not called, unless the route is [Optional]: to sign
// people out because a database blinks would be worse than to say so (SES-067).
//
// Wrap belongs outside of CSRF protection and of http.TimeoutHandler, inside of
// request id and client address.
func (m *Manager) Wrap(next http.Handler) http.Handler { return &layer{m, next} }

// Unwrap returns the handler below, for [Optional].
func (l *layer) Unwrap() http.Handler { return l.next }

func (l *layer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m, ctx := l.m, r.Context()
	scope, w, r, made := respond.Ensure(w, r)
	outer, _ := scope.Get(respond.SlotSession).(*Session)
	for o := outer; o != nil; o = o.outer {
		if o.m.cookies.name == m.cookies.name {
			m.log.ErrorContext(ctx, "session: middleware installed twice under one name", "cookie", m.cookies.name)
			problem.Write(w, r, problem.Internal)
			return
		}
	}
	s := &Session{m: m, outer: outer, scope: scope}
	s.cur = &s.first
	if o := m.admit(s, r); o.refused() {
		if o != loadUnavailable || !optional(l.next, r) {
			problem.Write(w, r, problem.Unavailable)
			if made {
				scope.Finish()
			}
			return
		}
		s.degraded = true
	}
	if err := scope.Install(respond.SlotSession, s, respond.StageSession, m.hook); err != nil {
		m.log.ErrorContext(ctx, "session: the response was sent before the session middleware ran")
		return
	}
	returned := false
	defer func() {
		if !returned {
			s.discard() // a handler that panicked stores nothing (SES-078)
		}
	}()
	l.next.ServeHTTP(w, r)
	returned = true
	if made {
		scope.Finish()
	}
}

// admit finds the request's session and says what loading it led to.
func (m *Manager) admit(s *Session, r *http.Request) outcome {
	now := m.now()
	m.cookies.ring.Expire(now)
	h, err := m.cookies.find(r.Header["Cookie"])
	if err != nil {
		m.metrics.Count(metricRejects, metric.L(metric.Reason, err.Error()))
	}
	switch h.kind {
	case kindAnchor:
		s.first.id, s.first.ref, s.first.body = h.id, h.id.ref(), guestBody()
	case kindStored:
		o, migrated, err := m.load(r.Context(), h.id, now, &s.first)
		if o.live() && m.elsewhere(s.first.body.state, r) {
			o = loadRejected
		}
		if o.live() {
			o = m.judgeBinding(s, o, now) //nolint:contextcheck // it takes the context of the request that it reads
		}
		m.note(r.Context(), o, &s.first, err)
		if !o.live() {
			if o != loadUnavailable && o != loadRejected {
				m.memo.drop(s.first.ref)
			}
			s.first, s.rewrite = snapshot{body: guestBody()}, false
			if !o.refused() {
				s.dead = h.id.after()
			}
			return o
		}
		s.rewrite = s.rewrite || migrated || m.overlong(&s.first, now)
		if o == loadLive {
			s.fresh = m.fresh(&s.first, now)
			m.recognize(s, r)
		}
	default:
		s.first.body = guestBody()
		return loadAbsent
	}
	s.held = h.kind
	// Signed again under the primary key, with the same id (SES-074).
	if h.kid != m.cookies.ring.Primary() && !s.first.superseded {
		s.cookie = cookieSet
	}
	return loadLive
}

const (
	metricLoads     = "axess.session.loads"
	metricCommits   = "axess.session.commits"
	metricConflicts = "axess.session.conflicts"
	metricIntegrity = "axess.session.integrity_failures"
	metricRejects   = "axess.session.cookie_rejects"
	metricRevoked   = "axess.session.revocations"
)

// labels are made once: a call with fresh ones allocates.
type labels struct {
	loads [outcomes][]metric.Label
}

func newLabels() labels {
	var l labels
	for o := range outcomes {
		l.loads[o] = []metric.Label{metric.L(metric.Outcome, o.String())}
	}
	return l
}

// count counts a write by verb and how it ended (SES-242).
func (m *Manager) count(op string, err error) {
	m.metrics.Count(metricCommits, metric.L(metric.Op, op), metric.L(metric.Outcome, resultOf(err)))
}
