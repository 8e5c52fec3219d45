package axess_test

import (
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest/fault"
)

// called calls every verb of a port once, by reflection, so that a new one is among
// them, and lists the names.
func called[P any](t *testing.T, name string, p P) (verbs []string) {
	t.Helper()
	v := reflect.ValueOf(p)
	for m := range reflect.TypeFor[P]().Methods() {
		args := []reflect.Value{}
		for i := range m.Type.NumIn() {
			switch {
			case m.Type.IsVariadic() && i == m.Type.NumIn()-1:
			case i == 0:
				args = append(args, reflect.ValueOf(t.Context()))
			case m.Type.In(i).Kind() == reflect.Int:
				args = append(args, reflect.ValueOf(1)) // a limit of nothing asks nobody
			case m.Type.In(i) == reflect.TypeFor[time.Time]():
				args = append(args, reflect.ValueOf(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)))
			default:
				args = append(args, reflect.Zero(m.Type.In(i)))
			}
		}
		v.MethodByName(m.Name).Call(args)
		verbs = append(verbs, name+"."+m.Name)
	}
	return verbs
}

// IDN-I11: every verb of every port of a bundle that wraps another reaches the one that
// it wraps: what injects faults, what counts, what says other things of itself, and
// what carries duties between two places. A verb that is added is asked by itself.
func TestWrapping_stores_hand_every_verb_on(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(backend.Stores) (backend.Stores, error){
		"faults": func(s backend.Stores) (backend.Stores, error) { return fault.New(s).Stores(), nil },
		"counts": func(s backend.Stores) (backend.Stores, error) { return fronttest.NewPorts(s).Stores(), nil },
		"told": func(s backend.Stores) (backend.Stores, error) {
			return fronttest.Told(s, func(i *backend.Info) { i.Name = "told" }), nil
		},
		"duties": func(s backend.Stores) (backend.Stores, error) {
			d, err := duty.New(duty.Config{
				Stores: fronttest.Told(s, func(i *backend.Info) { i.Place = backend.PlaceOf(i) }),
				Clock:  clock.System(), Entropy: entropy.Seeded(3), Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				return backend.Stores{}, err
			}
			return d.Stores(), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := fault.New(memory.New(memory.Config{}).Stores())
			s, err := wrap(heard.Stores())
			if err != nil {
				t.Fatal(err)
			}
			verbs := slices.Concat(
				called[identity.Admin](t, "identity", s.Identity), called[store.Outbox](t, "outbox", s.Identity),
				called[session.Store](t, "session", s.Session), called[authn.Ledger](t, "throttle", s.Throttle), called[store.KV](t, "values", s.Throttle.KV()),
				called[audit.Store](t, "audit", s.Audit))
			reached := map[string]bool{}
			for _, c := range heard.Calls() {
				reached[c.Verb] = true
			}
			for _, verb := range verbs {
				if !reached[verb] {
					t.Errorf("%s is not handed on", verb)
				}
			}
			if len(verbs) < 30 {
				t.Errorf("only %d verbs", len(verbs))
			}
		})
	}
}
