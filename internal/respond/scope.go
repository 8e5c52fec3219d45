package respond

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
)

var (
	// ErrCommitted answers what comes too late to reach the client: the hooks
	// of that stage have run.
	ErrCommitted = errors.New("respond: response already committed")
	// ErrResponseReplaced answers a handler that goes on writing after a hook
	// put another response in its place (SES-075). The bytes reach nobody.
	ErrResponseReplaced = errors.New("respond: response replaced")
	// ErrCookiePending answers Hijack while a cookie waits for the headers: on
	// a hijacked connection it would be lost (SES-071). Send the headers
	// first, or change the session before the upgrade.
	ErrCookiePending = errors.New("respond: hijack with a cookie pending")
	// ErrInHook answers a hook that writes through the response writer instead
	// of through its Head.
	ErrInHook = errors.New("respond: write from within a hook")
)

// Slot names a place in the Scope where one layer leaves something for later
// ones. The set is closed; the owner of a slot says in its own documentation
// what type lies there.
type Slot uint8

// The slots. Request id and client address have other homes: RequestID, and
// Publish with the key of package clientip.
const (
	SlotSession  Slot = iota // package session
	SlotCSRF                 // middleware/csrf
	SlotSecure               // middleware/secure
	SlotRenderer             // internal/problem: the renderer of HTML problem pages
	SlotLogger               // *slog.Logger; slog.Default without one
	SlotAudit                // package audit
	SlotGuard                // internal/guard
	SlotTrace                // middleware/tracecontext
	SlotProof                // package axess: the proof that a guard has minted
	slots
)

// parent keeps the embedded field unexported.
type parent = context.Context

// published is one value that ctx.Value finds for packages that may not import
// this one.
type published struct{ key, value any }

// Scope is what one request has: a context.Context over the request's own,
// the state of the response, the slots. Methods may be called from several
// goroutines; the response writer itself, as always in net/http, may not.
type Scope struct {
	parent
	under http.ResponseWriter
	req   *http.Request
	// baseline holds the headers that stood before the first layer, nil when
	// there were none: a replaced response keeps those and no others.
	baseline http.Header

	// slots are read far more often than written, and each is written once but for
	// layers mounted twice: a slot whose bit is in filled stays as it is, and is
	// read without the lock. What replaces it goes to spill.later.
	slots  [slots]any
	filled atomic.Uint32 // bit of a slot; laterBit above it

	mu        sync.Mutex // guards what follows and writing what stands above; never held over a hook
	keyed     [4]published
	requestID string
	hooks     [6]hook
	spill     *spill
	hookCount int
	stage     Stage

	head  Head
	phase atomic.Uint32

	// Owned by whoever writes the response.
	sent, replaced, hijacked bool

	status atomic.Int64
	bytes  atomic.Int64
}

// spill is what few requests need; see slots and hooks.
type spill struct {
	later map[Slot]any
	more  []hook
}

// spilled is called with mu held.
func (s *Scope) spilled() *spill {
	if s.spill == nil {
		s.spill = &spill{later: make(map[Slot]any)}
	}
	return s.spill
}

type scopeKey struct{}

// Ensure returns the scope of the request with a writer and a request that
// belong to it. When no scope exists it is made, and made is true: that caller
// calls Finish after the handler returned. Otherwise w and r come back as they
// are.
func Ensure(w http.ResponseWriter, r *http.Request) (s *Scope, sw http.ResponseWriter, sr *http.Request, made bool) {
	if s := From(r.Context()); s != nil {
		return s, w, r, false
	}
	s = &Scope{parent: r.Context(), under: w}
	if h := w.Header(); len(h) > 0 {
		s.baseline = h.Clone()
	}
	s.req = r.WithContext(s) //nolint:contextcheck // s carries on r.Context()
	return s, wrap(s, w), s.req, true
}

// From returns the scope that ctx belongs to, or nil.
func From(ctx context.Context) *Scope {
	if s, ok := ctx.(*Scope); ok {
		return s
	}
	s, _ := ctx.Value(scopeKey{}).(*Scope)
	return s
}

// Value finds the scope itself, what Publish left, and the parent's values.
func (s *Scope) Value(key any) any {
	if _, ok := key.(scopeKey); ok {
		return s
	}
	s.mu.Lock()
	for i := range s.keyed {
		if k := s.keyed[i].key; k != nil && k == key {
			v := s.keyed[i].value
			s.mu.Unlock()
			return v
		}
	}
	s.mu.Unlock()
	return s.parent.Value(key)
}

