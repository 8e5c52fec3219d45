package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// SES-102, SES-225, SES-242: whatever a write fails with, the caller hears what it
// means, the metric says how it ended, and session and cookie stay as they were.
func TestWrite_failures_by_kind(t *testing.T) {
	t.Parallel()
	in := func(g *rig) *browser { return g.in() }
	for verb, tc := range map[string]struct {
		from func(*rig) *browser
		ev   func(*rig) machine.Event
	}{
		"create": {func(g *rig) *browser { return g.browser() }, func(g *rig) machine.Event { return machine.Adopt{Login: g.login(g.subj)} }},
		"rotate": {in, func(*rig) machine.Event { return machine.Regenerate{} }},
		"update": {in, func(g *rig) machine.Event { return machine.StepUp{Flow: g.flow(g.subj)} }},
		"delete": {in, func(*rig) machine.Event { return machine.End{} }},
		"delete of a flow": {func(g *rig) *browser {
			b := g.browser()
			b.must(machine.Begin{Flow: g.flow(g.subj)})
			return b
		}, func(*rig) machine.Event { return machine.Abort{} }},
	} {
		verb, _, _ := strings.Cut(verb, " ")
		for _, kind := range []struct {
			fault, want error
			label       string
		}{
			{store.ErrConflict, store.ErrConflict, "conflict"},
			{store.ErrNotFound, store.ErrConflict, "absent"},
			{ErrEpoch, ErrEpoch, "epoch"},
			{ErrSessionLimit, ErrSessionLimit, "limit"},
			{store.ErrExists, ErrStoreUnavailable, "error"},
			{context.DeadlineExceeded, ErrStoreUnavailable, "error"},
			{context.Canceled, ErrStoreUnavailable, "error"},
			{store.ErrTooLarge, store.ErrTooLarge, "error"},
		} {
			g := newRig(t)
			b := tc.from(g)
			cookie, before := b.cookie, b.state()
			records := len(g.db.list())
			ev := tc.ev(g)
			g.db.faults(func(_ context.Context, v string) error {
				if v == verb {
					return kind.fault
				}
				return nil
			}, nil)
			err := b.move(ev)
			if !errors.Is(err, kind.want) || !errors.Is(err, kind.fault) {
				t.Errorf("%s, %v: %v", verb, kind.fault, err)
			}
			if n := g.rec.Counted(metricCommits, metric.L(metric.Op, verb), metric.L(metric.Outcome, kind.label)); n != 1 {
				t.Errorf("%s, %v: counted %d times as %s", verb, kind.fault, n, kind.label)
			}
			g.db.up()
			after := b.state()
			if b.cookie != cookie || len(g.db.list()) != records || machine.Subject(after) != machine.Subject(before) || IsAuthenticated(after) != IsAuthenticated(before) {
				t.Errorf("%s, %v: %T became %T", verb, kind.fault, before, after)
			}
		}
	}
}

// SES-074: signing out of an administrator's two sessions is done when both have
// ended, and each call that fails on the way is told.
func TestLogout_of_two_sessions_fails_aloud(t *testing.T) {
	t.Parallel()
	for nth := 0; ; nth++ {
		g := newRig(t)
		b := g.acting(g.colleague())
		tab := *b
		calls := 0
		b.with(func(r *http.Request, s *Session) {
			tab.must(machine.StopImpersonating{})
			g.db.faults(func(context.Context, string) error {
				if calls++; calls == nth+1 {
					return errDown
				}
				return nil
			}, nil)
			err := s.Logout(r.Context())
			g.db.up()
			if failed := calls > nth; failed != errors.Is(err, ErrStoreUnavailable) || !failed && err != nil {
				t.Errorf("call %d fails: %v", nth+1, err)
			}
			if err != nil && s.Logout(r.Context()) != nil {
				t.Error("not done when asked again")
			}
		})
		if IsAuthenticated(tab.state()) {
			t.Errorf("call %d fails: the administrator is signed in", nth+1)
		}
		if calls <= nth {
			if nth != 5 { // delete, look, look for the own one, delete, look
				t.Errorf("%d calls", nth)
			}
			return
		}
	}
}

