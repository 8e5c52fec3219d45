package respond

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// writer is the response writer of a scope. All variants below are a single
// pointer, so turning one into an interface allocates nothing.
type writer struct{ s *Scope }

// The variants exist because a type assertion is a promise: w.(http.Hijacker)
// must stay false on HTTP/2 (SES-069).
type (
	withHijack     struct{ writer }
	withRead       struct{ writer }
	withPush       struct{ writer }
	withHijackRead struct{ withHijack }
	withHijackPush struct{ withHijack }
	withReadPush   struct{ withRead }
	withAll        struct{ withHijackRead }
)

func wrap(s *Scope, under http.ResponseWriter) http.ResponseWriter {
	const hijack, read, push = 1, 2, 4
	w, has := writer{s}, 0
	if hijacker(under) != nil {
		has |= hijack
	}
	if _, ok := under.(io.ReaderFrom); ok {
		has |= read
	}
	if _, ok := under.(http.Pusher); ok {
		has |= push
	}
	switch has {
	case hijack:
		return withHijack{w}
	case read:
		return withRead{w}
	case push:
		return withPush{w}
	case hijack | read:
		return withHijackRead{withHijack{w}}
	case hijack | push:
		return withHijackPush{withHijack{w}}
	case read | push:
		return withReadPush{withRead{w}}
	case hijack | read | push:
		return withAll{withHijackRead{withHijack{w}}}
	default:
		return w
	}
}

// hijacker looks through Unwrap as http.ResponseController does. Without that
// a controller would pass by this wrapper to a hijacker further in, and the
// session would never be committed.
func hijacker(w http.ResponseWriter) http.Hijacker {
	for range 32 {
		switch t := w.(type) {
		case http.Hijacker:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
	return nil
}

// begin commits with the implicit status 200 and says whether body bytes may
// follow.
func (s *Scope) begin() error {
	if err := s.settle(http.StatusOK, false); err != nil {
		return err
	}
	s.markSent()
	return nil
}

// settle runs the hooks if they have not run and says whether the handler may
// still go on.
func (s *Scope) settle(status int, hijack bool) error {
	switch s.phase.Load() {
	case phaseCommitting:
		return ErrInHook
	case phaseOpen:
		s.commit(status, hijack)
	}
	if s.replaced {
		return ErrResponseReplaced
	}
	return nil
}

func (s *Scope) markSent() {
	if !s.sent && !s.hijacked {
		s.sent = true
		s.status.Store(http.StatusOK)
	}
}

// Header returns the headers of the response.
func (w writer) Header() http.Header { return w.s.under.Header() }

// Unwrap returns the wrapped writer, for http.ResponseController.
func (w writer) Unwrap() http.ResponseWriter { return w.s.under }

// WriteHeader commits and sends the status; a second call is ignored and
// logged. An informational status other than 101 passes through.
func (w writer) WriteHeader(status int) {
	s := w.s
	if status < 100 || status > 999 {
		// As net/http, but before the hooks: nothing may be stored for a
		// response that will not exist.
		panic("respond: invalid WriteHeader code " + strconv.Itoa(status))
	}
	if s.replaced {
		return
	}
	if s.sent || s.hijacked || s.phase.Load() == phaseCommitting {
		s.Logger().WarnContext(s, "respond: superfluous WriteHeader ignored",
			"status", status, "sent", s.Status(), "route", s.req.Pattern)
		return
	}
	if status < 200 && status != http.StatusSwitchingProtocols {
		s.under.WriteHeader(status)
		return
	}
	if s.settle(status, false) != nil {
		return
	}
	s.sent = true
	s.status.Store(int64(status))
	s.under.WriteHeader(status)
}

// Write commits and writes.
func (w writer) Write(p []byte) (int, error) {
	if err := w.s.begin(); err != nil {
		return 0, err
	}
	n, err := w.s.under.Write(p)
	w.s.bytes.Add(int64(n))
	return n, err
}

// WriteString commits and writes.
func (w writer) WriteString(p string) (int, error) {
	if err := w.s.begin(); err != nil {
		return 0, err
	}
	n, err := io.WriteString(w.s.under, p)
	w.s.bytes.Add(int64(n))
	return n, err
}

// Flush commits and flushes, if the wrapped writer can.
func (w writer) Flush() { _ = w.FlushError() }

// FlushError commits and flushes; http.ErrNotSupported when the wrapped writer
// cannot.
func (w writer) FlushError() error {
	s := w.s
	if err := s.settle(http.StatusOK, false); err != nil {
		return err
	}
	err := http.NewResponseController(s.under).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		s.markSent()
	}
	return err
}

// Hijack commits and hands over the connection.
func (w withHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s := w.s
	if err := s.settle(http.StatusSwitchingProtocols, true); err != nil {
		return nil, nil, err
	}
	if s.head.cookie && !s.sent {
		return nil, nil, ErrCookiePending
	}
	c, rw, err := hijacker(s.under).Hijack()
	if err == nil {
		s.hijacked = true
		s.status.CompareAndSwap(0, http.StatusSwitchingProtocols)
	}
	return c, rw, err
}

// ReadFrom commits and lets the wrapped writer copy, which may be a sendfile.
func (w withRead) ReadFrom(src io.Reader) (int64, error) { return w.s.readFrom(src) }

// ReadFrom commits and lets the wrapped writer copy, which may be a sendfile.
func (w withHijackRead) ReadFrom(src io.Reader) (int64, error) { return w.s.readFrom(src) }

func (s *Scope) readFrom(src io.Reader) (int64, error) {
	if err := s.begin(); err != nil {
		return 0, err
	}
	n, err := s.under.(io.ReaderFrom).ReadFrom(src) //nolint:errcheck // wrap offers this only where under has it
	s.bytes.Add(n)
	return n, err
}

// Push commits and pushes.
func (w withPush) Push(target string, opts *http.PushOptions) error { return w.s.push(target, opts) }

// Push commits and pushes.
func (w withHijackPush) Push(target string, opts *http.PushOptions) error {
	return w.s.push(target, opts)
}

// Push commits and pushes.
func (w withReadPush) Push(target string, opts *http.PushOptions) error {
	return w.s.push(target, opts)
}

// Push commits and pushes.
func (w withAll) Push(target string, opts *http.PushOptions) error { return w.s.push(target, opts) }

// push commits first because the pushed request runs the whole chain at once,
// beside this one, and must not see the session as it was before. It sends no
// headers of this response.
func (s *Scope) push(target string, opts *http.PushOptions) error {
	if err := s.settle(http.StatusOK, false); err != nil {
		return err
	}
	return s.under.(http.Pusher).Push(target, opts) //nolint:errcheck // wrap offers this only where under has it
}
