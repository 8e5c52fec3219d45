package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
)

// ref is the handle of the record behind the browser's cookie.
func (b *browser) ref() Ref { return b.id().ref() }

// loaded is how often a load had this outcome.
func (g *rig) loaded(o string) int {
	return g.rec.Counted("axess.session.loads", metric.L(metric.Outcome, o))
}

// reforge writes another body into a record, sealed as an attacker with the
// sealing key but without this code would, or as another release.
func (g *rig) reforge(ref Ref, change func(*body)) {
	g.t.Helper()
	g.db.edit(ref, func(r *Record) {
		plain, _, err := g.open(ref, r.Rev, r.Sealed)
		if err != nil {
			g.t.Fatal(err)
		}
		b, _, err := g.bodies.decode(plain)
		if err != nil {
			g.t.Fatal(err)
		}
		change(&b)
		if r.Sealed, err = g.seal(ref, r.Rev, b.encode()); err != nil {
			g.t.Fatal(err)
		}
	})
}

// SES-061: a request that brings no genuine cookie asks the store nothing.
func TestLoad_without_a_genuine_cookie_costs_no_store_operation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, cookie := range []string{"", "__Host-axess=", "__Host-axess=" + strings.Repeat("A", 72), "__Host-axess=" + strings.Repeat("x", 1<<16), "a=b; c"} {
		b := g.browser()
		b.cookie = cookie
		v := b.view()
		if v.State != (machine.Guest{}) || v.Ended || b.sets() || b.last.StatusCode != 200 {
			t.Errorf("%.40q: %+v, cookie set: %v", cookie, v, b.sets())
		}
	}
	if g.db.count() != 0 {
		t.Errorf("store calls: %v", g.db.calls)
	}
	if n := g.rec.Counted("axess.session.cookie_rejects", metric.L(metric.Reason, "format")); n != 3 {
		t.Errorf("%d rejects counted", n)
	}
}

