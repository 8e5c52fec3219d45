package model_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store/memory"
)

func ExampleNew() {
	ctx, s, m := context.Background(), memory.New(memory.Config{}).Stores().Session, model.New()
	err := s.Raise(ctx, identity.GlobalScope())
	fmt.Println(m.Raise(identity.GlobalScope(), nil, err))
	e, err := s.Epochs(ctx, identity.Subject{})
	fmt.Println(m.Epochs(identity.Subject{}, e, err))
	e.Global++
	fmt.Println(m.Epochs(identity.Subject{}, e, err))
	// Output:
	// <nil>
	// <nil>
	// model: session.Epochs: got {2 0 0}, which should be {1 0 0}
}

// An answer that got lost: the session is there now, if it could be made.
func ExampleState_Create() {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	rec := session.Record{Ref: session.Ref{}, Rev: 1, IdleUntil: now.Add(time.Hour), AbsUntil: now.Add(time.Hour)}
	m := model.New()
	fmt.Println(m.Create(rec, session.Claim{Now: now}, nil, nil, model.ErrUnknown))
	fmt.Println(m.Load(rec.Ref, now, rec, session.Current{}, nil))
	// Output:
	// <nil>
	// <nil>
}

func ExampleSame() {
	a := model.New()
	b := a.Clone()
	fmt.Println(model.Same(a, b))
	_ = b.Raise(identity.GlobalScope(), nil, nil)
	fmt.Println(model.Same(a, b))
	// Output:
	// true
	// false
}