// Rows of a guest's logout are written without a record, and not lost in silence.
func TestLogout_rows_of_a_guest(t *testing.T) {
	t.Parallel()
	row := store.Row{ID: [16]byte{1}}
	g := newRig(t)
	bare := g.manager(func(c *Config) { c.Outbox, c.Events = nil, nil })
	for name, tc := range map[string]struct {
		m       *Manager
		rows    []store.Row
		down    bool
		want    error
		appends int
	}{
		"none":              {g.Manager, nil, true, nil, 0},
		"none, no outbox":   {bare, nil, false, nil, 0},
		"one":               {g.Manager, []store.Row{row}, false, nil, 1},
		"one, no outbox":    {bare, []store.Row{row}, false, store.ErrBadArgument, 0},
		"one, no answer":    {g.Manager, []store.Row{row}, true, ErrStoreUnavailable, 1},
		"and a second time": {g.Manager, []store.Row{row}, false, nil, 1},
	} {
		if g.db.reset(); tc.down {
			g.db.down("append")
		}
		b := g.browser()
		b.doOn(tc.m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
			if err := s.Logout(r.Context(), tc.rows...); !errors.Is(err, tc.want) || tc.want == nil && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		g.db.up()
		if g.db.count("append") != tc.appends || b.sets() || b.last.Header.Get("Vary") != "Cookie" {
			t.Errorf("%s: %v, %v", name, g.db.calls, b.last.Header)
		}
	}
}

// The rows of a move that keeps the id are appended after it; there is no call if
// there are none, and a failure is the move's.
func TestTransition_rows_of_a_step(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.db.down("append")
	b.must(machine.StepUp{Flow: g.flow(g.subj)})
	if g.db.count("append") != 0 {
		t.Error("appended nothing")
	}
	b.must(machine.Abort{})
	if err := b.move(machine.StepUp{Flow: g.flow(g.subj)}, Commit{Also: []store.Row{{ID: [16]byte{1}}}}); !errors.Is(err, ErrStoreUnavailable) {
		t.Error(err)
	}
	g.db.up()
	bare := g.manager(func(c *Config) { c.Outbox, c.Events = nil, nil })
	g.in().doOn(bare, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if _, err := s.Transition(r.Context(), machine.StepUp{Flow: g.flow(g.subj)}, Commit{}); err != nil {
			t.Error("a step without rows needs no outbox:", err)
		}
	})
}

// SES-242: what is counted as a revocation is one.
func TestRevocations_counted(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Limit.Max = 1 })
	count := func(reason string, want int) {
		t.Helper()
		if n := g.rec.Counted(metricRevoked, metric.L(metric.Reason, reason)); n != want {
			t.Errorf("%s: %d, want %d", reason, n, want)
		}
	}
	b := g.in()
	b.must(machine.Regenerate{})
	count("limit", 0)
	count("user", 0)
	if b.state(); true {
		if n, _ := g.memo.held(); n != 1 {
			t.Fatal(n)
		}
	}
	b.must(machine.Regenerate{}, Commit{Raise: true})
	count("user", 1)
	b.state()
	g.browser().must(machine.Adopt{Login: g.login(g.subj)})
	count("limit", 1)
	if n, _ := g.memo.held(); n != 0 {
		t.Errorf("%d bodies of evicted sessions are left in memory", n)
	}
}

// SES-066, SES-067: what could not be done or read is in the log, with the reason,
// and nothing is there that went well.
func TestLoad_says_what_went_wrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(g *rig, b *browser)
		want  []string
	}{
		"nothing": {func(*rig, *browser) {}, nil},
		"the store": {func(g *rig, _ *browser) {
			g.db.faults(func(context.Context, string) error { return errors.New("out of order") }, nil)
		}, []string{"load failed", "out of order"}},
		"the key": {func(g *rig, _ *browser) {
			if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary))); err != nil {
				t.Fatal(err)
			}
		}, []string{"load failed", seal.ErrUnknownKey.Error()}},
		"a newer release": {func(g *rig, b *browser) {
			g.reforge(b.ref(), func(b *body) { b.schema, b.minReader = 2, 2 })
		}, []string{"load failed", ErrTooNew.Error()}},
		"an audit that is out": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
			g.db.down("append")
		}, []string{"integrity failure", "audit event lost"}},
		"an audit that is in": {func(g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
		}, []string{"integrity failure"}},
		"one that cannot go": {func(g *rig, _ *browser) {
			g.memo = newMemo(minMemo)
			g.bodies = &bodyCodec{steps: []migration{func([]field) ([]field, error) { return nil, errors.New("no way") }}}
			g.db.down("delete")
		}, []string{"cannot be migrated", "no way", "delete unmigratable record"}},
		"one that can": {func(g *rig, _ *browser) {
			g.memo = newMemo(minMemo)
			g.bodies = &bodyCodec{steps: []migration{func([]field) ([]field, error) { return nil, errors.New("no way") }}}
		}, []string{"cannot be migrated", "no way"}},
	} {
		g := newRig(t)
		b := g.in()
		g.logs.Take()
		tc.spoil(g, b)
		b.serve(g.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		text := g.logs.String()
		for _, w := range []string{"load failed", "out of order", seal.ErrUnknownKey.Error(), ErrTooNew.Error(), "integrity failure", "audit event lost", "cannot be migrated", "no way", "delete unmigratable record"} {
			wanted := false
			for _, x := range tc.want {
				wanted = wanted || x == w
			}
			if strings.Contains(text, w) != wanted {
				t.Errorf("%s: %q told: %v, want %v", name, w, !wanted, wanted)
			}
		}
	}
}

