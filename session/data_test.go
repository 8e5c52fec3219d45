package session

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

// with runs f in a request of b.
func (b *browser) with(f func(r *http.Request, s *Session)) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) { f(r, s) })
}

// SES-064, SES-065: guests without data leave nothing behind; the first datum
// makes a record.
func TestData_guest(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	if b.state(); b.sets() || g.db.count() != 0 {
		t.Fatal("a guest without data cost something")
	}
	b.setNote("hello")
	if g.db.count("create") != 1 || b.note() != "hello" {
		t.Fatal(g.db.calls)
	}
	v := b.view()
	if !v.AbsUntil.Equal(t0.Add(24*time.Hour)) || v.Rev != 1 || v.State != (machine.Guest{}) {
		t.Fatalf("%+v", v)
	}
	rec := g.db.list()[0]
	if !rec.Subject.IsZero() || !rec.IdleUntil.Equal(t0.Add(2*time.Hour)) {
		t.Fatalf("%+v", rec)
	}
	if err := g.InvalidateAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.note() != "" {
		t.Fatal("InvalidateAll left a guest's record")
	}
	b.setNote("again")
	if b.note() != "again" {
		t.Fatal("guests are dead on arrival after InvalidateAll")
	}
}

// SES-037, SES-041: typed values, absent and present, and copies of them.
func TestKey(t *testing.T) {
	t.Parallel()
	type cart struct {
		Items []string
		At    time.Time
	}
	key, raw := NewKey[cart]("cart"), NewKey[[]byte]("raw", Codec(
		func(b []byte) ([]byte, error) { return b, nil },
		func(b []byte) ([]byte, error) { return b, nil }))
	g := newRig(t)
	b := g.browser()
	b.with(func(_ *http.Request, s *Session) {
		if _, ok, err := key.Get(s); ok || err != nil {
			t.Fatal(ok, err)
		}
		v := cart{[]string{"a"}, t0}
		in := []byte("abc")
		if err := errors.Join(key.Set(s, v), raw.Set(s, in)); err != nil {
			t.Fatal(err)
		}
		v.Items[0], in[0] = "changed", 'X'
	})
	for range 2 {
		b.with(func(_ *http.Request, s *Session) {
			got, ok, err := key.Get(s)
			if err != nil || !ok || got.Items[0] != "a" || !got.At.Equal(t0) {
				t.Fatalf("%+v, %v", got, err)
			}
			bin, _, _ := raw.Get(s)
			if string(bin) != "abc" {
				t.Fatalf("%s", bin)
			}
			got.Items[0], bin[0] = "changed", 'X'
			if bin, _, _ = raw.Get(s); string(bin) != "abc" {
				t.Fatal("the session was changed through a value it gave out")
			}
		})
	}
	b.with(func(_ *http.Request, s *Session) {
		if err := errors.Join(key.Delete(s), key.Delete(s)); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := key.Get(s); ok {
			t.Fatal("still there")
		}
	})
	b.with(func(_ *http.Request, s *Session) {
		if _, ok, _ := key.Get(s); ok {
			t.Fatal("still there in the next request")
		}
	})
}

// SES-037: a key's values of an older version are upgraded, of a newer refused.
func TestKey_versions(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	v0 := NewKey[int]("n")
	v2 := NewKey[string]("n", Version(2, func(from uint64, old []byte) (string, error) {
		var n int
		err := cbor.Unmarshal(old, &n)
		return fmt.Sprintf("v%d:%d", from, n), err
	}))
	blind := NewKey[string]("n", Version[string](2, nil))
	b.with(func(_ *http.Request, s *Session) { _ = v0.Set(s, 7) })
	b.with(func(_ *http.Request, s *Session) {
		if got, ok, err := v2.Get(s); got != "v0:7" || !ok || err != nil {
			t.Fatal(got, err)
		}
		if _, ok, err := blind.Get(s); ok || !errors.Is(err, ErrBadValue) {
			t.Fatal(err)
		}
		if err := v2.Set(s, "new"); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := v0.Get(s); ok || !errors.Is(err, ErrBadValue) {
			t.Fatal("a newer value was read by an older key", err)
		}
		if _, ok, err := NewKey[string]("n").Get(s); ok || !errors.Is(err, ErrBadValue) {
			t.Fatal("a newer value was read by an older key of the same type", err)
		}
		if _, ok, err := NewKey[int]("n", Version[int](2, nil)).Get(s); ok || !errors.Is(err, ErrBadValue) {
			t.Fatal("wrong type", err)
		}
	})
}

