package session

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"net/http"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/useragent"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

const metricBinding = "axess.session.binding_mismatches"

// binder compares requests with what their sessions are bound to.
type binder struct {
	list    []Binding
	actions [traits]BindingAction // 0: not looked at
	ips     *clientip.Resolver
	agents  *useragent.Memo
	ring    *seal.Ring
	mac     *seal.MAC
	entropy entropy.Source
}

func newBinder(cfg *Config) binder {
	b := binder{
		list: append([]Binding(nil), cfg.Bindings...), ips: cfg.ClientIP, agents: &useragent.Memo{},
		ring: cfg.Keys.Cookie, mac: cfg.Keys.Cookie.MAC(seal.LabelSessionBinding), entropy: cfg.Entropy,
	}
	for _, x := range b.list {
		b.actions[x.Component.trait()] = x.Action
	}
	b.actions[traitProof] = Reject
	return b
}

// message holds what a MAC is made over. It is large enough for what most requests
// show, so that nothing is allocated for them.
type message [160]byte

// shows makes the message of what a request shows of a component.
func (b *binder) shows(buf *message, c Component, salt []byte, r *http.Request) (msg []byte, version uint64, ok bool) {
	msg = append(buf[:0], seal.PrefixSessionBinding...)
	msg = append(append(msg, salt...), byte(c))
	return b.shown(msg, c, r)
}

// bind makes the entry of a component from what a request shows. False: it shows
// nothing that could be bound.
func (b *binder) bind(c Component, salt []byte, r *http.Request) (bound, bool) {
	var buf message
	msg, version, ok := b.shows(&buf, c, salt, r)
	if !ok {
		return bound{}, false
	}
	kid, tag := b.mac.Sum(msg)
	return bound{mac: tag.Half(), component: c, kid: kid, version: version}, true
}

// matches compares an entry with what a request shows. A key that the ring has no
// longer proves nothing, so it is a mismatch; sessions in use are re-keyed while the
// old key is still there.
func (b *binder) matches(e bound, salt []byte, r *http.Request) bool {
	var buf message
	msg, version, ok := b.shows(&buf, e.component, salt, r)
	if !ok {
		return false // bound, and absent (SES-179)
	}
	tag, err := b.mac.SumWith(e.kid, msg)
	if err != nil {
		return false
	}
	half := tag.Half()
	same := subtle.ConstantTimeCompare(half[:], e.mac[:]) == 1
	return same && version >= e.version
}

// capture binds a body to the browser of a request, to everything that is
// configured, under a salt of its own.
func (b *binder) capture(body *body, r *http.Request) {
	body.binding, body.salt = nil, nil
	salt := entropy.Bytes16(b.entropy)
	var entries []bound
	for _, x := range b.list {
		if e, ok := b.bind(x.Component, salt[:], r); ok {
			entries = append(entries, e)
		}
	}
	if len(entries) > 0 {
		body.binding, body.salt = replaceBound(nil, entries), salt[:]
	}
}

// recapture binds a body anew to the traits that a factor was proved for, as they
// are now.
func (b *binder) recapture(body *body, which mismatches, r *http.Request) {
	var entries []bound
	for _, x := range b.list {
		if !which[x.Component.trait()] {
			continue
		}
		if e, ok := b.bind(x.Component, body.salt, r); ok {
			entries = append(entries, e)
		}
	}
	body.binding = replaceBound(body.binding, entries)
}

// errNoCertificate: what a session was to be bound to is not there.
var errNoCertificate = errors.New("no client certificate to bind the session to")

// captureProof binds a body to the certificate of a request as well, whatever is
// configured.
func (b *binder) captureProof(body *body, r *http.Request) error {
	if len(body.salt) == 0 {
		salt := entropy.Bytes16(b.entropy)
		body.salt = salt[:]
	}
	e, ok := b.bind(bindProof, body.salt, r)
	if !ok {
		return errNoCertificate
	}
	body.binding = replaceBound(body.binding, []bound{e})
	return nil
}

// provenBy reports whether a list has an entry of captureProof.
func provenBy(enc []byte) (found bool) {
	eachBound(enc, func(e bound, known bool, _ []byte) { found = found || known && e.component == bindProof })
	return found
}

// mismatches are the traits in which a request differs.
type mismatches [traits]bool

// compare looks at every bound trait before anybody acts on one (SES-177). Stale
// entries match, under a key that is no longer primary.
func (b *binder) compare(body *body, r *http.Request) (differs mismatches, any, stale bool) {
	primary := b.ring.Primary()
	rd := cborReader{b: body.binding}
	for n := rd.list(maxBound); n > 0; n-- {
		e, known := rd.bound()
		if !known || b.actions[e.component.trait()] == 0 {
			continue
		}
		switch {
		case !b.matches(e, body.salt, r):
			differs[e.component.trait()], any = true, true
		case e.kid != primary:
			stale = true
		}
	}
	return differs, any, stale
}

