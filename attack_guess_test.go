package axess_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// victim is the address that attacks are about.
const victim = "ada@example.org"

// onBackends runs an attack on memory and on a SQLite file.
func onBackends(t *testing.T, attack func(t *testing.T, stores backend.Stores)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		attack(t, memory.New(memory.Config{}).Stores())
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		attack(t, openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores())
	})
}

// stated are keys that a second server and a restart have too.
func stated(c *axess.Config) { c.Keys = keys.Ephemeral(entropy.Seeded(2)) }

// serving is a program on the stores, and a second server of it.
func serving(t *testing.T, stores backend.Stores, options ...func(*axess.Config)) (s, twin *fronttest.Site) {
	t.Helper()
	options = append(options, stated)
	s = fronttest.New(t, append([]func(*axess.Config){func(c *axess.Config) { c.Stores = stores }}, options...)...)
	return s, s.Beside(options...)
}

// guessers are browsers with an address each, half of them at either server,
// ready to post.
func guessers(n int, s, twin *fronttest.Site) []*fronttest.Browser {
	out := make([]*fronttest.Browser, n)
	for i := range out {
		out[i] = s.Browser()
		if i%2 == 1 {
			out[i] = twin.Browser()
		}
		out[i].Addr = fmt.Sprintf("127.2.0.%d:1", i+1)
		out[i].Get("/auth/sign-in")
	}
	return out
}

// volley posts with all browsers at once and counts the answers by status.
func volley(browsers []*fronttest.Browser, post func(i int, b *fronttest.Browser) fronttest.Answer) map[int]int {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	statuses := make([]int, len(browsers))
	ready.Add(len(browsers))
	for i, b := range browsers {
		done.Go(func() {
			ready.Done()
			<-start
			statuses[i] = post(i, b).Status
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	return count
}

func signIn(b *fronttest.Browser, who, word string) fronttest.Answer {
	if b.Cookies[b.Cookie("-csrf")] == "" {
		b.Get("/auth/sign-in")
	}
	return b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": word})
}

const wrong = "a wrong password altogether"

// AUN-044, AUN-I4, AUN-I10: of 64 passwords at once, over two servers of one
// store and from 64 addresses, five are evaluated, and then the right one fails.
func TestAttack_passwords_64_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores)
		s.Person(victim)
		browsers := guessers(64, s, twin)
		before := axess.Hashes(s.Auth) + axess.Hashes(twin.Auth)
		got := volley(browsers, func(_ int, b *fronttest.Browser) fronttest.Answer { return signIn(b, victim, wrong) })
		if n := axess.Hashes(s.Auth) + axess.Hashes(twin.Auth) - before; n != 5 {
			t.Errorf("%d passwords were evaluated, 5 are allowed", n)
		}
		if got[http.StatusUnauthorized] != 5 || got[http.StatusTooManyRequests] != 59 {
			t.Errorf("answers %v", got)
		}
		a := signIn(twin.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
		if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 14*60 || wait > 15*60 {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		s.Clock.Advance(15*time.Minute + time.Second)
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusSeeOther)
	})
}

// together is a ledger that settles no attempt of a volley before every other one is
// under way or refused: at once, however few processors there are.
type together struct {
	backend.Throttle
	missing atomic.Int64
	all     chan struct{}
}

func (l *together) expect(n int64) {
	l.all = make(chan struct{})
	l.missing.Store(n)
}

func (l *together) arrived() {
	if l.missing.Add(-1) == 0 {
		close(l.all)
	}
}

// Reserve implements [authn.Ledger].
func (l *together) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	r, err := l.Throttle.Reserve(ctx, a, now)
	if err != nil {
		l.arrived()
	}
	return r, err
}

// Commit implements [authn.Ledger].
func (l *together) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	if l.all != nil {
		l.arrived()
		<-l.all
	}
	return l.Throttle.Commit(ctx, r, v, levers, now)
}

