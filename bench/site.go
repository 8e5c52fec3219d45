package bench

import (
	"fmt"
	"net/http"
	"testing"
)

// site is a [Subject] made of a handler and the requests that it gets in turn.
type site struct {
	handler  http.Handler
	requests []*http.Request
}

func (s *site) Check() error {
	for _, r := range s.requests[:min(len(s.requests), 100)] {
		w := newSink()
		s.handler.ServeHTTP(w, clone(r))
		if err := w.check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) Measure() (Sample, error) { return loop(s.loop).Measure() }

// loop spares everybody the costs of a real client and server: a request is
// copied, not parsed, and the answer is counted, not sent.
func (s *site) loop(b *testing.B) {
	b.ReportAllocs()
	w := newSink()
	r := new(http.Request)
	i := 0
	// What was measured meanwhile took longer than copies are used without proof: the
	// question for a new one would be put once in each measurement instead of once a
	// second.
	s.handler.ServeHTTP(w, clone(s.requests[0]))
	for b.Loop() {
		// A copy: gorilla/sessions leaves its registry in the request.
		*r = *s.requests[i]
		if i++; i == len(s.requests) {
			i = 0
		}
		w.reset()
		s.handler.ServeHTTP(w, r)
		if err := w.check(); err != nil {
			b.Fatal(err)
		}
	}
}

func clone(r *http.Request) *http.Request {
	c := *r
	return &c
}

// added is what one site takes more than another that lacks a layer.
type added struct{ with, without *site }

// turns is how often each of the two is measured for one difference.
const turns = 3

func (a added) Check() error {
	if err := a.with.Check(); err != nil {
		return err
	}
	return a.without.Check()
}

// Measure takes the best of some turns of each: a difference of two figures that
// a busy machine has stretched would be mostly noise.
func (a added) Measure() (Sample, error) {
	var best [2]Sample
	for turn := range turns {
		for i, s := range []*site{a.with, a.without} {
			m, err := s.Measure()
			if err != nil {
				return Sample{}, err
			}
			if turn == 0 || m.Nanoseconds < best[i].Nanoseconds {
				best[i] = m
			}
		}
	}
	with, without := best[0], best[1]
	return Sample{Nanoseconds: with.Nanoseconds - without.Nanoseconds, Allocs: with.Allocs - without.Allocs, Bytes: with.Bytes - without.Bytes}, nil
}

// sink is a response writer that keeps nothing.
type sink struct {
	header  http.Header
	status  int
	written int
}

func newSink() *sink { return &sink{header: make(http.Header, 8)} }

func (s *sink) reset() {
	clear(s.header)
	s.status, s.written = 0, 0
}

// check wants the answer of serve.
func (s *sink) check() error {
	if s.status != http.StatusOK || s.written != len(answer) {
		return fmt.Errorf("answered %d with %d bytes", s.status, s.written)
	}
	return nil
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(code int) {
	if s.status == 0 {
		s.status = code
	}
}

func (s *sink) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	s.written += len(p)
	return len(p), nil
}

func (s *sink) WriteString(p string) (int, error) {
	s.WriteHeader(http.StatusOK)
	s.written += len(p)
	return len(p), nil
}