// rekey writes what matches under the primary key, so that the old one can go
// without signing anybody out (SES-178). The values are those that have just been
// shown; version floors stay.
func (b *binder) rekey(body *body, r *http.Request) {
	primary := b.ring.Primary()
	var fresh []bound
	eachBound(body.binding, func(e bound, known bool, _ []byte) {
		if !known || e.kid == primary || b.actions[e.component.trait()] == 0 || !b.matches(e, body.salt, r) {
			return
		}
		if next, ok := b.bind(e.component, body.salt, r); ok {
			next.version = e.version
			fresh = append(fresh, next)
		}
	})
	body.binding = replaceBound(body.binding, fresh)
}

// bindingReport is how long further mismatches of one session in one trait, with one
// action, are counted and not reported again by this process. A phone that has left
// the network of its login would otherwise write a row with every request.
const bindingReport = 15 * time.Minute

// judgeBinding compares a live session with its request and does what the
// configuration says (SES-180). It runs with every request: the memo holds bodies
// and never a verdict.
func (m *Manager) judgeBinding(s *Session, o outcome, now time.Time) outcome {
	body := &s.first.body
	if body.binding == nil {
		return o // a guest, or bound to nothing
	}
	r := s.scope.Request()
	differs, any, stale := m.binder.compare(body, r)
	if stale && o == loadLive {
		m.binder.rekey(body, r)
		s.rewrite = true
	}
	if !any {
		return o
	}
	strongest := Observe
	for t := range traits {
		if differs[t] {
			strongest = max(strongest, m.binder.actions[t])
		}
	}
	if strongest == Challenge && !canStepUp(body.state) {
		strongest = Reject
	}
	rows := m.reportMismatches(s.scope, &s.first, differs, strongest, now)
	switch strongest {
	case Revoke:
		if err := m.end(s.scope, &s.first, rows); err != nil {
			// The request is a guest's all the same, and the next one tries again.
			m.log.ErrorContext(s.scope, "session: binding mismatch, session not revoked", "ref", s.first.ref, "error", err)
		}
		return loadRejected
	case Reject:
		return loadRejected
	case Challenge:
		s.challenged = differs
	case Observe:
	}
	return o
}

// canStepUp: a factor can be proved again only on top of a login that nothing else
// waits for.
func canStepUp(st State) bool {
	_, workflow := st.(PendingWorkflow)
	return !workflow && registration(st) != nil
}

// reportMismatches counts each mismatch, and writes an event with component and
// action, never with a value (SES-182). The rows that it returns belong to the
// commit that revokes the session.
func (m *Manager) reportMismatches(ctx context.Context, c *snapshot, differs mismatches, strongest BindingAction, now time.Time) (rows []store.Row) {
	e := Event{Kind: EventBinding, Ref: c.ref}
	if login := registration(c.body.state); login != nil {
		e.Subject, e.Login, e.Handle = login.Subject, login.Login, login.Profile.AuditHandle
	}
	for t := range traits {
		if !differs[t] {
			continue
		}
		action := m.binder.actions[t]
		if action == Challenge {
			action = strongest // as it was done
		}
		m.metrics.Count(metricBinding, metric.L(metric.Component, t.word()), metric.L(metric.Action, action.String()))
		if strongest != Revoke && !m.firstReport(c.ref, t, action, now) {
			continue
		}
		m.log.WarnContext(ctx, "session: binding mismatch", "ref", c.ref, "component", t.word(), "action", action.String())
		e.Trait, e.Action = t.word(), action
		if strongest == Revoke {
			rows = append(rows, m.events(ctx, e)...)
			continue
		}
		m.publish(ctx, e)
	}
	return rows
}

// firstReport is kept in a table of marks, as touches are: two sessions in one place
// of it cost a report more, never one less but with 2⁻⁶⁴.
func (m *Manager) firstReport(ref Ref, t trait, a BindingAction, now time.Time) bool {
	id := ref.Bytes()
	window := uint64(now.UnixMilli() / bindingReport.Milliseconds())
	mark := binary.BigEndian.Uint64(id[:8]) ^ (uint64(t)<<56 | uint64(a)<<48 | window)
	return m.reports[id[14]^byte(t)<<6].Swap(mark) != mark
}

// rebind decides what a session under a new id is bound to. A login is bound to the
// browser in which it began, and no later request changes that; what began elsewhere
// is bound to where it goes on (T8, T13), and a factor that was proved for a
// challenge vouches for the browser that it was proved in.
//
// What was proved with a certificate stays bound to it for as long as the login lasts,
// through every capture, and what is proved with one now is bound to it.
func (s *Session) rebind(b *body, from State, effect machine.Effect, proved bool) error {
	_, guest := from.(Guest)
	proved = proved || effect.EndedFirst.IsZero() && provenBy(b.binding)
	s.mu.Lock()
	challenged := s.challenged
	s.mu.Unlock()
	switch {
	case guest, effect.Row == "T8", effect.Row == "T13", effect.EndedFirst != identity.Subject{}:
		s.m.binder.capture(b, s.scope.Request())
	case effect.Row == "T6" && challenged != mismatches{}:
		s.m.binder.recapture(b, challenged, s.scope.Request())
	}
	if !proved {
		return nil
	}
	return s.m.binder.captureProof(b, s.scope.Request())
}

// bindsAnew reports another salt: a new one is drawn with each capture.
func (b *body) bindsAnew(than *body) bool { return !bytes.Equal(b.salt, than.salt) }