// SES-031, SES-062, SES-066, SES-195, SES-228: everything that must not open a session.
// In each case the request runs as a guest that shares no id with the cookie,
// and the cookie stays.
func TestLoad_refusals(t *testing.T) {
	t.Parallel()
	other := identity.Subject{Tenant: identity.FromBytes[identity.TenantID]([16]byte{9}), User: identity.FromBytes[identity.UserID]([16]byte{9})}
	for name, tc := range map[string]struct {
		spoil func(g *rig, b *browser)
		want  string
	}{
		"record deleted":      {func(g *rig, b *browser) { _ = g.db.Delete(t.Context(), b.ref(), identity.Subject{}) }, "absent"},
		"user epoch raised":   {func(g *rig, _ *browser) { _ = g.InvalidateUser(t.Context(), g.subj) }, "revoked"},
		"tenant epoch raised": {func(g *rig, _ *browser) { _ = g.InvalidateTenant(t.Context(), g.subj.Tenant) }, "revoked"},
		"global epoch raised": {func(g *rig, _ *browser) { _ = g.InvalidateAll(t.Context()) }, "revoked"},
		"idle deadline":       {func(g *rig, _ *browser) { g.fake.Advance(24 * time.Hour) }, "absent"},
		"absolute, idle forged": {func(g *rig, b *browser) {
			g.fake.Advance(7 * 24 * time.Hour)
			g.db.edit(b.ref(), func(r *Record) { r.IdleUntil, r.AbsUntil = g.now().AddDate(1, 0, 0), g.now().AddDate(1, 0, 0) })
		}, "integrity"},
		"absolute in the body": {func(g *rig, b *browser) {
			g.reforge(b.ref(), func(b *body) { b.absolute = t0.Add(time.Minute) })
			g.db.edit(b.ref(), func(r *Record) { r.AbsUntil = t0.Add(time.Minute) })
			g.db.faults(nil, nil)
			g.fake.Advance(time.Minute)
		}, "absent"},
		"another row's body": {func(g *rig, b *browser) {
			admin := g.in()
			var sealed []byte
			g.db.edit(admin.ref(), func(r *Record) { sealed = r.Sealed })
			g.db.edit(b.ref(), func(r *Record) { r.Sealed = sealed })
		}, "integrity"},
		"another revision": {func(g *rig, b *browser) { g.db.edit(b.ref(), func(r *Record) { r.Rev = 2 }) }, "integrity"},
		"a flipped bit": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed = bytes.Clone(r.Sealed); r.Sealed[40] ^= 1 })
		}, "integrity"},
		"an empty body": {func(g *rig, b *browser) { g.db.edit(b.ref(), func(r *Record) { r.Sealed = nil }) }, "integrity"},
		"unsealed bytes": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed, _, _ = g.open(b.ref(), r.Rev, r.Sealed) })
		}, "integrity"},
		"subject column": {func(g *rig, b *browser) { g.db.edit(b.ref(), func(r *Record) { r.Subject = other }) }, "integrity"},
		"login column":   {func(g *rig, b *browser) { g.db.edit(b.ref(), func(r *Record) { r.Login = identity.NewLoginID(g.src) }) }, "integrity"},
		"auth column":    {func(g *rig, b *browser) { g.db.edit(b.ref(), func(r *Record) { r.AuthAt = r.AuthAt.Add(time.Second) }) }, "integrity"},
		"created column": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.CreatedAt = r.CreatedAt.Add(-time.Second) })
		}, "integrity"},
		"absolute column": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.AbsUntil = r.AbsUntil.Add(time.Second) })
		}, "integrity"},
		"epochs column": {func(g *rig, b *browser) {
			// A database writer undoes a revocation for one row.
			_ = g.InvalidateUser(t.Context(), g.subj)
			g.db.edit(b.ref(), func(r *Record) { r.Epochs.User++ })
		}, "integrity"},
		"created in the future": {func(g *rig, b *browser) {
			g.reforge(b.ref(), func(b *body) { b.created = b.created.Add(6 * time.Minute) })
			g.db.edit(b.ref(), func(r *Record) { r.CreatedAt = r.CreatedAt.Add(6 * time.Minute) })
		}, "integrity"}, // SES-230
		"malformed body": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed, _ = g.seal(b.ref(), r.Rev, []byte{0xa0}) })
		}, "integrity"},
	} {
		// With the body waiting opened in memory, and without.
		for _, size := range []int{0, WithoutMemo} {
			t.Run(fmt.Sprint(name, ", memo ", size), func(t *testing.T) {
				t.Parallel()
				g := newRig(t, func(c *Config) { c.Memo = size })
				b := g.in()
				if n, _ := g.memo.held(); n != 1+size {
					t.Fatalf("%d bodies in memory", n)
				}
				cookie, ref := b.cookie, b.ref()
				tc.spoil(g, b)
				before := len(g.db.list())
				v := b.view()
				if v.State != (machine.Guest{}) || !v.Ref.IsZero() || !v.Ended || b.last.StatusCode != 200 {
					t.Errorf("%+v", v)
				}
				if b.sets() || b.cookie != cookie {
					t.Error("the cookie was changed")
				}
				if g.loaded(tc.want) != 1 {
					t.Errorf("counted %v", g.rec.Series())
				}
				if len(g.db.list()) != before {
					t.Error("the record was deleted")
				}
				if tc.want == "integrity" {
					if len(g.event) != 1 || g.event[0] != (Event{Kind: EventIntegrity, Ref: ref}) || !strings.Contains(g.logs.String(), "integrity failure") {
						t.Errorf("events %v, log %s", g.event, g.logs)
					}
				}
				b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
					handle, err := s.Anchor(r.Context())
					if err != nil || handle == ref || handle.IsZero() {
						t.Errorf("handle %v, %v", handle, err)
					}
					if again, ok := s.Ref(); !ok || again != handle {
						t.Errorf("handle %v, then %v", handle, again)
					}
				})
				if b.sets() {
					t.Error("an anchor for a dead session overwrote the cookie")
				}
			})
		}
	}
}