// SES-040 and the names of keys.
func TestKey_names(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for name, want := range map[string]error{
		"axess": ErrReservedKey, "axess.x": ErrReservedKey, "axessory": ErrReservedKey,
		"": ErrBadKey, "\xff": ErrBadKey, strings.Repeat("k", 129): ErrBadKey,
		strings.Repeat("k", 128): nil, "ax": nil, "Axess": nil, "ü": nil,
	} {
		k := NewKey[int](name)
		g.browser().with(func(r *http.Request, s *Session) {
			_, _, got := k.Get(s)
			_, consumed := k.Consume(r.Context(), s)
			if want == nil {
				consumed = nil
			}
			for what, err := range map[string]error{"get": got, "set": k.Set(s, 1), "delete": k.Delete(s), "consume": consumed} {
				if !errors.Is(err, want) {
					t.Errorf("%q: %s: %v", name, what, err)
				}
			}
		})
	}
}

// SES-038: exactly the cap is accepted, one byte more changes nothing.
func TestKey_cap(t *testing.T) {
	t.Parallel()
	key := NewKey[[]byte]("k", Codec(
		func(b []byte) ([]byte, error) { return b, nil }, func(b []byte) ([]byte, error) { return b, nil }))
	g := newRig(t)
	b := g.browser()
	// map head 1, key 1+1, value head 3 (up to 65,535) and version 1.
	const fits = defaultCustomMax - 7
	b.with(func(_ *http.Request, s *Session) {
		if err := key.Set(s, make([]byte, fits+1)); !errors.Is(err, ErrCustomTooLarge) {
			t.Fatal(err)
		}
		if _, ok, _ := key.Get(s); ok {
			t.Fatal("stored in spite of the error")
		}
		if err := key.Set(s, make([]byte, fits)); err != nil {
			t.Fatal(err)
		}
		if err := anyNote.Set(s, "x"); !errors.Is(err, ErrCustomTooLarge) {
			t.Fatal(err)
		}
	})
	b.with(func(_ *http.Request, s *Session) {
		if v, ok, err := key.Get(s); len(v) != fits || !ok || err != nil {
			t.Fatal(len(v), err)
		}
		// A smaller cap of a later configuration never cuts what is there.
		s.m.customMax = 10
		if err := key.Set(s, []byte{1}); err != nil {
			t.Fatal(err)
		}
	})
	many := newRig(t)
	many.browser().with(func(_ *http.Request, s *Session) {
		for i := range 256 {
			if err := NewKey[int](fmt.Sprint("n", i)).Set(s, i); err != nil {
				t.Fatal(i, err)
			}
		}
		if err := NewKey[int]("one more").Set(s, 1); !errors.Is(err, ErrCustomTooLarge) {
			t.Fatal(err)
		}
	})
}

// SES-037: a value that could not be read again is refused when it is set.
func TestKey_depth(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.browser().with(func(_ *http.Request, s *Session) {
		var deep any
		for range 40 {
			deep = []any{deep}
		}
		if err := NewKey[any]("deep").Set(s, deep); !errors.Is(err, ErrBadValue) {
			t.Error(err)
		}
		if err := NewKey[func()]("func").Set(s, func() {}); !errors.Is(err, ErrBadValue) {
			t.Error(err)
		}
	})
}

// SES-039: a value that equals the stored one is no change, one of equal length
// is.
func TestData_dirty_tracking(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.setNote("aaa")
	g.db.reset()
	b.setNote("aaa")
	b.with(func(_ *http.Request, s *Session) { _ = errors.Join(anyNote.Set(s, "bbb"), anyNote.Set(s, "aaa")) })
	b.with(func(_ *http.Request, s *Session) { _ = NewKey[int]("absent").Delete(s) })
	if g.db.writes() != 0 {
		t.Fatal(g.db.calls)
	}
	b.setNote("bbb")
	if g.db.count("update") != 1 || b.note() != "bbb" {
		t.Fatal(g.db.calls)
	}
}

