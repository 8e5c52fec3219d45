package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/axess-go/axess/backend"
)

// Call is one call of a port.
type Call struct {
	// Verb is port and method: "session.Rotate", "identity.Apply", ….
	Verb string
	// N counts the calls of this verb from 1.
	N int
	// Parts are the kinds of changes of an Apply or Record, in order
	// ("NewUser", "Append", …), and the topics of the rows that a session verb
	// commits along. Two code paths that must not be told apart make the same
	// calls with the same parts.
	Parts []string
}

// String is the verb with its parts.
func (c Call) String() string {
	if len(c.Parts) == 0 {
		return c.Verb
	}
	return fmt.Sprintf("%s%v", c.Verb, c.Parts)
}

// Injection is what befalls one call. The zero Injection is nothing. The steps
// happen in the order of the fields.
type Injection struct {
	// Delay runs before the verb, under no lock: to move a clock on, or to let
	// another request overtake this one.
	Delay func()
	// Before is answered instead of calling the verb: the backend was not
	// reached.
	Before error
	// Twice calls the verb a second time and answers what the second call said:
	// a message that was delivered twice.
	Twice bool
	// After is answered although the verb was called, whatever it said: the
	// acknowledgement was lost.
	After error
}

// Plan decides what befalls a call. It may be called from several goroutines.
type Plan func(Call) Injection

// On injects at the nth call of a verb, counted from 1, and nowhere else.
func On(verb string, n int, what Injection) Plan {
	return func(c Call) Injection {
		if c.Verb == verb && c.N == n {
			return what
		}
		return Injection{}
	}
}

// Always injects at every call of a verb.
func Always(verb string, what Injection) Plan {
	return func(c Call) Injection {
		if c.Verb == verb {
			return what
		}
		return Injection{}
	}
}

// Faults wraps stores: every call is recorded, and a [Plan] may make it fail. It
// is safe for concurrent use.
//
//	f := storetest.NewFaults(stores)
//	f.Use(storetest.On("session.Rotate", 1, storetest.Injection{After: store.ErrUnavailable}))
//	svc := newService(f.Stores())
type Faults struct {
	inner backend.Stores

	mu    sync.Mutex
	plan  Plan
	calls []Call
	count map[string]int
}

// NewFaults wraps stores; until [Faults.Use] nothing fails.
func NewFaults(s backend.Stores) *Faults {
	return &Faults{inner: s, count: map[string]int{}}
}

// Use sets the plan for the calls that follow; nil lets them all pass.
func (f *Faults) Use(p Plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = p
}

// Calls returns the calls so far, in the order in which they began.
func (f *Faults) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Reset forgets the calls so far and starts counting again. The plan stays.
func (f *Faults) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.count = nil, map[string]int{}
}

// Stores are the wrapped ports.
func (f *Faults) Stores() backend.Stores {
	s := f.inner
	s.Identity = faultyGroup{faultyIdentity{f, s.Identity}, faultyOutbox{f, s.Identity}}
	s.Session = faultySession{f, s.Session}
	s.Throttle = faultyLedger{f, s.Throttle}
	s.Audit = faultyAudit{f, s.Audit}
	return s
}

// begin records a call and asks the plan about it.
func (f *Faults) begin(verb string, parts []string) Injection {
	f.mu.Lock()
	f.count[verb]++
	c := Call{Verb: verb, N: f.count[verb], Parts: parts}
	f.calls = append(f.calls, c)
	plan := f.plan
	f.mu.Unlock()
	if plan == nil {
		return Injection{}
	}
	return plan(c)
}

// call runs a verb that answers a value. A call whose context has ended while it
// was delayed goes on to the verb, which is the one to notice.
func call[T any](ctx context.Context, f *Faults, verb string, parts []string, do func(context.Context) (T, error)) (T, error) {
	var none T
	what := f.begin(verb, parts)
	if what.Delay != nil {
		what.Delay()
	}
	if what.Before != nil {
		return none, what.Before
	}
	v, err := do(ctx)
	if what.Twice {
		v, err = do(ctx)
	}
	if what.After != nil {
		return none, what.After
	}
	return v, err
}

// run is call for a verb that answers nothing but an error.
func run(ctx context.Context, f *Faults, verb string, parts []string, do func(context.Context) error) error {
	_, err := call(ctx, f, verb, parts, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}