// AUN-044, AUN-I4: of 64 codes at once behind the right password, five are judged.
func TestAttack_codes_64_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		ledger := &together{Throttle: stores.Throttle}
		stores.Throttle = ledger
		s, twin := serving(t, stores)
		show := s.Enrol(s.Person(victim))
		s.Clock.Advance(fronttest.SecondStep)
		browsers := guessers(64, s, twin)
		for _, b := range browsers {
			signIn(b, victim, fronttest.Password).Is(t, http.StatusSeeOther)
		}
		right := show()
		ledger.expect(64)
		got := volley(browsers, func(i int, b *fronttest.Browser) fronttest.Answer {
			n, _ := strconv.Atoi(right)
			return b.Post("/auth/factor/totp", fronttest.Form{"code": fmt.Sprintf("%06d", (n+3000*(i+1))%1_000_000)})
		})
		if got[http.StatusUnauthorized] != 5 || got[http.StatusTooManyRequests] != 59 {
			t.Errorf("answers %v", got)
		}
		browsers[0].Post("/auth/factor/totp", fronttest.Form{"code": right}).Is(t, http.StatusTooManyRequests)
	})
}

// AUN-055, AUN-057: one address that tries one password on 64 people at once gets
// ten judged, and nobody is locked by it.
func TestAttack_one_password_for_64_people_at_once(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores)
		s.Person(victim)
		browsers := guessers(64, s, twin)
		for _, b := range browsers {
			b.Addr = "127.3.0.9:2"
		}
		before := axess.Hashes(s.Auth) + axess.Hashes(twin.Auth)
		got := volley(browsers, func(i int, b *fronttest.Browser) fronttest.Answer {
			who := victim
			if i > 0 {
				who = fmt.Sprintf("somebody%d@example.org", i)
			}
			return signIn(b, who, wrong)
		})
		if n := axess.Hashes(s.Auth) + axess.Hashes(twin.Auth) - before; n != 10 || got[http.StatusUnauthorized] != 10 || got[http.StatusTooManyRequests] != 54 {
			t.Errorf("%d evaluated, answers %v", n, got)
		}
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusSeeOther)
	})
}

// AUN-050, AUN-I4, AUN-I10: whoever hangs up at whatever moment of a guess, or
// guesses while whatever port fails, gets no guess for nothing.
func TestAttack_guesses_that_are_abandoned(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, _ := serving(t, stores)
		s.Person("probe@example.org")
		s.Ports.Take()
		b := s.Browser()
		signIn(b, "probe@example.org", wrong).Is(t, http.StatusUnauthorized)
		verbs := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(s.Ports.Take()))), func(v string) bool {
			return v == "session.Kids"
		})
		if !slices.Contains(verbs, "throttle.Commit") || !slices.Contains(verbs, "identity.AccountByID") {
			t.Fatalf("a guess calls %v", verbs)
		}
		for i, at := range verbs {
			for mode, mail := range map[string]string{"hangs up": fmt.Sprintf("h%d@example.org", i), "fails": fmt.Sprintf("f%d@example.org", i)} {
				s.Person(mail)
				before := axess.Hashes(s.Auth)
				for n := range 12 {
					b := s.Browser()
					b.Addr = fmt.Sprintf("127.2.0.%d:1", n+1)
					b.Get("/auth/sign-in")
					ctx, hangUp := context.WithCancel(t.Context())
					s.Ports.Fail(func(port, verb string) error {
						switch {
						case port+"."+verb != at:
						case mode == "fails":
							return store.ErrUnavailable
						default:
							hangUp()
						}
						return nil
					})
					r := b.Request(http.MethodPost, "/auth/sign-in", fronttest.Form{"identifier": mail, "password": wrong})
					b.Send(r.WithContext(ctx))
					s.Ports.Fail(nil)
					hangUp()
				}
				if n := axess.Hashes(s.Auth) - before; n > 5 {
					t.Errorf("%s at %s: %d guesses were evaluated", mode, at, n)
				}
			}
		}
	})
}

// AUN-050: five guesses whose client hung up before they were settled lock like
// any other five, as soon as they can no longer be in flight.
func TestAttack_guesses_that_nobody_settles_are_failures(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, _ := serving(t, stores)
		s.Person(victim)
		for n := range 5 {
			b := s.Browser()
			b.Addr = fmt.Sprintf("127.2.0.%d:1", n+1)
			b.Get("/auth/sign-in")
			s.Ports.Fail(func(port, verb string) error {
				if port+"."+verb == "throttle.Commit" {
					return store.ErrUnavailable
				}
				return nil
			})
			signIn(b, victim, wrong)
			s.Ports.Fail(nil)
		}
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
		s.Clock.Advance(31 * time.Second)
		a := signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
		if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 13*60 {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		s.Clock.Advance(15 * time.Minute)
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusSeeOther)
	})
}