// SES-228: both deadlines hold whatever a backend, or somebody with the sealing
// key, makes of the other.
func TestLoad_each_deadline_alone(t *testing.T) {
	t.Parallel()
	year := 365 * 24 * time.Hour
	g := newRig(t)
	g.db.lax = true
	b := g.in()
	g.db.edit(b.ref(), func(r *Record) { r.IdleUntil = t0.Add(year) })
	f := g.browser()
	f.must(machine.Begin{Flow: g.flow(g.other())})
	g.reforge(f.ref(), func(b *body) { b.absolute = b.absolute.Add(year) })
	g.db.edit(f.ref(), func(r *Record) { r.AbsUntil, r.IdleUntil = r.AbsUntil.Add(year), r.IdleUntil.Add(year) })
	g.fake.Advance(15*time.Minute - time.Millisecond)
	if _, ok := f.state().(Authenticating); !ok {
		t.Error("a flow died early")
	}
	g.fake.Advance(time.Millisecond)
	if v := f.view(); v.State != (Guest{}) || !v.Ended || !v.Ref.IsZero() {
		t.Errorf("a flow outlives its deadline: %+v", v)
	}
	g.fake.Advance(7*24*time.Hour - 15*time.Minute - time.Millisecond)
	if !IsAuthenticated(b.state()) {
		t.Error("a login died early")
	}
	g.fake.Advance(time.Millisecond)
	if v := b.view(); v.State != (Guest{}) || !v.Ended {
		t.Errorf("a login outlives its absolute deadline: %+v", v)
	}
}

// SES-073: a migration that could not be written is tried again.
func TestLoad_migrated_is_rewritten_later(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.memo = newMemo(minMemo)
	g.bodies = &bodyCodec{steps: []migration{func(f []field) ([]field, error) { return append(f, field{50, []byte{1}}), nil }}}
	g.db.down("update")
	b.state()
	g.db.up()
	if v := b.view(); !IsAuthenticated(v.State) {
		t.Fatal("lost")
	}
	if v := b.view(); v.Rev != 2 {
		t.Errorf("revision %d", v.Rev)
	}
}

// SES-031, SES-205: a list shows nothing from a body that does not agree with the
// columns beside it.
func TestSessions_forged_columns(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(g *rig, r *Record){
		"login":   func(g *rig, r *Record) { r.Login = identity.NewLoginID(g.src) },
		"created": func(_ *rig, r *Record) { r.CreatedAt = r.CreatedAt.Add(time.Hour) },
		"nothing": func(*rig, *Record) {},
	} {
		g := newRig(t)
		g.db.edit(g.in().ref(), func(r *Record) { change(g, r) })
		infos, err := g.Sessions(t.Context(), g.subj, Ref{}, 10)
		if err != nil || len(infos) != 1 {
			t.Fatal(infos, err)
		}
		if in := infos[0]; in.Unreadable != (name != "nothing") || (in.Client == Client{}) != in.Unreadable || (len(in.Kinds) == 0) != in.Unreadable {
			t.Errorf("%s: %+v", name, in)
		}
	}
}

// SES-198, SES-106: an ending follows a login that is rotated in between, reports it
// once, and gives up aloud on one that never stands still.
func TestEnd_of_a_login_that_moves(t *testing.T) {
	t.Parallel()
	for rotations, want := range map[int]error{1: nil, 7: nil, 8: store.ErrConflict} {
		g := newRig(t)
		b := g.in()
		left := rotations
		g.db.faults(func(_ context.Context, verb string) error {
			if verb == "delete" && left > 0 {
				left--
				b.must(machine.Regenerate{}, Commit{NoGrace: true})
			}
			return nil
		}, nil)
		err := g.End(t.Context(), g.subj, b.ref(), store.Row{ID: [16]byte{1}})
		g.db.up()
		if !errors.Is(err, want) || want == nil && (err != nil || IsAuthenticated(b.state())) {
			t.Errorf("%d rotations: %v", rotations, err)
		}
		if len(g.db.rows) != 1 {
			t.Errorf("%d rotations: reported %d times", rotations, len(g.db.rows))
		}
	}
}

// paged is a store whose lists a test gives out, page by page.
type paged struct {
	*memStore
	pages []page
	asked []Ref
}

type page struct {
	n     int // sessions of other logins
	login identity.LoginID
	err   error
}