// SES-101: acknowledged writes of different keys are all there, of however many
// requests at once.
func TestData_concurrent_writes_to_different_keys(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	var wg sync.WaitGroup
	acked := make([]bool, 32)
	for i := range acked {
		wg.Go(func() {
			c := g.browser()
			c.cookie = b.cookie
			resp := c.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
				if err := NewKey[int](fmt.Sprint("n", i)).Set(s, i); err != nil {
					t.Error(err)
				}
			})
			acked[i] = resp.StatusCode == 200
			if !acked[i] && resp.StatusCode != 503 {
				t.Error(resp.StatusCode)
			}
		})
	}
	wg.Wait()
	n := 0
	b.with(func(_ *http.Request, s *Session) {
		for i, ok := range acked {
			if !ok {
				continue
			}
			n++
			if v, _, err := NewKey[int](fmt.Sprint("n", i)).Get(s); v != i || err != nil {
				t.Errorf("key %d lost: %v", i, err)
			}
		}
	})
	if n == 0 {
		t.Fatal("nobody got through")
	}
}

// SES-101: the loser of a write reloads and replays; after three tries the
// client hears of it.
func TestData_rebase(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.setNote("old")
	n := NewKey[int]("n")
	resp := b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		_ = n.Set(s, 1)
		c := g.browser()
		c.cookie = b.cookie
		c.setNote("of another request")
	})
	if resp.StatusCode != 200 || b.note() != "of another request" {
		t.Fatal(resp.StatusCode)
	}
	b.with(func(_ *http.Request, s *Session) {
		if v, _, _ := n.Get(s); v != 1 {
			t.Fatal("lost")
		}
	})
	g.db.after = func(verb string) error { return nil }
	inside := false
	resp = b.do(func(w http.ResponseWriter, _ *http.Request, s *Session) {
		_ = n.Set(s, 2)
		g.db.after = func(verb string) error {
			if verb == "load" && !inside { // somebody always gets in between
				inside = true
				c := g.browser()
				c.cookie = b.cookie
				c.setNote(fmt.Sprint(g.db.count()))
				inside = false
			}
			return nil
		}
		c := g.browser()
		c.cookie = b.cookie
		inside = true
		c.setNote("first")
		inside = false
		_, _ = w.Write([]byte("handler's body"))
	})
	if resp.StatusCode != 503 || strings.Contains(b.body, "handler") || b.sets() {
		t.Fatalf("%d %q", resp.StatusCode, b.body)
	}
}

// SES-103: the record went to somebody else's login meanwhile.
func TestData_of_a_rotated_session_is_dropped(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(g *rig) machine.Event{
		"rotated":      func(*rig) machine.Event { return machine.Regenerate{} },
		"other person": func(g *rig) machine.Event { return machine.Begin{Flow: g.flow(g.other())} },
		"revoked":      nil,
		"swapped":      nil,
	} {
		g := newRig(t)
		b := g.in()
		slow := g.browser()
		slow.cookie = b.cookie
		// A cookie that is due for a new signature must not be sent either.
		retiring := testKey("cookie-a", seal.Retiring)
		retiring.NotAfter = t0.AddDate(0, 0, 8)
		if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary), retiring)); err != nil {
			t.Fatal(err)
		}
		resp := slow.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			if name == "swapped" {
				// Another login's body under this ref, properly sealed.
				b.setNote("first")
				body := g.bodyOf(in(g))
				ref := slow.ref()
				g.db.edit(ref, func(r *Record) {
					l := registration(body.state)
					r.Subject, r.Login, r.AuthAt = l.Subject, l.Login, l.AuthTime
					r.Sealed, _ = g.seal(ref, r.Rev, body.encode())
				})
			} else if move == nil {
				// The record is written once more, then revoked.
				b.setNote("first")
				_ = g.InvalidateUser(t.Context(), g.subj)
			} else {
				b.must(move(g))
			}
			_ = anyNote.Set(s, "slow")
		})
		if resp.StatusCode != 200 || slow.sets() || b.note() == "slow" {
			t.Errorf("%s: %d, cookie set %v", name, resp.StatusCode, slow.sets())
		}
	}
}