// AUN-052, AUN-I4: neither a restart gives guesses back nor a lock ends with one.
func TestAttack_restart_gives_no_guesses_back(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	boot := 0
	run := func(act func(s *fronttest.Site)) {
		t.Helper()
		boot++
		b := openFile(t, path)
		s := fronttest.New(t, stated, func(c *axess.Config) { c.Stores, c.Entropy = b.Stores(), entropy.Seeded(uint64(boot)) })
		act(s)
		if err := s.Auth.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	run(func(s *fronttest.Site) {
		s.Person(victim)
		for range 4 {
			signIn(s.Browser(), victim, wrong).Is(t, http.StatusUnauthorized)
		}
	})
	run(func(s *fronttest.Site) {
		signIn(s.Browser(), victim, wrong).Is(t, http.StatusUnauthorized)
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
	})
	run(func(s *fronttest.Site) {
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
		s.Clock.Advance(16 * time.Minute)
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusSeeOther)
	})
}

// AUN-I12: a clock that steps back, by an hour or by a year, shortens no lock and
// forgets no failure.
func TestAttack_clock_that_steps_back_gives_no_guesses(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, _ := serving(t, stores)
		s.Person(victim)
		now := s.Clock.Now()
		for i, back := range []time.Duration{time.Second, time.Minute, time.Hour, 2 * time.Hour, 365 * 24 * time.Hour} {
			who := fmt.Sprintf("person%d@example.org", i)
			s.Clock.Set(now)
			s.Person(who)
			for range 4 {
				signIn(s.Browser(), who, wrong).Is(t, http.StatusUnauthorized)
				s.Clock.Advance(10 * time.Second)
			}
			s.Clock.Set(now.Add(-back))
			b := s.Browser()
			b.Addr = fmt.Sprintf("127.2.0.%d:1", i+1)
			signIn(b, who, wrong).Is(t, http.StatusUnauthorized)
			if a := signIn(b, who, fronttest.Password); a.Status != http.StatusTooManyRequests {
				t.Errorf("%v back after four failures: the fifth did not lock (%d)", back, a.Status)
			}
			s.Clock.Set(now.Add(-2 * back))
			if a := signIn(s.Browser(), who, fronttest.Password); a.Status != http.StatusTooManyRequests {
				t.Errorf("%v back while locked: %d", 2*back, a.Status)
			}
			s.Clock.Set(now)
			s.Clock.Advance(time.Hour) // the lock of the address
			now = s.Clock.Now()
		}
	})
}

// AUN-052, AUN-053, AUN-054: what an attacker who only knows an address can take
// from its owner, and what not. They can keep new sign-ins out (an account with a
// passkey will have another way); they end no session, change nothing, and the
// owner is told when a sign-in works after a lock.
func TestAttack_locking_somebody_out(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, _ := serving(t, stores)
		ada := s.Person(victim)
		lock := func() {
			t.Helper()
			for i := range 5 {
				b := s.Browser()
				b.Addr = fmt.Sprintf("127.3.0.%d:1", i+1)
				signIn(b, victim, wrong).Is(t, http.StatusUnauthorized)
			}
		}
		lock()
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusTooManyRequests)
		// Signed in is signed in.
		ada.Get("/auth/account").Is(t, http.StatusOK)
		ada.Get("/auth/account/sessions").Is(t, http.StatusOK)
		ada.Post("/auth/account/sessions/end-others", nil).Is(t, http.StatusSeeOther)
		show := s.Enrol(ada)
		// Trying goes on for nothing: the lock is not made longer by it.
		s.Clock.Advance(14 * time.Minute)
		for range 20 {
			b := s.Browser()
			b.Addr = "127.3.0.77:1"
			signIn(b, victim, wrong).Is(t, http.StatusTooManyRequests)
		}
		// A step-up says the same as the sign-in.
		to := ada.Get("/auth/account/factors/totp").Is(t, http.StatusSeeOther).Header.Get("Location")
		ada.Get(to).Is(t, http.StatusOK)
		ada.Post("/auth/factor/totp", fronttest.Form{"code": show()}).Is(t, http.StatusTooManyRequests)
		s.Clock.Advance(time.Minute + time.Second)
		signIn(s.Browser(), victim, fronttest.Password).Is(t, http.StatusSeeOther)
	})
}
