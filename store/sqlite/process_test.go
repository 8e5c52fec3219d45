package sqlite_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// STO-025: kill -9 in the middle of writing. Whatever was acknowledged is there,
// sessions, revocations and events, and the file opens as if nothing had been.
func TestKilled_loses_nothing_that_was_acknowledged(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{1, 40, 200} {
		path := file(t)
		last := killed(t, path, lines)
		b := openOnce(t, path)
		survived(t, b, last, everyThird)
		if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// killed lets a child write, kills it after some lines, and returns the number of
// the last session that it had acknowledged.
func killed(t *testing.T, path string, lines int) int {
	t.Helper()
	cmd, out := child(t, "write", path)
	last := -1
	for range lines {
		if !out.Scan() {
			t.Fatalf("the child ended: %v", out.Err())
		}
		var err error
		if last, err = strconv.Atoi(out.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for out.Scan() { // acknowledged before the end
		n, err := strconv.Atoi(out.Text())
		if err != nil {
			break // the line in which it was killed
		}
		last = n
	}
	_ = cmd.Wait() // killed, as it should be
	return last
}

// everyThird session has been revoked by the child that writes.
func everyThird(n int) bool { return n%3 == 0 }

// revoked says that one session has been.
func revoked(which int) func(int) bool { return func(n int) bool { return n == which } }

func openOnce(t *testing.T, path string, opts ...sqlite.Option) *sqlite.Backend {
	t.Helper()
	b, err := sqlite.Open(path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// survived looks for every session up to the last, and for its event.
func survived(t *testing.T, b *sqlite.Backend, last int, revoked func(int) bool) {
	t.Helper()
	s := b.Stores()
	for n := range last + 1 {
		rec, now, err := s.Session.Load(t.Context(), ref(n), at(0))
		if err != nil || string(rec.Sealed) != "sealed "+strconv.Itoa(n) {
			t.Errorf("session %d of %d: %v", n, last, err)
		}
		if rec.Epochs.Covers(now.Epochs) == revoked(n) {
			t.Errorf("session %d of %d: revoked %t, want %t", n, last, !revoked(n), revoked(n))
		}
		if err := s.Identity.Append(t.Context(), row(n)); !errors.Is(err, store.ErrExists) {
			t.Errorf("event %d of %d is lost: %v", n, last, err)
		}
	}
	// A session has its event, and an event its session, also the one that was
	// under way.
	_, _, err := s.Session.Load(t.Context(), ref(last+1), at(0))
	if known := errors.Is(s.Identity.Append(t.Context(), row(last+1)), store.ErrExists); known != (err == nil) {
		t.Errorf("the last session: %v, its event is there: %t", err, known)
	}
}

// STO-025: where nothing keeps a second process away, two take turns, and neither
// loses a write.
func TestTwoProcesses_lose_nothing(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	cmd, _ := child(t, "raise", path)
	for range raises {
		if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{})
	if err != nil || e.Global != 2*raises {
		t.Errorf("epoch %d, %v, want %d", e.Global, err, 2*raises)
	}
}

// STO-001: what is written is there for whoever opens the file next.
func TestClose_and_open_again(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := openOnce(t, path)
	s := b.Stores()
	r := record(1)
	if _, err := s.Session.Create(t.Context(), r, claim(r)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"load":  load(t, s, 1),
		"raise": s.Session.Raise(t.Context(), identity.GlobalScope()),
		"check": b.Check(t.Context()),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s after close: %v, want ErrUnavailable", what, err)
		}
	}
	if err := load(t, open(t, path).Stores(), 1); err != nil {
		t.Error(err)
	}
}