// in is another login of the same person.
func in(g *rig) *browser { return g.in() }

// SES-075, SES-077: dirty data that cannot be stored replaces the response;
// BestEffortData opts a route out.
func TestData_failed_commit(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.scan.Except(httpscan.CookieFlags, "", "a handler's own cookie, as careless as can be")
	g.scan.Except(httpscan.CookieCached, "", "the same, where the session sets none")
	b := g.in()
	g.db.down("update", "create")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		_ = anyNote.Set(s, "x")
		w.Header().Set("X-Handler", "1")
		w.Header().Add("Set-Cookie", "other=1")
		if _, err := w.Write([]byte("handler's body")); (err != nil) != (w.Header().Get("X-Handler") == "") {
			t.Errorf("write: %v", err)
		}
	})
	resp := b.serve(g.Wrap(handler))
	if resp.StatusCode != 503 || resp.Header.Get("X-Handler") != "" || b.sets() || strings.Contains(b.body, "handler") || resp.Header.Get("Retry-After") != "1" {
		t.Fatalf("%d %v %q", resp.StatusCode, resp.Header, b.body)
	}
	if resp := b.serve(g.Wrap(BestEffortData(handler))); resp.StatusCode != 200 || b.body != "handler's body" {
		t.Fatalf("%d %q", resp.StatusCode, b.body)
	}
	guest := g.browser()
	if resp := guest.serve(g.Wrap(BestEffortData(handler))); resp.StatusCode != 200 || guest.cookie != "" {
		t.Fatal("a cookie for a record that was never acknowledged")
	}
}

// SES-082
func TestCommit_early(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.with(func(r *http.Request, s *Session) {
		g.db.down("update")
		_ = anyNote.Set(s, "one")
		if err := s.Commit(r.Context()); !errors.Is(err, ErrStoreUnavailable) {
			t.Fatal(err)
		}
		g.db.up()
		if err := s.Commit(r.Context()); err != nil {
			t.Fatal(err)
		}
		if got := g.db.list()[0].Rev; got != 2 {
			t.Fatal(got)
		}
		_ = anyNote.Set(s, "two")
	})
	if b.note() != "two" || g.db.list()[0].Rev != 3 {
		t.Fatal("the later change was not committed")
	}
}

// SES-104: of 64 requests on two instances one gets the value.
func TestConsume_race(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	second := g.manager()
	b := g.in()
	b.setNote("once")
	b.with(func(r *http.Request, s *Session) {
		if err := s.PutCeremony(r.Context(), "challenge", time.Time{}, []byte("c")); err != nil {
			t.Fatal(err)
		}
	})
	var notes, ceremonies atomic.Int32
	var ready, start, done sync.WaitGroup
	start.Add(1)
	for i := range 64 {
		ready.Add(1)
		m := g.Manager
		if i%2 == 1 {
			m = second
		}
		done.Go(func() {
			c := g.browser()
			c.cookie = b.cookie
			c.doOn(m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
				ready.Done()
				start.Wait()
				if v, err := anyNote.Consume(r.Context(), s); err == nil && v == "once" {
					notes.Add(1)
				} else if !errors.Is(err, ErrConsumed) && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
				if v, err := s.TakeCeremony(r.Context(), "challenge"); err == nil && string(v) == "c" {
					ceremonies.Add(1)
				} else if !errors.Is(err, ErrConsumed) && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			})
		})
	}
	ready.Wait()
	start.Done()
	done.Wait()
	if notes.Load() != 1 || ceremonies.Load() != 1 {
		t.Fatalf("%d notes, %d ceremonies", notes.Load(), ceremonies.Load())
	}
}