// SES-230: a clock that is 5 min ahead elsewhere is no attack.
func TestLoad_tolerates_a_skew_of_five_minutes(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.fake.Set(t0.Add(-5 * time.Minute))
	if !IsAuthenticated(b.state()) {
		t.Fatal(g.rec.Series())
	}
	g.fake.Set(t0.Add(-5*time.Minute - time.Millisecond))
	if IsAuthenticated(b.state()) {
		t.Fatal("created in the future and still loaded")
	}
}

// SES-033, SES-066, SES-067, SES-154, SES-200: when nobody can say whether a
// session lives, the answer is 503, and nothing is touched.
func TestLoad_unknown_is_unavailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil    func(g *rig, b *browser)
		want     string
		optional bool
	}{
		"store down": {func(g *rig, _ *browser) { g.db.down("load") }, "unavailable", true},
		"store answers nonsense": {func(g *rig, _ *browser) {
			g.db.faults(func(context.Context, string) error { return errors.New("what?") }, nil)
		}, "unavailable", true},
		"sealing key gone": {func(g *rig, _ *browser) {
			if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary))); err != nil {
				t.Fatal(err)
			}
		}, "unknown_key", false},
		"written by a newer release": {func(g *rig, b *browser) {
			g.reforge(b.ref(), func(b *body) { b.schema, b.minReader = 2, 2 })
		}, "too_new", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			b := g.in()
			cookie, records := b.cookie, g.db.list()
			tc.spoil(g, b)
			ran := false
			handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
			resp := b.serve(g.Wrap(handler))
			if resp.StatusCode != 503 || ran || resp.Header.Get("Retry-After") != "1" || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, handler ran: %v, %v", resp.StatusCode, ran, resp.Header)
			}
			mux := http.NewServeMux()
			mux.Handle("GET /", Optional(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				ran = true
				s, err := From(r.Context())
				if err != nil {
					t.Fatal(err)
				}
				if v := s.View(); v.State != (machine.Guest{}) || !v.Degraded || v.Ended {
					t.Errorf("%+v", v)
				}
				ctx := r.Context()
				_, moved := s.Transition(ctx, machine.Begin{Flow: g.flow(g.subj)}, Commit{})
				_, anchored := s.Anchor(ctx)
				_, taken := s.TakeCeremony(ctx, "x")
				for what, err := range map[string]error{
					"transition": moved, "anchor": anchored, "take": taken, "set": NewKey[int]("n").Set(s, 1),
					"logout": s.Logout(ctx), "rotate": s.Rotate(ctx), "commit": s.Commit(ctx),
				} {
					if !errors.Is(err, ErrStoreUnavailable) {
						t.Errorf("%s on a degraded session: %v", what, err)
					}
				}
			})))
			if b.serve(g.Wrap(mux)); ran != tc.optional || b.last.StatusCode == 503 == tc.optional {
				t.Errorf("optional route: ran %v, status %d", ran, b.last.StatusCode)
			}
			if b.cookie != cookie || b.sets() {
				t.Error("an outage changed the cookie")
			}
			g.db.up()
			if n := g.db.writes(); n != 1 { // the login itself
				t.Errorf("%d writes", n)
			}
			if g.loaded(tc.want) != 2 || len(g.db.list()) != len(records) {
				t.Error(g.rec.Series())
			}
		})
	}
}

// SES-067: a store that hangs is given two seconds.
func TestLoad_timeout(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.db.faults(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }, nil)
	done := make(chan int)
	go func() {
		done <- b.do(func(http.ResponseWriter, *http.Request, *Session) {}).StatusCode
	}()
	if err := g.fake.Await(t.Context(), clock.DeadlineName, 1); err != nil {
		t.Fatal(err)
	}
	g.fake.Advance(2 * time.Second)
	if got := <-done; got != 503 {
		t.Fatal(got)
	}
}

// SES-035: what cannot be migrated is deleted, with an event in the same commit.
func TestLoad_unmigratable(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	cookie := b.cookie
	g.memo = newMemo(minMemo) // another release has opened nothing yet
	g.bodies = &bodyCodec{steps: []migration{func([]field) ([]field, error) { return nil, errors.New("no way") }}}
	if v := b.view(); v.State != (machine.Guest{}) || !v.Ended || b.cookie != cookie || b.sets() {
		t.Fatalf("%+v", v)
	}
	if len(g.db.list()) != 0 || len(g.db.rows) != 1 || g.event[0].Kind != EventUnmigratable {
		t.Fatal(g.db.list(), g.event)
	}
}

