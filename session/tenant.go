package session

import (
	"net/http"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// A tenant may ask for shorter sessions than the program gives, never for longer
// ones (SES-231).

// shortened is t with what a tenant has said, field by field, where that is less.
// Zero and negative fields say nothing, but for WithoutGrace; less than a minute
// counts as one, which is the least that a program may configure.
func (t Timeouts) shortened(by Timeouts) Timeouts {
	less := func(field *time.Duration, d time.Duration) {
		if d > 0 {
			*field = min(*field, max(d, minLifetime))
		}
	}
	less(&t.Idle, by.Idle)
	less(&t.Absolute, by.Absolute)
	switch {
	case by.Grace == WithoutGrace:
		t.Grace = 0
	case by.Grace > 0:
		t.Grace = min(t.Grace, by.Grace)
	}
	t.Touch = min(t.Touch, t.Idle)
	return t
}

// timesOf are the timeouts of a state: those of its tenant, if it has one.
func (m *Manager) timesOf(s machine.State) Timeouts {
	return m.timesFor(machine.Subject(s).Tenant)
}

func (m *Manager) timesFor(t identity.TenantID) Timeouts {
	if m.tenantTimeouts == nil || t.IsZero() {
		return m.timeouts
	}
	return m.timeouts.shortened(m.tenantTimeouts(t))
}

func (m *Manager) idleUntil(b *body, now time.Time) (until time.Time, every time.Duration) {
	t := m.timesOf(b.state)
	return t.idleUntil(b, now)
}

// overdue reports a login that is older than its tenant allows by now; the
// deadline in the seal is the one that the tenant allowed when it began.
func (m *Manager) overdue(tenant identity.TenantID, created, now time.Time) bool {
	return m.tenantTimeouts != nil && !tenant.IsZero() && !now.Before(created.Add(m.timesFor(tenant).Absolute))
}

// overlong reports a stored idle deadline that the tenant would not give any
// more. A touch only moves forward, so it takes a rewrite to shorten it. The slack
// keeps instances whose clocks differ from rewriting each other's.
func (m *Manager) overlong(s *snapshot, now time.Time) bool {
	if m.tenantTimeouts == nil {
		return false
	}
	until, _ := m.idleUntil(&s.body, now)
	return s.idle.After(until.Add(clockSkew))
}

// elsewhere reports a session of another tenant than the request is about: who is
// signed in at one customer is nobody at the next, whatever cookie a program that
// serves both is sent (GRD-006, IDN-031).
func (m *Manager) elsewhere(s machine.State, r *http.Request) bool {
	if m.tenant == nil {
		return false
	}
	subject := machine.Subject(s)
	return !subject.Tenant.IsZero() && subject.Tenant != m.tenant(r)
}
