//go:build !race

package valkey_test

import (
	"testing"

	"github.com/axess-go/axess/session"
)

// What is known in the process costs nothing but the looking, also for a program that
// has duties between its stores: no text of a key, no answer of the driver, no context,
// no record that is decoded again. Not parallel: AllocsPerRun counts the whole process.
//
// STO-033, SES-243
func TestLocalCache_allocates_nothing(t *testing.T) {
	for name, kind := range map[string]func(...string) (*server, error){"single": ownServer, "cluster": ownCluster} {
		t.Run(name, func(t *testing.T) {
			st := settled(t, own(t, kind).open(t).Stores()).Session
			p := &duo{T: t, here: st}
			r := p.signIn(st)
			p.warm(st, r)
			known := 0
			got := testing.AllocsPerRun(1000, func() {
				if rec, _, ok := st.(session.Nearby).LoadNearby(t.Context(), r.Ref, noon()); ok && rec.Rev == r.Rev {
					known++
				} else if _, _, err := p.load(st, r); err != nil { // asked again once a second
					t.Fatal(err)
				}
			})
			if got > 1 || known < 900 {
				t.Errorf("%v allocations, %d of 1000 known", got, known)
			}
		})
	}
}
