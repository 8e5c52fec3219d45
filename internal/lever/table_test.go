package lever

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// attempt is one of a name that nobody else tries.
func attempt(i int) authn.Attempt {
	p := authn.LockPolicy{Threshold: 5, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour}
	var a authn.Attempt
	var key authn.Key
	binary.BigEndian.PutUint64(key[:], uint64(i+1))
	binary.BigEndian.PutUint64(a.Flow[:], uint64(i+1))
	a.Levers = []authn.Lever{{Key: key, Policy: p}}
	return a
}

// AUN-051
func TestTable_forgets_names_that_were_tried_once(t *testing.T) {
	t.Parallel()
	tab := NewTable(0)
	for i := range 50_000 {
		if _, err := tab.Reserve(t.Context(), attempt(i), noon.Add(time.Duration(i)*10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(tab.levers); n > 8000 {
		t.Errorf("%d levers kept after 50,000 names over six days", n)
	}
	if n := len(tab.flows); n > 8000 {
		t.Errorf("%d flows kept", n)
	}
}

// AUN-060: a table that is full judges those that it knows and takes no other, until
// it may forget.
func TestTable_a_full_table_takes_no_other_name(t *testing.T) {
	t.Parallel()
	tab := NewTable(100)
	for i := range 100 {
		if _, err := tab.Reserve(t.Context(), attempt(i), noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tab.Reserve(t.Context(), attempt(100), noon); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("one more: %v", err)
	}
	known := attempt(7)
	known.Flow = [16]byte{0xff}
	if _, err := tab.Reserve(t.Context(), known, noon); err != nil {
		t.Errorf("one that it knows: %v", err)
	}
	if _, err := tab.Reserve(t.Context(), attempt(100), noon.Add(3*time.Hour)); err != nil {
		t.Errorf("when it may forget: %v", err)
	}
}

func TestTable_counts_like_a_lever(t *testing.T) {
	t.Parallel()
	tab := NewTable(0)
	a := attempt(1)
	for i := range 5 {
		r, err := tab.Reserve(t.Context(), a, noon)
		if err != nil {
			t.Fatal(err)
		}
		locks, err := tab.Commit(t.Context(), r, authn.Failed, a.Levers, noon)
		if err != nil || (len(locks) == 1) != (i == 4) {
			t.Fatalf("failure %d: %v, %v", i+1, locks, err)
		}
	}
	var locked *authn.ThrottledError
	if _, err := tab.Reserve(t.Context(), a, noon); !errors.As(err, &locked) {
		t.Errorf("got %v", err)
	}
	if err := tab.Clear(t.Context(), a.Levers[0].Key, noon); err != nil {
		t.Fatal(err)
	}
	r, err := tab.Reserve(t.Context(), a, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Reserve(t.Context(), a, noon); !errors.Is(err, authn.ErrBusy) {
		t.Errorf("a second of the flow: %v", err)
	}
	if err := tab.Release(t.Context(), r, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Reserve(t.Context(), a, noon); err != nil {
		t.Errorf("after a release: %v", err)
	}
}
