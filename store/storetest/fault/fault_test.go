package fault_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Every verb of every port can be made to fail and is recorded under its own name,
// with the answer of the fault and not of the backend. STO-010
func TestFaults_reach_every_verb(t *testing.T) {
	t.Parallel()
	injected := errors.New("injected")
	f := fault.New(memory.New(memory.Config{}).Stores())
	f.Use(func(fault.Call) fault.Injection { return fault.Injection{Before: injected} })
	all := fault.Verbs()
	if len(all) < 30 {
		t.Fatalf("only %d verbs are known", len(all))
	}
	if !slices.IsSorted(all) {
		t.Errorf("in no order: %v", all)
	}
	stores := f.Stores()
	f.Use(nil)
	watch, err := stores.Session.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Use(func(fault.Call) fault.Injection { return fault.Injection{Before: injected} })
	groups := map[string]reflect.Value{
		"identity": reflect.ValueOf(stores.Identity), "outbox": reflect.ValueOf(stores.Identity),
		"session": reflect.ValueOf(stores.Session), "throttle": reflect.ValueOf(stores.Throttle), "values": reflect.ValueOf(stores.Throttle.KV()), "audit": reflect.ValueOf(stores.Audit),
		"watch": reflect.ValueOf(watch),
	}
	for _, name := range all {
		group, verb, _ := strings.Cut(name, ".")
		m := groups[group].MethodByName(verb)
		f.Reset()
		in := []reflect.Value{reflect.ValueOf(t.Context())}
		for i := 1; i < m.Type().NumIn(); i++ {
			if !m.Type().IsVariadic() || i < m.Type().NumIn()-1 {
				in = append(in, reflect.Zero(m.Type().In(i)))
			}
		}
		out := m.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		if calls := f.Calls(); !errors.Is(err, injected) || len(calls) != 1 || calls[0].Verb != name {
			t.Errorf("%s: error %v, calls %v", name, err, calls)
		}
	}
}

// A context that ends before reaches the verb ended, one that ends meanwhile alive.
// STO-010
func TestKinds_say_what_they_do(t *testing.T) {
	t.Parallel()
	for _, k := range fault.Kinds() {
		f := fault.New(memory.New(memory.Config{}).Stores())
		late := false
		k.Late = func() { late = true }
		f.Use(fault.Always("session.Check", k.Injection))
		err := f.Stores().Session.Check(t.Context())
		switch {
		case strings.HasPrefix(k.Name, "error"):
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", k.Name, err)
			}
		case k.Name == "context ended before":
			if !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", k.Name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", k.Name, err) // memory looks once
		}
		if !late {
			t.Errorf("%s: nothing after the answer", k.Name)
		}
	}
}

// STO-010: behind an address that stays, other stores answer from one call to the next;
// a list that nobody keeps does not grow, and counts go on.
func TestReplace(t *testing.T) {
	t.Parallel()
	f := fault.New(memory.New(memory.Config{}).Stores())
	s := f.Stores()
	if err := s.Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatal(err)
	}
	f.Forget()
	last := 0
	f.Use(func(c fault.Call) fault.Injection { last = c.N; return fault.Injection{} })
	f.Replace(memory.New(memory.Config{}).Stores())
	if e, err := s.Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 0 {
		t.Errorf("the former store answers: %v, %v", e, err)
	}
	if err := s.Session.Raise(t.Context(), identity.GlobalScope()); err != nil || last != 2 || len(f.Calls()) != 0 {
		t.Errorf("call %d, %v, %v", last, f.Calls(), err)
	}
}

// STO-010: what has been entered is whole, whatever becomes of the caller.
func TestInjection_kept(t *testing.T) {
	t.Parallel()
	f := fault.New(memory.New(memory.Config{}).Stores())
	ctx, cancel := context.WithCancel(t.Context())
	f.Use(fault.Always("session.Raise", fault.Injection{Kept: true, Enter: func(context.Context) error { cancel(); return nil }}))
	if err := f.Stores().Session.Raise(ctx, identity.GlobalScope()); err != nil {
		t.Error(err)
	}
}
