package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// line is what carries calls in a test: what one process calls the others hear while
// it is up.
type line struct {
	mu       sync.Mutex
	attempts int                   // to listen
	down     error                 // what an attempt answers, or the one that listens
	deaf     bool                  // nothing arrives
	ears     map[chan error]string // by who listens
}

func (l *line) listen(ctx context.Context, _ *sql.DB, hears func(func(context.Context) error) error) error {
	ear := make(chan error, 100)
	l.mu.Lock()
	l.attempts++
	err := l.down
	l.ears[ear] = ""
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.ears, ear)
		l.mu.Unlock()
	}()
	if err != nil {
		return err
	}
	return hears(func(ctx context.Context) error {
		select {
		case err := <-ear:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// say hands a call, or the loss of the connection, to everybody who listens.
func (l *line) say(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for ear := range l.ears {
		if !l.deaf || err != nil {
			ear <- err
		}
	}
}

func (l *line) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *line) tries() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attempts
}

// shared is a backend that others write to as well, on a clock of the test's, with a
// line if there is one. A call is a row; told are those that were made.
func shared(t *testing.T, l *line) (b *Backend, fake *clock.Fake, calls func() int) {
	t.Helper()
	fake = clock.NewFake(at(0))
	path := filepath.Join(t.TempDir(), "shared.db")
	d := testDialect()
	if l != nil {
		l.ears = map[chan error]string{}
		d.Call = "INSERT INTO calls VALUES (1)"
		d.Listen = func(ctx context.Context, db *sql.DB, hears func(func(context.Context) error) error) error {
			return l.listen(ctx, db, hears)
		}
	}
	b, err := New(Config{
		Writer: openDB(t, path), Writers: 1, Reader: openDB(t, path), Readers: 2,
		Dialect: d, Steps: shipped(t), Clock: fake, Entropy: entropy.Seeded(1), Info: backend.Info{Name: "test", Shared: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.execute(t, "CREATE TABLE axess_revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind, tenant_id, id, at)")
	b.execute(t, "CREATE TABLE calls (n)")
	return b, fake, func() (n int) {
		if err := b.readers.db.QueryRowContext(t.Context(), "SELECT count(*) FROM calls").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// ends writes down the end of login n as another process does, under a number.
func (b *Backend) ends(t *testing.T, n int) {
	t.Helper()
	none := zeroID()
	b.execute(t, "INSERT INTO axess_revocations (seq, kind, tenant_id, id, at) VALUES (?, 0, ?, ?, 0)", n, none, login(n))
}

func login(n int) identity.LoginID {
	return identity.FromNamespaced[identity.LoginID]("test", string(rune(n)))
}

// follow begins a watch.
func follow(t *testing.T, b *Backend) *reader {
	t.Helper()
	w, err := b.Stores().Session.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, ok := w.(*reader)
	if !ok {
		t.Fatalf("a watch of a shared backend is %T", w)
	}
	return r
}

// look reads once and says which logins were told.
func (w *reader) look(t *testing.T, most int) []int {
	t.Helper()
	ended, err := w.poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := []int{}
	for n := range most + 1 {
		for range len(ended) {
			if i := slices.Index(ended, session.Ending{Login: login(n)}); i >= 0 {
				told, ended = append(told, n), slices.Delete(ended, i, i+1)
			}
		}
	}
	return told
}

func toldOnly(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: told %v, want %v", what, got, want)
	}
}

// Numbers are given out before commits. What has a lower number than something that
// was read is told for five seconds, and everything once. STO-028, SES-207
func TestReader_reads_the_last_seconds_anew(t *testing.T) {
	t.Parallel()
	b, fake, _ := shared(t, nil)
	b.ends(t, 1)
	b.ends(t, 3)
	w := follow(t, b)
	defer w.Close()
	b.ends(t, 2) // it was under way when the watch began
	fake.Advance(pollEvery)
	toldOnly(t, "what had ended before is none of its business", w.look(t, 9), 2)
	b.ends(t, 9)
	fake.Advance(pollEvery)
	toldOnly(t, "new", w.look(t, 9), 9)
	for second := range 4 {
		b.ends(t, 8-second)
		fake.Advance(pollEvery)
		toldOnly(t, "a lower number", w.look(t, 9), 8-second)
	}
	b.ends(t, 4)
	fake.Advance(pollEvery - time.Millisecond) // 4.999 s after the 9 was read
	toldOnly(t, "the last", w.look(t, 9), 4)
	fake.Advance(pollOverlap)
	toldOnly(t, "long after", w.look(t, 9))
	if len(w.seen) != 0 || w.low != 9 {
		t.Errorf("it keeps %d numbers above %d", len(w.seen), w.low)
	}
}

// A look for the sake of a call reads few rows anew, however many the last seconds
// had; what it leaves out the next look of the second finds. STO-028
func TestReader_called_reads_few_rows_anew(t *testing.T) {
	t.Parallel()
	b, fake, _ := shared(t, nil)
	w := follow(t, b)
	defer w.Close()
	b.ends(t, 1000)
	fake.Advance(pollEvery)
	toldOnly(t, "the newest", w.look(t, 1000), 1000)
	b.ends(t, 1000-hintBack)
	b.ends(t, 1000-hintBack+1)
	b.ends(t, 1001)
	fake.Advance(hintGap)
	toldOnly(t, "called", w.look(t, 1001), 1000-hintBack+1, 1001)
	fake.Advance(pollEvery - hintGap) // calls do not put the whole reading off
	toldOnly(t, "a second later", w.look(t, 1001), 1000-hintBack)
}

// hears waits until a watch has told of a login, with the clock standing still.
func (w *reader) hears(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		ended, err := w.Next(ctx)
		if err != nil {
			t.Fatalf("login %d: %v", n, err)
		}
		if slices.Contains(ended, session.Ending{Login: login(n)}) {
			return
		}
	}
}

// comes waits until it is so; somebody else's task makes it so.
func comes(t *testing.T, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !so(); {
		if time.Now().After(until) || clock.System().Sleep(t.Context(), time.Millisecond) != nil {
			t.Fatal("does not come: " + what)
		}
	}
}

// listens waits until calls are heard. The first is an echo that it answers itself.
func (b *Backend) listens(t *testing.T, l *line) {
	t.Helper()
	comes(t, "it listens", func() bool {
		l.say(nil)
		return b.about().Endings == "called"
	})
}

// Who is called looks at once, without a second's wait. SES-207
func TestReader_is_called(t *testing.T) {
	t.Parallel()
	l := &line{}
	b, fake, calls := shared(t, l)
	if got := b.about().Endings; got != "called, and nobody waits" || l.tries() != 0 {
		t.Errorf("before a watch: %q, %d connections", got, l.tries())
	}
	w := follow(t, b)
	b.listens(t, l)
	if calls() == 0 {
		t.Error("it has not tried whether calls arrive")
	}
	b.ends(t, 1)
	l.say(nil)
	fake.Advance(hintGap)
	w.hears(t, 1)
	// The connection is lost: it looks, tries again, and looks at once.
	l.say(errors.New("boom"))
	comes(t, "the loss", func() bool { return b.about().Endings == "looked for once a second: boom" })
	b.ends(t, 2)
	fake.Advance(pollEvery)
	w.hears(t, 2)
	b.ends(t, 3)
	comes(t, "a new connection", func() bool {
		fake.Advance(100 * time.Millisecond)
		l.say(nil)
		return b.about().Endings == "called"
	})
	w.hears(t, 3)
	if n := l.tries(); n != 2 {
		t.Errorf("%d connections", n)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if got := b.about().Endings; got != "called, and nobody waits" {
		t.Errorf("after the last watch: %q", got)
	}
	l.set(func() {
		if len(l.ears) != 0 {
			t.Error("it listens on")
		}
	})
}

// A connection on which nothing is heard for half a minute is tried; one that is deaf
// is given up, and seldom tried again. SES-207
func TestReader_notices_a_deaf_connection(t *testing.T) {
	t.Parallel()
	l := &line{}
	b, fake, calls := shared(t, l)
	w := follow(t, b)
	defer w.Close()
	b.listens(t, l)
	made := calls()
	for range 3 { // somebody else's calls are as good as its own
		fake.Advance(earQuiet - time.Second)
		l.say(nil)
		comes(t, "it has heard", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return drained(l.ears) })
	}
	if n := calls(); n != made {
		t.Errorf("%d calls although it hears others", n-made)
	}
	l.set(func() { l.deaf = true })
	comes(t, "that it is deaf", func() bool {
		fake.Advance(pollEvery)
		return strings.HasPrefix(b.about().Endings, "looked for once a second: calls do not arrive")
	})
	if n := calls(); n != made+1 {
		t.Errorf("%d calls to find out", n-made)
	}
	b.ends(t, 1)
	w.hears(t, 1)
	before := l.tries()
	for range 280 {
		comes(t, "rest", func() bool { return len(fake.Pending()) > 0 })
		fake.Advance(time.Second)
	}
	if n := l.tries(); n != before {
		t.Errorf("%d more connections in less than five minutes", n-before)
	}
	l.set(func() { l.deaf = false })
	comes(t, "a later connection", func() bool {
		l.say(nil)
		fake.Advance(pollEvery / 2)
		return b.about().Endings == "called"
	})
}

func drained(ears map[chan error]string) bool {
	for ear := range ears {
		if len(ear) > 0 {
			return false
		}
	}
	return true
}

// A server that cannot be reached is asked ever less often. SES-207
func TestReader_tries_ever_less_often(t *testing.T) {
	t.Parallel()
	l := &line{down: errors.New("no server")}
	b, fake, _ := shared(t, l)
	w := follow(t, b)
	defer w.Close()
	for range 600 {
		comes(t, "rest", func() bool { return len(fake.Pending()) > 0 })
		fake.Advance(time.Second)
	}
	if got := b.about().Endings; got != "looked for once a second: no server" {
		t.Error(got)
	}
	if n := l.tries(); n < 5 || n > 12 {
		t.Errorf("%d connections in ten minutes", n)
	}
}

// A commit that ends something is followed by a call, one that ends nothing or fails
// by none; what ends while a call is under way shares the next. SES-207
func TestCaller_calls_after_commits_that_end_something(t *testing.T) {
	t.Parallel()
	b, _, calls := shared(t, &line{})
	s := b.Stores().Session
	if err := b.Stores().Session.Touch(t.Context(), identity.FromNamespaced[session.Ref]("test", "1"), at(time.Hour), at(0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatal(err)
	}
	comes(t, "a call", func() bool { return calls() == 1 })
	err := b.Stores().Identity.Apply(t.Context(), identity.RaiseEpoch{Scope: identity.GlobalScope(), From: 7, Check: true})
	if !errors.Is(err, store.ErrConflict) {
		t.Fatal(err)
	}
	// The connections that read are taken, so calls wait.
	var held []*lane
	for range 2 {
		l, err := b.readers.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, l)
	}
	for range 20 {
		if err := s.Raise(t.Context(), identity.GlobalScope()); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range held {
		b.readers.give(l)
	}
	comes(t, "the end of calling", func() bool { b.caller.mu.Lock(); defer b.caller.mu.Unlock(); return b.caller.task == nil })
	if n := calls(); n < 2 || n > 3 {
		t.Errorf("%d calls for one ending, a refusal and twenty endings at once", n)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.caller.out()
	if b.caller.task != nil {
		t.Error("a closed backend calls")
	}
}

// Processes that are not told by calls say so. SES-207
func TestInfo_says_how_endings_are_learned(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Backend){
		"looked for once a second":     func(*Backend) {},
		"looked for once a second: so": func(b *Backend) { b.dialect.Silent = "so" },
		"":                             func(b *Backend) { b.info.Shared = false },
	} {
		b, _, _ := shared(t, nil)
		change(b)
		if got := b.Stores().Topology().Endings; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
