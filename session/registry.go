package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

// Info is one live session of a subject, as its list shows it (SES-205).
type Info struct {
	Ref   Ref
	Login identity.LoginID
	// Actor is the administrator who acts as the subject in this session; zero for
	// the person's own (SES-018).
	Actor     identity.Subject
	CreatedAt time.Time
	AuthTime  time.Time
	AbsUntil  time.Time
	// Seen is the last activity, to the granularity of the touch interval.
	Seen       time.Time
	Client     Client
	Persistent bool
	// Device is the one that was recognized; zero if none was.
	Device identity.DeviceID
	// Kinds are the factors that the login proved, in order.
	Kinds []identity.Kind
	// Unreadable says that the body did not open: only what the header says is
	// filled in. Such a session can be ended like any other.
	Unreadable bool
}

// Sessions lists the live sessions of a subject, newest login first, up to
// limit (1 to 100). after is the last Ref of the page before, or zero. Marking
// the caller's own session is the caller's: compare with View.Ref.
func (m *Manager) Sessions(ctx context.Context, subject identity.Subject, after Ref, limit int) ([]Info, error) {
	if !subject.Valid() {
		return nil, ErrBadSubject
	}
	list, err := m.store.Sessions(ctx, subject, after, limit, m.now())
	if err != nil {
		return nil, failed("sessions", err)
	}
	infos := make([]Info, 0, len(list))
	for i := range list {
		infos = append(infos, m.info(&list[i]))
	}
	return infos, nil
}

func (m *Manager) info(l *Listed) Info {
	in := Info{Ref: l.Ref, Login: l.Login, Actor: l.Actor, CreatedAt: l.CreatedAt, AuthTime: l.AuthAt, AbsUntil: l.AbsUntil, Seen: l.Seen}
	plain, _, err := m.open(l.Ref, l.Rev, l.Sealed)
	if err != nil {
		in.Unreadable = true
		return in
	}
	b, _, err := m.bodies.decode(plain)
	login := registration(b.state)
	if err != nil || login == nil || !b.agrees(&l.Record) {
		in.Unreadable = true
		return in
	}
	in.Client, in.Persistent, in.Device = b.client, b.persistent, login.Device
	for _, e := range login.Evidence {
		in.Kinds = append(in.Kinds, e.Kind)
	}
	return in
}

// End ends one session of a subject, and the login that it has become if it was
// rotated meanwhile. A ref that is absent, or another subject's, is success
// (SES-198), and writes no rows: there was nothing to report. Rows of a session
// that ends belong to the same commit.
func (m *Manager) End(ctx context.Context, subject identity.Subject, ref Ref, also ...store.Row) error {
	if !subject.Valid() {
		return ErrBadSubject
	}
	rec, _, err := m.fetch(ctx, ref, m.now())
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && rec.Subject != subject:
		// A foreign record costs what an absent one does, so that neither answer nor
		// work tells them apart.
		return nil
	case err != nil:
		return failed("end", err)
	}
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	return m.endLogin(ctx, subject, rec.Login, ref, also)
}

// endLogin deletes a record and follows its login. A rotation that slipped in
// before the delete has moved the login to another ref; one that comes after it
// finds no record and fails (SES-100). So once a list taken after the delete
// shows the login no more, it has ended.
func (m *Manager) endLogin(ctx context.Context, subject identity.Subject, login identity.LoginID, ref Ref, also []store.Row) error {
	for range 8 {
		err := m.store.Delete(ctx, ref, subject, also...)
		m.count("delete", err)
		if err != nil {
			return failed("delete", err)
		}
		also = nil
		var found bool
		if ref, found, err = m.findLogin(ctx, subject, login); !found {
			return err // nil, or why nobody knows
		}
	}
	return fmt.Errorf("session: end: %w", store.ErrConflict)
}