// AfterFunc lets package context attach children to a parent of a foreign kind
// without a goroutine of their own, as a simulated clock's contexts need.
func (s *Scope) AfterFunc(f func()) (stop func() bool) {
	if p, ok := s.parent.(interface {
		AfterFunc(f func()) func() bool
	}); ok {
		return p.AfterFunc(f)
	}
	//axess:allow L07 package context itself would do the same for this parent
	return context.AfterFunc(s.parent, f)
}

// String keeps the slots out of logs that print a context.
func (s *Scope) String() string { return "respond.Scope" }

// GoString does the same for %#v.
func (s *Scope) GoString() string { return s.String() }

// laterBit says of a slot that what lies in it was replaced.
const laterBit = uint32(slots)

// Get returns what lies in the slot, or nil.
func (s *Scope) Get(slot Slot) any {
	switch filled := s.filled.Load(); {
	case filled&(1<<slot) == 0:
		return nil
	case filled&(1<<slot<<laterBit) == 0:
		return s.slots[slot]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spill.later[slot]
}

// Set puts v into the slot. A pointer costs no allocation, unless something lies
// there already.
func (s *Scope) Set(slot Slot, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(slot, v)
}

// set is called with mu held.
func (s *Scope) set(slot Slot, v any) {
	filled := s.filled.Load()
	if filled&(1<<slot) == 0 {
		s.slots[slot] = v
		s.filled.Store(filled | 1<<slot)
		return
	}
	s.spilled().later[slot] = v
	s.filled.Store(filled | 1<<slot<<laterBit)
}

// Install is Before and Set in one, for a layer whose hook finds its state in
// the slot. After ErrCommitted the slot is as it was.
func (s *Scope) Install(slot Slot, v any, stage Stage, run func(*Head)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.before(stage, run); err != nil {
		return err
	}
	s.set(slot, v)
	return nil
}

// Publish makes ctx.Value(key) answer v, as context.WithValue would, without
// another context. It is for leaves that keep a key of their own, such as
// clientip. More than three keys are a fault of whoever wrote the chain: panic.
func (s *Scope) Publish(key, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keyed {
		if s.keyed[i].key == nil || s.keyed[i].key == key {
			s.keyed[i] = published{key, v}
			return
		}
	}
	panic("respond: Publish: no room for another key")
}

// SetRequestID stores the request's id, the only one that log, audit, problem
// and response show (MID-081).
func (s *Scope) SetRequestID(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requestID = id
}

// RequestID returns the request's id, empty when no layer set one.
func (s *Scope) RequestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requestID
}

// Request returns the request as the maker of the scope passed it on. Its
// Pattern is the matched route once a ServeMux below has run.
func (s *Scope) Request() *http.Request { return s.req }

// Status returns the status the client got, 0 while none is decided.
func (s *Scope) Status() int { return int(s.status.Load()) }

// Bytes returns how many body bytes were written so far.
func (s *Scope) Bytes() int64 { return s.bytes.Load() }

// Committed reports whether the hooks have begun to run: what changes the
// response from here on is too late.
func (s *Scope) Committed() bool { return s.phase.Load() != phaseOpen }

// Finish commits a response that the handler left to net/http. The maker of
// the scope calls it after the handler returned, and not when it panicked.
func (s *Scope) Finish() {
	s.commit(http.StatusOK, false)
	if !s.sent && !s.hijacked {
		s.status.Store(http.StatusOK)
	}
}

// Abandon drops the hooks of the stages that store something, session and
// CSRF, so that a response written after a panic carries no change of a
// request that failed half way (SES-078, MID-062). Headers still apply.
func (s *Scope) Abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.hookCount {
		if h := s.hookAt(i); h.stage <= StageCSRF {
			h.run = nil
		}
	}
}

// Restart clears the handler's headers so that another response can be written
// in its place, and reports whether that is still possible. Headers that hooks
// have set already stay, since those hooks will not run again.
func (s *Scope) Restart() bool {
	if s.sent || s.hijacked {
		return false
	}
	if s.phase.Load() == phaseOpen {
		s.resetHeader()
	}
	return true
}

func (s *Scope) resetHeader() {
	h := s.under.Header()
	clear(h)
	for k, v := range s.baseline {
		h[k] = append([]string(nil), v...)
	}
}

// Logger returns the logger of the request, slog.Default unless a layer put one
// into SlotLogger.
func (s *Scope) Logger() *slog.Logger {
	if l, ok := s.Get(SlotLogger).(*slog.Logger); ok && l != nil {
		return l
	}
	return slog.Default()
}
