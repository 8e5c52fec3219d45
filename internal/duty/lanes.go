package duty

import (
	"context"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/sched"
)

const lanes = 64

// queue lets one change of an epoch at a time through, scope by scope: of several
// that demand to find the epoch as they have read it, one wins, as in one
// transaction. Between processes nothing does that; two then both win and both
// raise, and neither caller's session survives the other's raise.
type queue [lanes]*sched.Sem

func newQueue(s sched.Sched) *queue {
	var q queue
	for i := range q {
		q[i] = s.NewSem(1)
	}
	return &q
}

func lane(s identity.Scope) int {
	sub := s.Subject()
	b := sub.User.Bytes()
	if s.Kind() == identity.ScopeTenant {
		b = sub.Tenant.Bytes()
	}
	return int(b[15] % lanes)
}

// take waits for the lanes of all scopes, in one order for everybody.
func (q *queue) take(ctx context.Context, scopes []identity.Scope) (release func(), err error) {
	var wanted []int
	for _, s := range scopes {
		wanted = append(wanted, lane(s))
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	give := func(n int) {
		for _, i := range wanted[:n] {
			q[i].Release()
		}
	}
	for n, i := range wanted {
		if err := q[i].Acquire(ctx); err != nil {
			give(n)
			return nil, err
		}
	}
	return func() { give(len(wanted)) }, nil
}