// SES-032, SES-073: a migrated session is written again on the same request.
func TestLoad_migrated_is_rewritten(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.memo = newMemo(minMemo) // another release has opened nothing yet
	g.bodies = &bodyCodec{steps: []migration{func(f []field) ([]field, error) { return append(f, field{50, []byte{1}}), nil }}}
	if !IsAuthenticated(b.state()) {
		t.Fatal("lost")
	}
	if v := b.view(); v.Rev != 2 || g.db.count("update") != 1 {
		t.Fatalf("%+v, %d updates", v, g.db.count("update"))
	}
}

// SES-151, SES-152: an envelope that another implementation sealed opens for its
// ref and revision alone.
func TestSealedGolden(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/sealed-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Body                    string
		ID, Ref, Master, Sealed hexBytes
		Rev                     uint64
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors) != 2 {
		t.Fatal(err)
	}
	for _, v := range vectors {
		g := newRig(t)
		g.sealer = testRing(t, seal.Session, seal.Key{Master: seal.NewSecret(v.Master), State: seal.Primary}).Sealer(seal.LabelSessionBody)
		ref := secretID(v.ID).ref()
		if id := ref.Bytes(); !bytes.Equal(id[:], v.Ref) {
			t.Fatal("ref")
		}
		plain, _, err := g.open(ref, v.Rev, v.Sealed)
		if err != nil || !bytes.Equal(plain, vector(t, v.Body)) {
			t.Fatal(err)
		}
		for _, other := range []struct {
			ref Ref
			rev uint64
		}{{ref, v.Rev + 1}, {ref, 0}, {secretID{1}.ref(), v.Rev}} {
			if plain, _, err := g.open(other.ref, other.rev, v.Sealed); !errors.Is(err, seal.ErrIntegrity) || plain != nil {
				t.Errorf("opened for rev %d: %v", other.rev, err)
			}
		}
	}
}

// SES-074, SES-128, SES-156: both keys rotate under a running session. The next
// request moves it to the new ones, and nobody is signed out.
func TestLoad_key_rotation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	old, id := b.cookie, b.id()
	retiring := testKey("cookie-a", seal.Retiring)
	retiring.NotAfter = t0.AddDate(0, 0, 8)
	if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary), retiring)); err != nil {
		t.Fatal(err)
	}
	if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))); err != nil {
		t.Fatal(err)
	}
	if !IsAuthenticated(b.state()) || b.cookie == old || b.id() != id {
		t.Fatal("the cookie was not signed again with the same id")
	}
	if c := b.last.Cookies()[0]; c.MaxAge != 7*24*3600 {
		t.Errorf("Max-Age %d", c.MaxAge)
	}
	if r := g.db.list()[0]; r.Kid != g.keys.Session.Primary() || r.Rev != 2 {
		t.Fatalf("sealed under %s, rev %d", r.Kid, r.Rev)
	}
	if b.state(); b.sets() || g.db.count("update") != 1 {
		t.Fatal("the second request did it again")
	}
	if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary))); err != nil {
		t.Fatal(err)
	}
	if !IsAuthenticated(b.state()) {
		t.Fatal("lost with the old key")
	}
	// SES-131
	if err := g.keys.Cookie.Revoke(testKey("cookie-a", seal.Retiring).ID()); err != nil {
		t.Fatal(err)
	}
	b.cookie = old
	if IsAuthenticated(b.state()) {
		t.Fatal("a cookie of a revoked key still opens")
	}
}

// SES-128: a retiring key ends when its time has come, without a restart.
func TestLoad_retired_key(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	retiring := testKey("cookie-a", seal.Retiring)
	retiring.NotAfter = t0.Add(time.Hour)
	if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary), retiring)); err != nil {
		t.Fatal(err)
	}
	old := b.cookie
	g.fake.Advance(time.Hour - time.Second)
	if !IsAuthenticated(b.state()) {
		t.Fatal("too early")
	}
	g.fake.Advance(time.Second)
	if b.cookie = old; IsAuthenticated(b.state()) {
		t.Fatal("past its not-after")
	}
}

