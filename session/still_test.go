package session

import (
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/store"
)

// SES-101, SES-104: a request that lost a race waits a moment before it tries again,
// but not for a clock that a test holds still: nobody would move it before the answer.
func TestData_a_lost_write_does_not_wait_for_a_clock_that_stands(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(r *http.Request, s *Session) error{
		"set":     func(r *http.Request, s *Session) error { _ = anyNote.Set(s, "new"); return s.Commit(r.Context()) },
		"consume": func(r *http.Request, s *Session) error { _, err := anyNote.Consume(r.Context(), s); return err },
	} {
		g := newRig(t)
		b := g.in()
		b.setNote("old")
		done := make(chan error, 1)
		waits := make(chan error, 1)
		go func() { waits <- g.fake.Await(t.Context(), clock.SleepName, 1) }()
		go b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			g.db.faults(once("update", func() error { return store.ErrConflict }), nil)
			done <- how(r, s)
			g.db.up()
		})
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err := <-waits:
			t.Errorf("%s: waits for the clock (%v)", name, err)
			g.fake.Advance(time.Second)
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
}
