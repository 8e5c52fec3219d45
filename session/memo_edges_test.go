package session

import (
	"testing"

	"github.com/axess-go/axess/identity"
)

func remembered(ref Ref, rev uint64, n int) *opened {
	return &opened{ref: ref, rev: rev, until: t0.Add(memoAge), sealed: make([]byte, n)}
}

func (m *memo) has(o *opened) bool { return m.find(o.ref, o.rev, o.generation, o.sealed, t0) == o }

// Two sessions of one place live side by side, one has one body there, and of more the
// last two stay.
func TestMemo_one_place(t *testing.T) {
	t.Parallel()
	a, b, c, d := remembered(refAt(0, 1), 1, 8), remembered(refAt(0, 2), 1, 8), remembered(refAt(0, 3), 1, 8), remembered(refAt(0, 4), 1, 8)
	newer := remembered(a.ref, 2, 9)
	m := newMemo(minMemo)
	m.keep(a)
	m.keep(newer)
	if n, size := m.held(); n != 1 || size != newer.size() || !m.has(newer) || m.has(a) {
		t.Errorf("%d bodies of one session, %d bytes", n, size)
	}
	m.keep(b)
	if !m.has(newer) || !m.has(b) {
		t.Error("two sessions of one place throw each other out")
	}
	m.drop(b.ref)
	if !m.has(newer) || m.has(b) {
		t.Error("one ended, and not that one alone was forgotten")
	}
	m.drop(refAt(0, 9))
	m.drop(refAt(1, 1)) // of a shard that holds nothing
	if n, _ := m.held(); n != 1 {
		t.Errorf("%d bodies", n)
	}
	m = newMemo(minMemo)
	for _, o := range []*opened{a, b, c, d} {
		m.keep(o)
	}
	if !m.has(c) || !m.has(d) {
		t.Error("of four in one place not the last two stay")
	}
}

// A shard holds its share to the byte, a body of an eighth of it is kept, one that is
// larger is not, and whoever comes is never the one that goes.
func TestMemo_share(t *testing.T) {
	t.Parallel()
	m := newMemo(minMemo)
	const eighth = minMemo / memoShards / 8
	fits := (eighth - openedSize) / 2
	at := func(i int) Ref { return identity.FromBytes[Ref]([16]byte{0, byte(i), byte(i >> 8), 1, 0xff}) }
	over := remembered(at(9), 1, fits+1)
	if m.keep(over); m.has(over) {
		t.Error("a body of more than an eighth is kept")
	}
	for i := range 8 {
		m.keep(remembered(at(i), 1, fits))
	}
	if n, size := m.held(); n != 8 || size != 8*eighth {
		t.Fatalf("%d bodies, %d bytes, want the whole share", n, size)
	}
	for i := range 4 * memoSets {
		o := remembered(at(i%memoSets), uint64(2+i/memoSets), fits)
		if m.keep(o); !m.has(o) {
			t.Fatalf("body %d went as it came", i)
		}
		if n, size := m.held(); n != 8 || size != 8*eighth {
			t.Fatalf("%d bodies, %d bytes", n, size)
		}
	}
}

// SES-195: what was opened with keys that have gone since and came too late goes with
// the next sweep; what is good stays.
func TestMemo_sweep(t *testing.T) {
	t.Parallel()
	m := newMemo(minMemo)
	late, good := remembered(refAt(0, 1), 1, 8), remembered(refAt(1, 1), 1, 8)
	late.generation, good.generation = 2, 3
	m.generation.Store(3)
	m.keep(late)
	m.keep(good)
	m.sweep(3, t0)
	if n, size := m.held(); n != 1 || size != good.size() || !m.has(good) {
		t.Errorf("%d bodies, %d bytes", n, size)
	}
}

// Without a memo everything works as it does with one.
func TestMemo_of_nothing(t *testing.T) {
	t.Parallel()
	var m *memo
	o := remembered(refAt(0, 1), 1, 8)
	m.keep(o)
	m.drop(o.ref)
	m.sweep(1, t0)
	if m.has(o) {
		t.Error("remembered")
	}
	g := newRig(t, func(c *Config) { c.Memo = WithoutMemo })
	b := g.in()
	if _, err := g.Reseal(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := g.logouts(b); err != nil || IsAuthenticated(b.state()) {
		t.Error(err)
	}
}