// SES-074, SES-106: a superseded session gets no cookie, not even one signed
// anew.
func TestLoad_superseded_is_not_signed_again(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	old := g.browser()
	old.cookie = b.cookie
	b.must(machine.Regenerate{})
	retiring := testKey("cookie-a", seal.Retiring)
	retiring.NotAfter = t0.Add(time.Hour)
	if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary), retiring)); err != nil {
		t.Fatal(err)
	}
	if v := old.view(); !v.Superseded || old.sets() {
		t.Fatalf("%+v, cookie set %v", v, old.sets())
	}
}

// SES-228, SES-230: the deadlines are judged here too, whatever a backend
// answers.
func TestLoad_does_not_trust_a_backend_with_deadlines(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.db.lax = true
	g.fake.Advance(24*time.Hour - time.Millisecond)
	g.db.down("touch")
	if !IsAuthenticated(b.state()) {
		t.Fatal("too early")
	}
	g.fake.Advance(time.Millisecond)
	if v := b.view(); IsAuthenticated(v.State) || !v.Ended || g.loaded("expired") != 1 {
		t.Fatalf("%+v", v)
	}
	f := g.browser()
	f.must(machine.Begin{Flow: g.flow(g.other())})
	g.db.edit(f.ref(), func(r *Record) { r.IdleUntil = g.now().AddDate(1, 0, 0) })
	g.fake.Advance(15 * time.Minute)
	if v := f.view(); v.State != (machine.Guest{}) || !v.Ended || !v.Ref.IsZero() {
		t.Fatalf("%+v", v)
	}
	w := g.in()
	w.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
	g.db.edit(w.ref(), func(r *Record) { r.IdleUntil = r.AbsUntil })
	g.fake.Advance(time.Hour)
	if v := w.view(); v.State != (machine.Guest{}) || !v.Ended || !v.Ref.IsZero() {
		t.Fatalf("a forced workflow was passed by waiting: %+v", v)
	}
}

// SES-156: resealing is best effort: somebody else's write wins.
func TestLoad_reseal_failure_costs_nobody_anything(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))); err != nil {
		t.Fatal(err)
	}
	g.db.down("update")
	if !IsAuthenticated(b.state()) || b.last.StatusCode != 200 {
		t.Fatal(b.last.StatusCode)
	}
}

// SES-124: cookie tossing, through the manager.
func TestLoad_two_genuine_cookies_are_none(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	a, b := g.in(), g.in()
	b.cookie += "; " + a.cookie
	g.db.reset()
	if v := b.view(); v.State != (machine.Guest{}) || v.Ended || g.db.count() != 0 {
		t.Fatalf("%+v", v)
	}
	if g.rec.Counted("axess.session.cookie_rejects", metric.L(metric.Reason, "ambiguous")) != 1 {
		t.Fatal(g.rec.Series())
	}
}

// SES-021: past its deadline a step-up reads as its base, and nothing is
// written for that; a flow is gone.
func TestLoad_lapsed_states(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.must(machine.StepUp{Flow: g.flow(g.subj)})
	if a, ok := b.state().(Authenticating); !ok || !IsAuthenticated(a) {
		t.Fatal("no step-up")
	}
	f := g.browser()
	f.must(machine.Begin{Flow: g.flow(g.other())})
	g.fake.Advance(15 * time.Minute)
	g.db.reset()
	if _, ok := b.state().(Authenticated); !ok || g.db.count("update", "rotate") != 0 {
		t.Fatalf("%T, calls %v", b.state(), g.db.calls)
	}
	if f.state() != (machine.Guest{}) {
		t.Fatal("the flow outlived its deadline")
	}
	// The lapsed state is what the next move starts from.
	b.must(machine.StepUp{Flow: g.flow(g.subj)})
	if v := b.view(); v.Rev != 3 {
		t.Fatal(v.Rev)
	}
}
