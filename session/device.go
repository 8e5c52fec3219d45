package session

import (
	"context"
	"net/http"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// DeviceResolver tells which device a request comes from: by a cookie of its own,
// say. r is to be read, until ctx ends and no longer; stored is the device that
// the session has, zero for none. The zero device means that none was recognized.
//
// It has a quarter of a second. Its error is logged and leaves the session the
// device that it had, and so does the zero device: what could not be recognized
// for a moment is not forgotten (SES-086).
type DeviceResolver func(ctx context.Context, r *http.Request, stored identity.DeviceID) (identity.DeviceID, error)

const (
	deviceTime   = 250 * time.Millisecond
	metricDevice = "axess.session.device_lookups"
)

// recognize asks the resolver and keeps a new device with the login. A session
// that is not signed in yet takes it when it is.
func (m *Manager) recognize(s *Session, r *http.Request) {
	if m.device == nil || machine.Subject(s.first.body.state).IsZero() {
		return
	}
	var stored identity.DeviceID
	if login := registration(s.first.body.state); login != nil {
		stored = login.Device
	}
	id, err := m.askDevice(r, stored)
	m.metrics.Count(metricDevice, metric.L(metric.Outcome, resultOf(err)))
	if err != nil {
		m.log.WarnContext(r.Context(), "session: device not recognized", "ref", s.first.ref, "error", err)
		return
	}
	s.device = id
	if state, kept := machine.OnDevice(s.first.body.state, id); kept {
		// Best effort, like every rewrite: the next request recognizes it again.
		s.first.body.state, s.rewrite = state, true
	}
}

// askDevice waits for the answer and no longer than deviceTime: a resolver that
// does not look at its context goes on in a task of its own.
func (m *Manager) askDevice(r *http.Request, stored identity.DeviceID) (identity.DeviceID, error) {
	ctx, cancel := clock.WithTimeout(r.Context(), m.clock, deviceTime)
	defer cancel()
	var id identity.DeviceID
	task := sched.Of(m.clock).Go(ctx, "session.device", func(ctx context.Context) (err error) {
		id, err = m.device(ctx, r.WithContext(ctx), stored)
		return err
	})
	if err := task.Wait(ctx); err != nil {
		return identity.DeviceID{}, err
	}
	return id, nil
}

// Device is the device that this request comes from, as Config.Device recognized it;
// zero for none. It is asked where somebody is signed in or signing in.
func (s *Session) Device() identity.DeviceID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.device
}

// ForgetDevice takes the device's cookie from the browser with this answer: the
// device was revoked (AUN-106). The cookie is the one whose name is that of the
// session with "-did" behind it. What this request goes on to sign in carries no
// device.
func (s *Session) ForgetDevice() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device, s.unbind = identity.DeviceID{}, true
}

// deviceCookieGone is the line that removes it, with the attributes of the session's.
func (m *Manager) deviceCookieGone() string {
	return m.cookies.name + "-did=; Max-Age=0" + m.cookies.attr
}