func (p *paged) Sessions(_ context.Context, _ identity.Subject, after Ref, limit int, _ time.Time) ([]Listed, error) {
	p.asked = append(p.asked, after)
	if len(p.asked) > len(p.pages) {
		return nil, errors.New("asked for more pages than there are")
	}
	now := p.pages[len(p.asked)-1]
	var out []Listed
	for i := range min(now.n, limit) {
		out = append(out, Listed{Record: Record{Ref: refAt(byte(len(p.asked)), byte(i))}})
	}
	if !now.login.IsZero() {
		out[len(out)-1].Login = now.login
	}
	return out, now.err
}

// SES-198: the list in which an ending looks for the login is read to its end, from
// the beginning if the session that marked the place is gone; and a list that does
// not come is not an empty one.
func TestEnd_reads_the_whole_list(t *testing.T) {
	t.Parallel()
	login := identity.FromBytes[identity.LoginID]([16]byte{7})
	last := func(p byte) Ref { return refAt(p, 99) }
	for name, tc := range map[string]struct {
		pages []page
		asked []Ref
		found bool
		want  error
	}{
		"none":                    {[]page{{}}, []Ref{{}}, false, nil},
		"a short page":            {[]page{{n: 99}}, []Ref{{}}, false, nil},
		"a full page":             {[]page{{n: 100}, {}}, []Ref{{}, last(1)}, false, nil},
		"on the second":           {[]page{{n: 100}, {n: 5, login: login}}, []Ref{{}, last(1)}, true, nil},
		"on the third":            {[]page{{n: 100}, {n: 100}, {n: 5, login: login}}, []Ref{{}, last(1), last(2)}, true, nil},
		"the mark is gone":        {[]page{{n: 100}, {err: store.ErrNotFound}, {n: 1, login: login}}, []Ref{{}, last(1), {}}, true, nil},
		"no answer":               {[]page{{err: errDown}}, []Ref{{}}, false, ErrStoreUnavailable},
		"no answer the second":    {[]page{{n: 100}, {err: errDown}}, []Ref{{}, last(1)}, false, ErrStoreUnavailable},
		"absent without a mark":   {[]page{{err: store.ErrNotFound}}, []Ref{{}}, false, store.ErrConflict},
		"absent, then absent too": {[]page{{n: 100}, {err: store.ErrNotFound}, {err: store.ErrNotFound}}, []Ref{{}, last(1), {}}, false, store.ErrConflict},
	} {
		g := newRig(t)
		p := &paged{memStore: g.db, pages: tc.pages}
		m := g.manager(func(c *Config) { c.Store = p })
		ref, found, err := m.findLogin(t.Context(), g.subj, login)
		if found != tc.found || found == ref.IsZero() || !errors.Is(err, tc.want) || tc.want == nil && err != nil {
			t.Errorf("%s: %v, %v, %v", name, ref, found, err)
		}
		if len(p.asked) != len(tc.asked) {
			t.Errorf("%s: asked %v", name, p.asked)
			continue
		}
		for i := range p.asked {
			if p.asked[i] != tc.asked[i] {
				t.Errorf("%s: asked %v, want %v", name, p.asked, tc.asked)
			}
		}
	}
}

// SES-076, SES-103: what the commit writes for its own sake shows when it is
// written, and a session that has ended meanwhile is neither rewritten nor touched.
func TestCommit_rewrites_what_is_there(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		g := newRig(t)
		b := g.in()
		if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))); err != nil {
			t.Fatal(err)
		}
		want := uint64(2)
		if down {
			g.db.down("update")
			want = 1
		}
		b.do(func(w http.ResponseWriter, _ *http.Request, s *Session) {
			w.WriteHeader(http.StatusOK)
			if v := s.View(); v.Rev != want {
				t.Errorf("down %v: revision %d after the commit", down, v.Rev)
			}
		})
	}
	g := newRig(t)
	b := g.in()
	slow := *b
	g.fake.Advance(time.Hour)
	slow.with(func(_ *http.Request, s *Session) {
		if err := errors.Join(anyNote.Set(s, "x"), g.logouts(b)); err != nil {
			t.Fatal(err)
		}
		g.db.reset()
	})
	if g.db.count("touch") != 0 || g.db.count("update") != 1 || slow.last.StatusCode != http.StatusOK {
		t.Error(slow.last.StatusCode, g.db.calls)
	}
	// Only a step writes under the new key; the commit finds nothing left to do.
	k := newRig(t)
	c := k.in()
	if err := k.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))); err != nil {
		t.Fatal(err)
	}
	k.db.reset()
	c.must(machine.StepUp{Flow: k.flow(k.subj)})
	if k.db.count("update") != 1 || k.db.writes() != 1 {
		t.Error(k.db.calls)
	}
}
