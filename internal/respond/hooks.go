package respond

import (
	"maps"
	"net/http"
)

// Stage orders the hooks. They run by stage, not by registration, because
// each needs what the one before decided: the CSRF cookie binds to the final
// session id, and the headers see every cookie.
type Stage uint8

// The stages, in the order they run.
const (
	StageSession Stage = iota
	StageCSRF
	StageHeaders
	StageLog
)

const (
	phaseOpen uint32 = iota
	phaseCommitting
	phaseCommitted
)

type hook struct {
	run   func(*Head)
	stage Stage
}

// Before registers a hook to run once before the first byte. Several hooks of
// one stage run in the order of registration. A hook may register another one
// for its own or a later stage. ErrCommitted says that the stage is over.
//
// A hook made once at construction, which finds its state through
// Head.Scope, costs a request no allocation.
func (s *Scope) Before(stage Stage, run func(*Head)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.before(stage, run)
}

// before is called with mu held.
func (s *Scope) before(stage Stage, run func(*Head)) error {
	if p := s.phase.Load(); p == phaseCommitted || p == phaseCommitting && stage < s.stage {
		return ErrCommitted
	}
	h := hook{run: run, stage: stage}
	if s.hookCount < len(s.hooks) {
		s.hooks[s.hookCount] = h
	} else {
		more := s.spilled()
		more.more = append(more.more, h)
	}
	s.hookCount++
	return nil
}

func (s *Scope) hookAt(i int) *hook {
	if i < len(s.hooks) {
		return &s.hooks[i]
	}
	return &s.spill.more[i-len(s.hooks)]
}

// next takes the next hook out, or closes the phase when none is left. Taking
// it out first is what makes "once" hold for a hook that panics too.
func (s *Scope) next() func(*Head) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first *hook
	for i := range s.hookCount {
		if h := s.hookAt(i); h.run != nil && (first == nil || h.stage < first.stage) {
			first = h
		}
	}
	if first == nil {
		s.phase.Store(phaseCommitted)
		return nil
	}
	run := first.run
	first.run = nil
	s.stage = first.stage
	return run
}

// commit runs the hooks once and, if one of them replaced the response, writes
// the replacement. Status is what the handler is about to answer.
func (s *Scope) commit(status int, hijack bool) {
	if !s.phase.CompareAndSwap(phaseOpen, phaseCommitting) {
		return
	}
	// Anew each time: after a hook that panicked this may be the second.
	s.head = Head{s: s, status: status, hijack: hijack}
	// A hook that panics leaves the scope open, so that the recovering layer
	// can still answer with the hooks that remain.
	defer s.phase.CompareAndSwap(phaseCommitting, phaseOpen)
	for run := s.next(); run != nil; run = s.next() {
		run(&s.head)
	}
	if s.head.replaced {
		s.replaced, s.sent = true, true
		s.status.Store(int64(s.head.status))
		s.under.WriteHeader(s.head.status)
		// The client may be gone or the method HEAD: nobody is left to tell.
		n, _ := s.under.Write(s.head.body)
		s.bytes.Add(int64(n))
	}
}

// Head is the response as a hook sees it: status and headers decided, nothing
// sent. It is valid during the hook only.
type Head struct {
	s        *Scope
	body     []byte
	status   int
	hijack   bool
	cookie   bool
	replaced bool
}

// Scope returns the request's scope.
func (h *Head) Scope() *Scope { return h.s }

// Header returns the headers about to be sent.
func (h *Head) Header() http.Header { return h.s.under.Header() }

// Status returns the status about to be sent, 101 for a hijack.
func (h *Head) Status() int { return h.status }

// Hijack reports whether the handler asked for the connection.
func (h *Head) Hijack() bool { return h.hijack }

// Replaced reports whether an earlier hook replaced the response.
func (h *Head) Replaced() bool { return h.replaced }

// PendCookie says that the headers now hold a cookie which the client must
// get: a hijack is refused with ErrCookiePending (SES-071).
func (h *Head) PendCookie() { h.cookie = true }

// Replace puts another response in the place of the handler's (SES-075): its
// headers are cleared, its body never reaches the client and its writes return
// ErrResponseReplaced. Later stages add their headers to the replacement. The
// first replacement stands: it tells the cause, a second one the consequence.
// From StageHeaders on it is too late and the call is logged and ignored.
func (h *Head) Replace(status int, header http.Header, body []byte) {
	if h.replaced {
		return
	}
	if h.s.stage >= StageHeaders {
		h.s.Logger().ErrorContext(h.s, "respond: replacement after the headers ignored", "status", status)
		return
	}
	h.s.resetHeader()
	maps.Copy(h.Header(), header)
	h.status, h.body, h.replaced, h.cookie = status, body, true, false
}
