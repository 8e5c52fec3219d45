package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
)

// held is how many bodies there are, and their bytes.
func (m *memo) held() (n, size int) {
	if m == nil {
		return 0, 0
	}
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		if table := s.table.Load(); table != nil {
			for j := range table {
				if table[j].Load() != nil {
					n++
				}
			}
		}
		size += s.size
		s.mu.Unlock()
	}
	return n, size
}

// A request of a session that was opened before opens nothing: it is served while
// the keys at hand would open nothing at all. Without a memo it is not.
func TestMemo_spares_the_opening(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, WithoutMemo} {
		g := newRig(t, func(c *Config) { c.Memo = size })
		b := g.in()
		g.sealer = testRing(t, seal.Session, testKey("of-somebody-else", seal.Primary)).Sealer(seal.LabelSessionBody)
		warm := IsAuthenticated(b.state())
		if warm != (size == 0) {
			t.Errorf("memo %d: signed in %t", size, warm)
		}
		if c := g.browser(); IsAuthenticated(c.state()) {
			t.Error("a stranger is signed in")
		}
	}
}

// SES-152: what was opened is found for the same ref, revision, ring and bytes, and
// for nothing else; within its hour, and not for longer.
func TestMemo_finds_exactly_what_was_opened(t *testing.T) {
	t.Parallel()
	m := newMemo(minMemo)
	ref, sealed := refAt(3, 5), bytes.Repeat([]byte{7}, 400)
	o := &opened{ref: ref, rev: 4, generation: 2, until: t0.Add(memoAge), sealed: bytes.Clone(sealed)}
	m.generation.Store(2)
	m.keep(o)
	if m.find(ref, 4, 2, sealed, t0) != o {
		t.Fatal("not found")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if m.find(ref, 4, 2, changed, t0) != nil {
			t.Fatalf("byte %d counts for nothing", i)
		}
	}
	for name, found := range map[string]*opened{
		"ref":      m.find(refAt(3, 6), 4, 2, sealed, t0),
		"revision": m.find(ref, 5, 2, sealed, t0),
		"shorter":  m.find(ref, 4, 2, sealed[:399], t0),
		"nothing":  m.find(ref, 4, 2, nil, t0),
		"time":     m.find(ref, 4, 2, sealed, t0.Add(memoAge)),
		// Somebody who has read the ring's generation long ago.
		"old ring": m.find(ref, 4, 1, sealed, t0),
	} {
		if found != nil {
			t.Errorf("%s: found", name)
		}
	}
	if m.find(ref, 4, 2, sealed, t0.Add(memoAge-1)) != o {
		t.Error("gone before its time")
	}
	if m.find(ref, 4, 3, sealed, t0) != nil {
		t.Error("found under another ring")
	}
	if n, size := m.held(); n != 0 || size != 0 {
		t.Errorf("the ring has changed, and %d bodies of %d bytes are left", n, size)
	}
	// One that was being opened while the ring changed comes too late.
	m.keep(o)
	if m.find(ref, 4, 3, sealed, t0) != nil {
		t.Error("opened with keys that are gone, and found")
	}
}

// refAt is a ref that falls into a known place; n tells those of one place apart.
func refAt(place, n byte) Ref {
	return identity.FromBytes[Ref]([16]byte{place, 1, 0, n, 0xff})
}

// The bound holds whatever is put in, by bytes and by number, and a body too large
// to be worth it is not kept.
func TestMemo_is_bounded(t *testing.T) {
	t.Parallel()
	m := newMemo(minMemo)
	for i := range uint32(20_000) {
		var id [16]byte
		binary.LittleEndian.PutUint32(id[:], i*2_654_435_761)
		id[15] = 1
		m.keep(&opened{ref: identity.FromBytes[Ref](id), rev: 1, sealed: make([]byte, i%3000)})
		if i%1000 == 0 {
			if _, size := m.held(); size > minMemo {
				t.Fatalf("%d bytes", size)
			}
		}
	}
	n, size := m.held()
	if size > minMemo || size < minMemo/2 || n < minMemo/2/(openedSize+6000) {
		t.Errorf("%d bodies in %d bytes", n, size)
	}
	large := &opened{ref: refAt(9, 9), rev: 1, sealed: make([]byte, minMemo/memoShards/8)}
	if m.keep(large); m.find(large.ref, 1, 0, large.sealed, time.Time{}.Add(-1)) != nil {
		t.Error("kept")
	}
	for i := range m.shards {
		total := 0
		if table := m.shards[i].table.Load(); table != nil {
			for j := range table {
				if o := table[j].Load(); o != nil {
					total += o.size()
				}
			}
		}
		if total != m.shards[i].size {
			t.Errorf("shard %d counts %d bytes and holds %d", i, m.shards[i].size, total)
		}
	}
}

