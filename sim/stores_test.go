package sim

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store"
)

// SIM-021, SIM-024: the same site on every kind of store, with what each of them may do
// to it.
func TestRun_holds_on_every_store(t *testing.T) {
	t.Parallel()
	for _, persona := range Personas() {
		t.Run(string(persona), func(t *testing.T) {
			t.Parallel()
			faults := Default()
			faults.Failover, faults.Stale, faults.Tamper = 20_000, 200_000, 0
			sum := Counts{}
			reached := map[string]int{}
			for seed := range uint64(3) {
				cfg := Config{Seed: seed, Store: persona, Faults: faults}
				if persona == SQLite {
					cfg.Steps = 8000
				}
				r := Run(cfg)
				if r.Broken() {
					t.Errorf("%s", r.Story())
				}
				sum = sum.plus(r.Counts)
				for k, n := range r.Reached {
					reached[k] += n
				}
			}
			t.Logf("%+v", sum)
			if sum.SignIns < 3 || sum.Crashes < 3 {
				t.Errorf("too little happened: %+v", sum)
			}
			if persona == Valkey && reached["failover"] == 0 || persona == Replica && reached["stale"] == 0 {
				t.Errorf("it was never hit: %v", reached)
			}
		})
	}
}

// SIM-021: a fail-over loses what was written in the second before it, from the newest
// write on that was waited for; nothing that is older, and nothing of which somebody was
// told that it is safe. What stays is the same store, write by write.
func TestFailover_loses_the_tail(t *testing.T) {
	t.Parallel()
	lost, kept := 0, 0
	for seed := range uint64(20) {
		w := newWorld(Config{Seed: seed, Store: Valkey, Servers: 1})
		t.Cleanup(w.close)
		s := w.place.stores(w.servers[0])
		ctx := context.Background()
		write := func(id byte) {
			if err := s.Identity.Append(ctx, store.Row{ID: [16]byte{id}, Topic: "test", At: w.coro.Time(), Body: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
		w.outside.Go(ctx, "writer", func(ctx context.Context) {
			write(1)
			w.outside.Sleep(ctx, 2*time.Second) //nolint:errcheck // only time
			write(2)
			if err := s.Session.Raise(ctx, identity.GlobalScope()); err != nil {
				t.Error(err)
			}
			write(3)
			write(4)
		})
		w.coro.Run(coro.Limits{Until: 3 * time.Second})
		n := w.place.failover()
		if f := w.coro.Findings(); len(f) > 0 {
			t.Fatal(f)
		}
		s = w.place.stores(w.servers[0])
		rows, err := s.Identity.Lease(ctx, "test", 10, w.coro.Time().Add(time.Hour), w.coro.Time().Add(2*time.Hour))
		e, err2 := s.Session.Epochs(ctx, identity.Subject{})
		if err != nil || err2 != nil || e.Global != 1 || n > 2 || len(rows) != 4-n {
			t.Errorf("seed %d: %d writes are lost, %d rows, epoch %d: %v, %v", seed, n, len(rows), e.Global, err, err2)
		}
		if n > 0 {
			lost++
		} else {
			kept++
		}
	}
	if lost == 0 || kept == 0 {
		t.Errorf("of 20 fail-overs %d lost something", lost)
	}
}

// SIM-024: a run on files leaves none behind, and a place that does not exist is a
// finding and no panic.
func TestStore_leaves_no_files(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := Run(Config{Seed: 1, Store: SQLite, Dir: dir, Steps: 1500, Faults: Heavy()}); r.Broken() {
		t.Errorf("%s", r.Story())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	for _, cfg := range []Config{{Store: SQLite, Dir: dir + "/no"}, {Store: "oracle"}} {
		if r := Run(cfg); !r.Broken() || !strings.HasPrefix(r.Findings[0].Error(), "sim: ") {
			t.Errorf("%v", r.Findings)
		}
	}
}

// SIM-021, IDN-064: with copies that lag all the time, what a sign-in is decided by is as
// new as the primary.
func TestReplica_is_not_asked_what_decides(t *testing.T) {
	t.Parallel()
	r := Run(Config{Seed: 1, Steps: 4000, Store: Replica, Faults: Faults{Stale: 500_000}, Invariants: []string{linearID}})
	if r.Broken() {
		t.Error(r.Story())
	}
	if r.Reached["stale"] == 0 {
		t.Error("no copy has lagged")
	}
}

// SIM-021, SIM-061: nothing that befalls a site takes the model from its store: it would
// judge nothing from then on.
func TestModel_goes_along_to_the_end(t *testing.T) {
	t.Parallel()
	for _, persona := range Personas() {
		w := newWorld(Config{Seed: 3, Steps: 6000, Store: persona, Faults: Heavy()})
		if r := w.run(); r.Broken() {
			t.Errorf("%s: %s", persona, r.Story())
		}
		if w.place.model.state == nil {
			t.Errorf("%s: the model has been left", persona)
		}
	}
}