// SES-104
func TestConsume(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.with(func(r *http.Request, s *Session) {
		ctx := r.Context()
		if _, err := anyNote.Consume(ctx, s); !errors.Is(err, ErrConsumed) {
			t.Fatal("absent", err)
		}
		_ = anyNote.Set(s, "unsaved")
		if v, err := anyNote.Consume(ctx, s); v != "unsaved" || err != nil {
			t.Fatal(v, err)
		}
		if _, err := anyNote.Consume(ctx, s); !errors.Is(err, ErrConsumed) {
			t.Fatal("twice", err)
		}
	})
	b.setNote("saved")
	b.with(func(r *http.Request, s *Session) {
		n := NewKey[int]("n")
		_ = n.Set(s, 1) // rides along
		if v, err := anyNote.Consume(r.Context(), s); v != "saved" || err != nil {
			t.Fatal(v, err)
		}
		if _, ok, _ := anyNote.Get(s); ok {
			t.Fatal("still readable")
		}
		c := g.browser()
		c.cookie = b.cookie
		if c.note() != "" {
			t.Fatal("still stored when Consume returned")
		}
	})
	b.setNote("again")
	b.with(func(r *http.Request, s *Session) {
		if err := g.logouts(&browser{g: g, cookie: b.cookie}); err != nil {
			t.Fatal(err)
		}
		if _, err := anyNote.Consume(r.Context(), s); !errors.Is(err, ErrConsumed) {
			t.Fatal("of an ended session", err)
		}
	})
	d := g.in()
	d.setNote("x")
	d.with(func(r *http.Request, s *Session) {
		g.db.down("update")
		defer g.db.up()
		if _, err := anyNote.Consume(r.Context(), s); !errors.Is(err, ErrStoreUnavailable) {
			t.Fatal("an outage is no answer", err)
		}
	})
}

// SES-036: ceremony data has bounds and deadlines, and no application sees it.
func TestCeremony(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	kind := machine.CeremonyKind("totp")
	b.with(func(r *http.Request, s *Session) {
		if err := s.PutCeremony(r.Context(), kind, time.Time{}, []byte("seed")); err != nil {
			t.Fatal(err)
		}
	})
	b.with(func(r *http.Request, s *Session) {
		if v, ok := s.PeekCeremony(r.Context(), kind); !ok || string(v) != "seed" {
			t.Fatal("peek")
		} else {
			v[0] = 'X'
		}
		if _, ok, _ := NewKey[[]byte]("totp").Get(s); ok {
			t.Fatal("custom keys reach ceremony data")
		}
		if v, _ := s.PeekCeremony(r.Context(), kind); string(v) != "seed" {
			t.Fatal("a peek handed out the original")
		}
	})
	g.fake.Advance(10 * time.Minute)
	b.with(func(r *http.Request, s *Session) {
		if _, ok := s.PeekCeremony(r.Context(), kind); ok {
			t.Fatal("past its deadline")
		}
		if _, err := s.TakeCeremony(r.Context(), kind); !errors.Is(err, ErrConsumed) {
			t.Fatal(err)
		}
	})
	b.with(func(r *http.Request, s *Session) {
		ctx := r.Context()
		for i := range 8 {
			if err := s.PutCeremony(ctx, machine.CeremonyKind(fmt.Sprint("k", i)), g.now().Add(time.Minute), bytes.Repeat([]byte{1}, 100)); err != nil {
				t.Fatal(i, err)
			}
		}
		if err := s.PutCeremony(ctx, "ninth", time.Time{}, nil); !errors.Is(err, ErrCeremonyTooLarge) {
			t.Fatal(err)
		}
		g.fake.Advance(time.Minute) // the eight lapse and make room
		if err := s.PutCeremony(ctx, "ninth", time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.PutCeremony(ctx, "big", time.Time{}, make([]byte, 16<<10)); !errors.Is(err, ErrCeremonyTooLarge) {
			t.Fatal(err)
		}
		if err := s.PutCeremony(ctx, "", time.Time{}, nil); !errors.Is(err, ErrBadKey) {
			t.Fatal(err)
		}
	})
	// SES-014: whatever is carried over a login, ceremony data is not.
	c := newRig(t, func(c *Config) { c.CarryOnLogin = []string{"totp"} }).browser()
	c.with(func(r *http.Request, s *Session) { _ = s.PutCeremony(r.Context(), kind, time.Time{}, []byte("seed")) })
	c.must(machine.Adopt{Login: c.g.login(c.g.subj)})
	c.with(func(r *http.Request, s *Session) {
		if _, ok := s.PeekCeremony(r.Context(), kind); ok {
			t.Fatal("ceremony data crossed a login")
		}
	})
}

// SES-034: fields of a newer release survive a write, and not a login.
func TestData_unknown_fields(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.reforge(b.ref(), func(b *body) { b.schema, b.extra = 2, []field{{99, []byte{1}}} })
	b.setNote("written by the older release")
	b.must(machine.Regenerate{})
	body := g.bodyOf(b)
	if body.schema != 2 || len(body.extra) != 1 {
		t.Fatalf("%+v", body)
	}
	b.must(machine.Begin{Flow: g.flow(g.other())})
	if body := g.bodyOf(b); body.schema != 1 || len(body.extra) != 0 {
		t.Fatalf("%+v", body)
	}
}

func (g *rig) bodyOf(b *browser) body {
	g.t.Helper()
	var out body
	g.reforge(b.ref(), func(b *body) { out = *b })
	return out
}

// SES-042: goroutines of one request, all methods at once; the race detector is
// the judge, and what was acknowledged is stored.
func TestSession_concurrent_use(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.with(func(r *http.Request, s *Session) {
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				k := NewKey[int](fmt.Sprint("n", i))
				if err := k.Set(s, i); err != nil {
					t.Error(err)
				}
				if v := s.View(); v.Ref != b.ref() || !IsAuthenticated(v.State) {
					t.Error("torn view")
				}
				if err := s.Commit(r.Context()); err != nil && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
				s.State()
				s.Detach()
				_, _ = s.Ref()
				if v, ok, err := k.Get(s); v != i || !ok || err != nil {
					t.Errorf("key %d: %d, %v, %v", i, v, ok, err)
				}
			})
		}
		wg.Wait()
	})
	b.with(func(_ *http.Request, s *Session) {
		for i := range 16 {
			if v, _, _ := NewKey[int](fmt.Sprint("n", i)).Get(s); v != i {
				t.Errorf("key %d: %d", i, v)
			}
		}
	})
}