// Refs that share a place throw each other out and are never taken for each other.
func TestMemo_sessions_of_one_place(t *testing.T) {
	t.Parallel()
	m := newMemo(minMemo)
	for round := range 3 {
		for n := range byte(5) {
			m.keep(&opened{ref: refAt(0, n), rev: uint64(n), until: t0.Add(1), sealed: []byte{n}})
			if o := m.find(refAt(0, n), uint64(n), 0, []byte{n}, t0); o == nil || o.ref != refAt(0, n) {
				t.Fatalf("round %d: %v", round, o)
			}
		}
	}
	if n, _ := m.held(); n != memoWays {
		t.Errorf("%d bodies in one place", n)
	}
}

// SES-195, SES-131: what changes under a session that waits opened in memory is
// seen by the next request. Each case ends as it would without a memo; in all of
// them the revision stays what it was.
func TestMemo_attacks(t *testing.T) {
	t.Parallel()
	note := NewKey[string]("note")
	set := func(b *browser, v string) {
		b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			if err := note.Set(s, v); err != nil {
				b.g.t.Error(err)
			}
		})
	}
	get := func(b *browser) (v string) {
		b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) { v, _, _ = note.Get(s) })
		return v
	}
	type saved struct{ rec Record }
	save := func(g *rig, b *browser) (s saved) {
		g.db.edit(b.ref(), func(r *Record) { s.rec = *r; s.rec.Sealed = bytes.Clone(r.Sealed) })
		return s
	}
	for name, attack := range map[string]func(t *testing.T, g *rig, b *browser){
		"a row of a backup, with a revision that was seen since": func(t *testing.T, g *rig, b *browser) {
			set(b, "one")
			old := save(g, b)
			set(b, "two")
			if got := get(b); got != "two" {
				t.Fatal(got)
			}
			newer := save(g, b)
			g.db.edit(b.ref(), func(r *Record) { *r = old.rec })
			if got := get(b); got != "one" {
				t.Errorf("%q: what is stored no longer", got)
			}
			set(b, "three") // the same revision as "two" had
			if got, now := get(b), save(g, b); got != "three" || now.rec.Rev != newer.rec.Rev {
				t.Errorf("%q at revision %d", got, now.rec.Rev)
			}
			g.db.edit(b.ref(), func(r *Record) { *r = newer.rec })
			if got := get(b); got != "two" {
				t.Errorf("%q", got)
			}
		},
		"another body under the same revision": func(t *testing.T, g *rig, b *browser) {
			g.reforge(b.ref(), func(b *body) { b.custom = encodeEntries([]entry{{"note", []byte{0, 0x61, 'x'}}}) })
			if got := get(b); got != "x" {
				t.Errorf("%q", got)
			}
		},
		"a store that changes its own bytes in place": func(t *testing.T, g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
			if IsAuthenticated(b.state()) {
				t.Error("still signed in")
			}
		},
		"the key is revoked": func(t *testing.T, g *rig, b *browser) {
			if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary))); err != nil {
				t.Fatal(err)
			}
			if b.do(func(http.ResponseWriter, *http.Request, *Session) { t.Error("served") }); b.last.StatusCode != http.StatusServiceUnavailable {
				t.Error(b.last.Status)
			}
			if n, _ := g.memo.held(); n != 0 {
				t.Error("the plaintext outlives its key")
			}
		},
		"the key is replaced by one of the same bytes": func(t *testing.T, g *rig, b *browser) {
			if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-a", seal.Primary))); err != nil {
				t.Fatal(err)
			}
			g.sealer = testRing(t, seal.Session, testKey("of-somebody-else", seal.Primary)).Sealer(seal.LabelSessionBody)
			if IsAuthenticated(b.state()) {
				t.Error("not opened anew after a change of the ring")
			}
		},
		"an epoch is raised": func(t *testing.T, g *rig, b *browser) {
			if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
				t.Fatal(err)
			}
			if IsAuthenticated(b.state()) {
				t.Error("still signed in")
			}
			if n, _ := g.memo.held(); n != 0 {
				t.Error("a dead session stays in memory")
			}
		},
		"the deadline comes": func(t *testing.T, g *rig, b *browser) {
			g.db.lax = true
			g.fake.Advance(24 * time.Hour)
			if IsAuthenticated(b.state()) {
				t.Error("still signed in")
			}
		},
		"a column is written": func(t *testing.T, g *rig, b *browser) {
			g.db.edit(b.ref(), func(r *Record) { r.AbsUntil = r.AbsUntil.AddDate(1, 0, 0) })
			if IsAuthenticated(b.state()) || g.loaded("integrity") != 1 {
				t.Error("the seal was not held against the columns")
			}
		},
		"sealed anew while it rests": func(t *testing.T, g *rig, b *browser) {
			if err := g.keys.Session.Replace(testRing(t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))); err != nil {
				t.Fatal(err)
			}
			if done, err := g.Reseal(t.Context(), 10); err != nil || done.Rewritten != 1 {
				t.Fatal(done, err)
			}
			if v := b.view(); !IsAuthenticated(v.State) || v.Rev != 1 {
				t.Errorf("%+v", v)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			b := g.in()
			if n, _ := g.memo.held(); n != 1 {
				t.Fatalf("%d bodies in memory", n)
			}
			attack(t, g, b)
		})
	}
}

