package storetest_test

import (
	"sync"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
	"github.com/axess-go/axess/store/storetest/fault"
)

// The suite calls every verb that there is, and every one of them with a context
// that has ended: a new verb without these clauses fails here. STO-010, IDN-060
func TestSuite_leaves_no_verb_out(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var all []*fault.Faults
	t.Run("suite", func(t *testing.T) { //nolint:paralleltest // what follows waits for it
		storetest.Run(t, func(*testing.T) backend.Stores {
			f := fault.New(memory.New(memory.Config{}).Stores())
			mu.Lock()
			defer mu.Unlock()
			all = append(all, f)
			return f.Stores()
		})
	})
	called, ended := map[string]bool{}, map[string]bool{}
	for _, f := range all {
		for _, c := range f.Calls() {
			called[c.Verb] = true
			ended[c.Verb] = ended[c.Verb] || c.Ended
		}
	}
	for _, name := range fault.Verbs() {
		if !called[name] {
			t.Errorf("%s: never called", name)
		}
		if !ended[name] {
			t.Errorf("%s: never called with a context that has ended", name)
		}
	}
}

// STO-069
func TestRunCopies(t *testing.T) {
	t.Parallel()
	storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, memory.New(memory.Config{}).Stores().Session)
}
