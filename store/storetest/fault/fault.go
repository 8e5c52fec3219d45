// Package fault wraps the ports of any backend for tests of what lies above them:
// every call is recorded, and any call can be made to fail in the ways in which
// storage fails: not reached, answer lost, message delivered twice, late, or its
// context ended.
//
//	f := fault.New(stores)
//	svc := newService(f.Stores())
//	svc.SignIn(…)                       // clean: f.Calls() are the places to fail
//	f.Reset()
//	f.Use(fault.On("session.Rotate", 1, fault.Injection{After: fault.ErrLost}))
//	svc.SignIn(…)                       // the acknowledgement of the rotation is lost
//
// Nothing here is random and nothing depends on time: a call is named by its verb
// and the how-manieth of it it is, so a failure is found again. The package judges
// nothing; what a backend must do is package storetest, and what a program must
// make of a fault is its own test.
//
// Requirements: of STO-010 the injected faults.
package fault

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
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
	// Rows are the topics of the rows that the call hands to the outbox, alone or
	// with a change.
	Rows []store.Topic
	// Ended says that the context had ended when the call began.
	Ended bool
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
	// Enter runs before everything else, under no lock, with the context of the call;
	// an error is answered instead of calling the verb: for a simulator, in which a
	// call is a switch point and the caller may be dead behind it.
	Enter func(context.Context) error
	// Delay runs before the verb, under no lock: to move a clock on, or to let
	// another request overtake this one.
	Delay func()
	// Before is answered instead of calling the verb: the backend was not
	// reached.
	Before error
	// Cancel ends the context that the verb is given.
	Cancel Moment
	// Kept keeps the end of the caller's context from the verb: once a call has been
	// entered, its effect is whole. For stores that would follow the context on a
	// goroutine of their own.
	Kept bool
	// Twice calls the verb a second time and answers what the second call said:
	// a message that was delivered twice.
	Twice bool
	// After is answered although the verb was called, whatever it said: the
	// acknowledgement was lost.
	After error
	// Leave runs when the answer is there, under no lock; an error takes its place.
	Leave func() error
	// Late runs when the answer is there, under no lock: to end the request that
	// waits for it.
	Late func()
}

// Moment is when the context of a call ends.
type Moment uint8

// The moments. The zero Moment is never.
const (
	// Beforehand: the verb begins with a context that has ended. It must do
	// nothing.
	Beforehand Moment = iota + 1
	// Meanwhile: the context ends when the verb asks it for the second time. The
	// verb is done or is not; half of it is not allowed.
	Meanwhile
)

// Kind is an injection with a name for reports.
type Kind struct {
	Name string
	Injection
}

// ErrLost is what [Kinds] answer in place of a backend: an outage like any other.
var ErrLost = fmt.Errorf("fault: injected: %w", store.ErrUnavailable)

// Kinds are the faults that every verb is put through, with the answers that a
// backend gives. Whoever walks along a program takes the calls of a clean run and
// injects each of them at each call.
func Kinds() []Kind {
	return []Kind{
		{"error before", Injection{Before: ErrLost}},
		{"error after apply", Injection{After: ErrLost}},
		{"applied twice", Injection{Twice: true}},
		{"context ended before", Injection{Cancel: Beforehand}},
		{"context ends meanwhile", Injection{Cancel: Meanwhile}},
	}
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
//	f := fault.New(stores)
//	f.Use(fault.On("session.Rotate", 1, fault.Injection{After: store.ErrUnavailable}))
//	svc := newService(f.Stores())
type Faults struct {
	inner atomic.Pointer[backend.Stores]

	mu    sync.Mutex
	brief bool
	plan  Plan
	calls []Call
	count map[string]int
}

// New wraps stores; until [Faults.Use] nothing fails.
func New(s backend.Stores) *Faults {
	f := &Faults{count: map[string]int{}}
	f.Replace(s)
	return f
}

// Replace puts other stores in the place of those that were wrapped, for every call
// that begins to take effect from now on: a fail-over, behind an address that stays.
func (f *Faults) Replace(s backend.Stores) { f.inner.Store(&s) }

// Forget keeps no list of the calls from now on, for runs in which there are millions.
// They are counted, and the plan is asked.
func (f *Faults) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.brief = nil, true
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
	return backend.Stores{
		Identity: faultyGroup{faultyIdentity{f}, faultyOutbox{f}},
		Session:  faultySession{f},
		Throttle: faultyLedger{f},
		Audit:    faultyAudit{f},
	}
}

// begin records a call and asks the plan about it.
func (f *Faults) begin(ctx context.Context, verb string, with handed) Injection {
	f.mu.Lock()
	f.count[verb]++
	c := Call{Verb: verb, N: f.count[verb], Parts: with.parts, Rows: with.rows, Ended: ctx.Err() != nil}
	if !f.brief {
		f.calls = append(f.calls, c)
	}
	plan := f.plan
	f.mu.Unlock()
	if plan == nil {
		return Injection{}
	}
	return plan(c)
}

// handed is what a [Call] says about the arguments.
type handed struct {
	parts []string
	rows  []store.Topic
}

// call runs a verb that answers a value. A call whose context has ended while it
// was delayed goes on to the verb, which is the one to notice.
func call[T any](ctx context.Context, f *Faults, verb string, with handed, do func(context.Context) (T, error)) (T, error) {
	var none T
	what := f.begin(ctx, verb, with)
	if what.Late != nil {
		defer what.Late()
	}
	if what.Enter != nil {
		if err := what.Enter(ctx); err != nil {
			return none, err
		}
	}
	if what.Delay != nil {
		what.Delay()
	}
	if what.Before != nil {
		return none, what.Before
	}
	if what.Kept {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := ending(ctx, what.Cancel)
	defer cancel()
	v, err := do(ctx)
	if what.Twice {
		v, err = do(ctx)
	}
	if what.Leave != nil {
		if err := what.Leave(); err != nil {
			return none, err
		}
	}
	if what.After != nil {
		return none, what.After
	}
	return v, err
}

// run is call for a verb that answers nothing but an error.
func run(ctx context.Context, f *Faults, verb string, with handed, do func(context.Context) error) error {
	_, err := call(ctx, f, verb, with, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}