// Requests of one session share what was opened and cannot see each other's hands
// in it: whatever a caller is given is a copy.
func TestMemo_requests_share_nothing_that_can_be_changed(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	raw := NewKey("raw", Codec(func(v []byte) ([]byte, error) { return v, nil }, func(v []byte) ([]byte, error) { return v, nil }))
	count := NewKey[int]("count")
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := raw.Set(s, []byte("the value as it was set")); err != nil {
			t.Error(err)
		}
		if err := s.PutCeremony(r.Context(), machine.CeremonyKind("totp_enrol"), g.now().Add(time.Hour), []byte("half way")); err != nil {
			t.Error(err)
		}
	})
	whole := func(s *Session) []byte {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.cur.body.encode()
	}
	var before []byte
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) { before = whole(s) })
	scribble := func(p []byte) {
		for i := range p {
			p[i] = 'X'
		}
	}
	h := g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		for range 50 {
			a, ok := s.State().(Authenticated)
			if !ok {
				t.Error("not signed in")
				return
			}
			for _, e := range a.Evidence() {
				e.AMR[0] = "forged"
			}
			list := a.Evidence()
			list[0].Kind, list[0].Class = "forged", 0
			v, _, err := raw.Get(s)
			if err != nil || string(v) != "the value as it was set" {
				t.Errorf("%q, %v", v, err)
			}
			scribble(v)
			half, ok := s.PeekCeremony(r.Context(), machine.CeremonyKind("totp_enrol"))
			if !ok || string(half) != "half way" {
				t.Errorf("%q", half)
			}
			scribble(half)
			// A change of this request is seen by this request alone.
			if n, _, err := count.Get(s); err != nil || n > 50 {
				t.Error(n, err)
			}
			if n, _, err := count.Get(s); err == nil {
				err = count.Set(s, n+1)
				if err != nil {
					t.Error(err)
				}
			}
			if _, acting := a.Actor(); acting {
				t.Error("an actor")
			}
		}
		s.discard() // so that all see the same record
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := &browser{g: g, cookie: b.cookie}
			for range 10 {
				c.serve(h)
			}
		})
	}
	wg.Wait()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		if after := whole(s); !bytes.Equal(before, after) {
			t.Errorf("%x\nwas\n%x", after, before)
		}
	})
	if n, _ := g.memo.held(); n == 0 {
		t.Error("nothing was shared")
	}
}

// What ends in this process, or gets a new id, is forgotten there and then; what
// nobody uses, with the sweep that follows its hour.
func TestMemo_forgets(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	out, rotated, resting := g.in(), g.in(), g.in()
	n := func() int { n, _ := g.memo.held(); return n }
	if n() != 3 {
		t.Fatal(n())
	}
	out.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if n() != 2 {
		t.Errorf("%d bodies after a logout", n())
	}
	old := &browser{g: g, cookie: rotated.cookie}
	rotated.must(machine.Regenerate{})
	if n() != 1 {
		t.Errorf("%d bodies after a new id", n())
	}
	if v := old.view(); !v.Superseded || n() != 1 {
		t.Errorf("%+v: a session in its grace is kept, %d bodies", v, n())
	}
	if resting.state(); n() != 1 {
		t.Errorf("%d bodies", n())
	}
	g.fake.Advance(memoAge - 1)
	if _, err := g.Reseal(context.Background(), 1); err != nil || n() != 1 {
		t.Errorf("%d bodies before the hour, %v", n(), err)
	}
	g.fake.Advance(1)
	if _, err := g.Reseal(context.Background(), 1); err != nil || n() != 0 {
		t.Errorf("%d bodies after the hour, %v", n(), err)
	}
}