func (m *Manager) findLogin(ctx context.Context, subject identity.Subject, login identity.LoginID) (Ref, bool, error) {
	const page = 100
	var after Ref
	for {
		list, err := m.store.Sessions(ctx, subject, after, page, m.now())
		if errors.Is(err, store.ErrNotFound) && !after.IsZero() {
			after = Ref{} // the session that marked the page has ended
			continue
		}
		if err != nil {
			return Ref{}, false, failed("sessions", err)
		}
		for i := range list {
			if list[i].Login == login {
				return list[i].Ref, true, nil
			}
		}
		if len(list) < page {
			return Ref{}, false, nil
		}
		after = list[len(list)-1].Ref
	}
}

// InvalidateUser ends every session of a subject by raising its epoch: that
// write is the revocation, on every instance, from the next load on (SES-196).
// An unknown user is success. Identity changes that revoke raise the epoch in
// their own commit instead (identity.RaiseEpoch).
func (m *Manager) InvalidateUser(ctx context.Context, subject identity.Subject, also ...store.Row) error {
	if !subject.Valid() {
		return ErrBadSubject
	}
	return m.raise(ctx, identity.UserScope(subject), also)
}

// InvalidateTenant ends every session of a tenant (SES-197).
func (m *Manager) InvalidateTenant(ctx context.Context, tenant identity.TenantID, also ...store.Row) error {
	if tenant.IsZero() {
		return ErrBadSubject
	}
	return m.raise(ctx, identity.TenantScope(tenant), also)
}

// InvalidateAll ends every session there is (SES-197).
func (m *Manager) InvalidateAll(ctx context.Context, also ...store.Row) error {
	return m.raise(ctx, identity.GlobalScope(), also)
}

func (m *Manager) raise(ctx context.Context, scope identity.Scope, also []store.Row) error {
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	if err := m.store.Raise(ctx, scope, also...); err != nil {
		return failed("raise", err)
	}
	m.metrics.Count(metricRevoked, m.labels.scope(scope.Kind())...)
	return nil
}

// Epochs reads the current epochs of a subject, to be captured when a flow
// begins (SES-201). An unknown subject has zero ones.
func (m *Manager) Epochs(ctx context.Context, subject identity.Subject) (identity.Epochs, error) {
	if !subject.Valid() {
		return identity.Epochs{}, ErrBadSubject
	}
	if !m.immediate {
		var cancel context.CancelFunc
		ctx, cancel = m.clock.WithDeadline(ctx, m.clock.Now().Add(m.timeouts.Load))
		defer cancel()
	}
	e, err := m.store.Epochs(ctx, subject)
	return e, failed("epochs", err)
}

// evicted reports the sessions that had to make room. They are gone already;
// only the store knew which, inside its transaction.
func (m *Manager) evicted(ctx context.Context, subject identity.Subject, refs []Ref) {
	if len(refs) == 0 {
		return
	}
	list := make([]Event, len(refs))
	for i, ref := range refs {
		list[i] = Event{Kind: EventEvicted, Subject: subject, Ref: ref}
		m.log.InfoContext(ctx, "session: evicted by the limit", "ref", ref, "tenant", subject.Tenant, "user", subject.User)
	}
	m.metrics.Count(metricRevoked, metric.L(metric.Reason, "limit"))
	m.publish(ctx, list...)
}

func (labels) scope(k identity.ScopeKind) []metric.Label {
	switch k {
	case identity.ScopeGlobal:
		return []metric.Label{metric.L(metric.Reason, "global")}
	case identity.ScopeTenant:
		return []metric.Label{metric.L(metric.Reason, "tenant")}
	case identity.ScopeUser:
	}
	return []metric.Label{metric.L(metric.Reason, "user")}
}

// resultOf names how a write ended.
func resultOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, store.ErrConflict):
		return "conflict"
	case errors.Is(err, store.ErrNotFound):
		return "absent"
	case errors.Is(err, ErrEpoch):
		return "epoch"
	case errors.Is(err, ErrSessionLimit):
		return "limit"
	}
	return "error"
}