// SES-085
func TestDetach(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.with(func(_ *http.Request, s *Session) {
		if d := s.Detach(); d.Subject != g.subj || d.Ref != b.ref() || d.Login.IsZero() {
			t.Fatal(d)
		}
	})
	g.browser().with(func(_ *http.Request, s *Session) {
		if d := s.Detach(); d != (Detached{Subject: identity.Subject{}}) {
			t.Fatal(d)
		}
	})
}

// What is read without the codec is what the codec reads, for every input.
func TestKey_quick_reads_as_the_codec_does(t *testing.T) {
	t.Parallel()
	modes, err := newCBORModes()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		enc := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 12),
			rapid.Custom(func(t *rapid.T) []byte { return putText(nil, rapid.String().Draw(t, "text")) }),
			rapid.Custom(func(t *rapid.T) []byte { return putUint(nil, rapid.Uint64().Draw(t, "number")) }),
			rapid.SampledFrom([][]byte{{cborTrue}, {cborFalse}, {cborNull}, {0x61}, {0x18, 0x05}, {0x61, 0xff}, {0x60, 0x60}}),
		).Draw(t, "encoded")
		sameQuick[string](t, modes, enc)
		sameQuick[bool](t, modes, enc)
		sameQuick[int](t, modes, enc)
	})
	if _, ok := quickCBOR[string](putText(nil, "plain")); !ok {
		t.Error("not quick")
	}
	if n, ok := quickCBOR[int](putUint(nil, 500)); !ok || n != 500 {
		t.Error("not quick")
	}
	if _, ok := quickCBOR[bool]([]byte{cborTrue}); !ok {
		t.Error("not quick")
	}
}

func sameQuick[T comparable](t *rapid.T, modes cborModes, enc []byte) {
	v, ok := quickCBOR[T](enc)
	if want, err := decodeCBOR[T](modes, enc); ok && (err != nil || v != want) {
		t.Fatalf("%x: %v, want %v, %v", enc, v, want, err)
	}
}
