package memory

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// clusters is a hash that lets many keys fall on few places.
func clusters(e *entry) uint64 { return e.rev % 5 }

// Whatever is put in and taken out, a table holds what a map would.
func TestTable_is_a_map(t *testing.T) {
	t.Parallel()
	for name, hash := range map[string]func(*entry) uint64{
		"spread":   func(e *entry) uint64 { return hashRef(e.ref) },
		"clusters": clusters,
		"one":      func(*entry) uint64 { return 1<<64 - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asMap(t, hash)
		})
	}
}

func asMap(t *testing.T, hash func(*entry) uint64) {
	t.Helper()
	src, draw := entropy.Seeded(1), rand.New(rand.NewPCG(1, 2))
	pool := make([]*entry, 300)
	for i := range pool {
		pool[i] = &entry{ref: identity.NewID[session.Ref](src), rev: uint64(i)}
	}
	tab, model := table{hash: hash}, map[session.Ref]*entry{}
	for range 20_000 {
		e := pool[draw.IntN(len(pool))]
		is := func(x *entry) bool { return x.ref == e.ref }
		if got := tab.get(hash(e), is); got != model[e.ref] {
			t.Fatalf("got %p, want %p", got, model[e.ref])
		}
		if model[e.ref] == nil {
			tab.put(e)
			model[e.ref] = e
		} else if draw.IntN(3) > 0 {
			i, _ := tab.at(hash(e), is)
			tab.remove(i)
			delete(model, e.ref)
		}
		if tab.n != len(model) {
			t.Fatalf("%d entries, want %d", tab.n, len(model))
		}
	}
	seen := 0
	for e := range tab.all {
		seen++
		if model[e.ref] != e {
			t.Fatalf("holds %x, which is gone", e.ref.Bytes())
		}
	}
	if seen != len(model) {
		t.Fatalf("yields %d of %d", seen, len(model))
	}
}

// Sessions of one subject hang on one another, whichever goes first.
func TestRegistry_keeps_the_others(t *testing.T) {
	t.Parallel()
	src, draw := entropy.Seeded(2), rand.New(rand.NewPCG(3, 4))
	var r registry
	r.init()
	subs := make([]identity.Subject, 3)
	for i := range subs {
		subs[i] = identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	}
	model := map[*entry]bool{}
	pool := make([]*entry, 30)
	for i := range pool {
		rec := record(subs[i%len(subs)], src, time.Hour)
		pool[i] = newEntry(&rec, &session.Claim{Now: at(0)})
	}
	for range 5000 {
		e := pool[draw.IntN(len(pool))]
		if model[e] {
			r.remove(e)
		} else {
			r.remove(e) // it is not in: nothing happens
			r.add(e)
		}
		model[e] = !model[e]
		for _, s := range subs {
			n := 0
			for x := r.first(s); x != nil; x = x.sibling {
				if n++; !model[x] || x.subject() != s {
					t.Fatal("holds one that is gone or of somebody else")
				}
			}
			for x, in := range model {
				if in && x.subject() == s {
					n--
				}
			}
			if n != 0 {
				t.Fatalf("%d sessions too many", n)
			}
		}
	}
	for _, e := range pool {
		r.remove(e)
	}
	for i := range r {
		if r[i].n != 0 {
			t.Fatal("a subject without sessions stays")
		}
	}
}

// heldBySessions is what the heap holds more for each of n signed-in people with
// one session.
func heldBySessions(t *testing.T, n, sealed int) float64 {
	t.Helper()
	b := New(Config{Capacity: n})
	st, src := b.Stores().Session, entropy.Seeded(3)
	tenant, body := identity.NewTenantID(src), make([]byte, sealed)
	before := heap()
	for range n {
		r := record(identity.Subject{Tenant: tenant, User: identity.NewUserID(src)}, src, time.Hour)
		r.Sealed = body
		create(t, st, r, at(0))
	}
	held := heap() - before
	runtime.KeepAlive(b)
	return float64(held) / float64(n)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one has put up for freeing
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Not parallel: bytes are counted for the whole process. 336 bytes are more than
// signing in with two factors leaves; 600 is the most that such a session may take at a
// million of them (550 were counted with n at that).
//
// STO-020
func TestSession_is_small(t *testing.T) {
	const n = 20_000
	got := heldBySessions(t, n, 336)
	t.Logf("%.0f bytes for each of %d idle sessions", got, n)
	if got > 600 {
		t.Errorf("%.0f bytes for each session, want at most 600", got)
	}
}
