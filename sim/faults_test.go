package sim

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store/storetest/fault"
)

// SIM-040
func TestParseFaults(t *testing.T) {
	t.Parallel()
	some := Default()
	some.Crash, some.Skew = 1000, 90*time.Second
	for spec, want := range map[string]Faults{
		"none": {}, "light": Light(), "default": Default(), "heavy": Heavy(), "chaos": Chaos(),
		"default,crash=1e-3,skew=90s": some, "default, skew=90s, crash=0.001": some, "fail=1": {Fail: million},
	} {
		got, err := ParseFaults(spec)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", spec, got, err)
		}
		if again, err := ParseFaults(got.String()); err != nil || again != got {
			t.Errorf("%q comes back as %+v, %v", got, again, err)
		}
	}
	for spec, near := range map[string]string{
		"defalt": "default", "crahs=1e-3": "crash", "lost-ack=0.1": "lostack", "crash=1.5": "from 0 to 1", "crash=-1": "from 0 to 1",
		"crash=NaN": "from 0 to 1", "skew=soon": "90s", "": "", "default,,": "", strings.Repeat("x", 10_000): "",
	} {
		if _, err := ParseFaults(spec); !errors.Is(err, ErrFaults) || !strings.Contains(err.Error(), near) || len(err.Error()) > 200 {
			t.Errorf("%.40q: %v", spec, err)
		}
	}
}

// SIM-040: whoever adds a kind of fault gives it a name.
func TestFaults_have_names(t *testing.T) {
	t.Parallel()
	var f Faults
	for _, k := range f.kinds() {
		*k.rate = 1
	}
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Int && v.Field(i).Int() != 1 {
			t.Errorf("%s has no name", v.Type().Field(i).Name)
		}
	}
	if n := FaultKinds(); len(n) != len(f.kinds()) || !slices.Contains(n, "partition") {
		t.Errorf("%v", n)
	}
}

// SIM-040: whoever adds a verb says whether a store that takes no write refuses it.
func TestReadOnly_knows_every_verb(t *testing.T) {
	t.Parallel()
	reads := strings.Fields(`audit.Query identity.AccountByHandle identity.AccountByID identity.AccountByIdentifier
		identity.AccountByLink identity.CredentialKids identity.HasRole identity.Overdue identity.TenantByID
		identity.TenantBySlug identity.Tenants identity.TokenBySelector identity.Users outbox.RowKids session.Check
		session.Epochs session.Kids session.Load session.Sessions session.UnderKid session.Watch values.Get watch.Next`)
	for _, verb := range fault.Verbs() {
		if writes(verb) == slices.Contains(reads, verb) {
			t.Errorf("%s: writes %v", verb, writes(verb))
		}
	}
}

// SIM-012: half of the faults, all stores and all ways to go on, and the same for a seed
// each time.
func TestSwarm(t *testing.T) {
	t.Parallel()
	on, stores, ways := 0, map[Persona]int{}, map[string]int{}
	const runs = 200
	for seed := range uint64(runs) {
		cfg := Swarm(Config{Seed: seed, Faults: Heavy()})
		if again := Swarm(Config{Seed: seed, Faults: Heavy()}); fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", cfg) {
			t.Fatalf("seed %d is %+v and %+v", seed, cfg, again)
		}
		for _, k := range cfg.Faults.kinds() {
			if *k.rate > 0 {
				on++
			}
		}
		stores[cfg.Store]++
		text, _ := cfg.Strategy.MarshalText()
		ways[strings.Fields(string(text))[0]]++
	}
	if all := runs * 18; on < all*4/10 || on > all*6/10 { // tamper is in no set
		t.Errorf("%d of %d faults", on, all)
	}
	if len(stores) != len(Personas()) || len(ways) != 4 || ways["fifo"] > ways["any"] {
		t.Errorf("%v, %v", stores, ways)
	}
}

// SIM-040, SIM-041, SIM-093: each kind of fault happens, it is counted what it befell,
// and none does in the calm at the end.
func TestRun_counts_what_befell_what(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	for seed := range uint64(6) {
		f := Heavy()
		f.Tamper = 20_000
		r := Run(Config{Seed: seed, Faults: f, Store: []Persona{Valkey, Replica}[seed%2], Steps: 15_000})
		if r.Broken() {
			t.Errorf("%s", r.Story())
		}
		w := newWorld(Config{Seed: seed, Faults: f, Steps: 3000})
		t.Cleanup(w.close)
		w.people()
		w.coro.Run(coro.Limits{Steps: 2000})
		w.calm()
		before := w.ghost.counts.Faults
		w.coro.Run(coro.Limits{Steps: 3000})
		if w.ghost.counts.Faults != before {
			t.Errorf("seed %d: faults in the calm", seed)
		}
		for k, n := range r.Reached {
			kind, _, _ := strings.Cut(k, " ")
			reached[kind] += n
			reached[k] += n
		}
	}
	for _, k := range FaultKinds() {
		if reached[k] == 0 {
			t.Errorf("no %s: %v", k, reached)
		}
	}
	for _, pair := range []string{"fail session.Load", "lostack session.Load", "delay session.Load", "partition session.Load"} {
		if reached[pair] == 0 {
			t.Errorf("no %s", pair)
		}
	}
}

// SIM-022: a server dies at one call of one verb, before its effect or after it, and
// nothing that must not be follows from it.
func TestCrashPoint(t *testing.T) {
	t.Parallel()
	for i, verb := range []string{"session.Rotate", "identity.Apply", "identity.Record", "session.Create", "throttle.Commit", "throttle.Reserve"} {
		for n := range 2 {
			r := Run(Config{Seed: uint64(i), Steps: 3000, CrashPoint: CrashPoint{verb, 2 + n, n == 1}, Strategy: coro.Uniform()})
			if r.Broken() {
				t.Errorf("%s", r.Story())
			}
			if r.Reached["crashpoint "+verb] != 1 || r.Counts.Crashes != 1 {
				t.Errorf("%s: %v, %d crashes", verb, r.Reached, r.Counts.Crashes)
			}
		}
	}
}
