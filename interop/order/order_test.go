package order_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/history"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store/memory"
)

// part is calls behind which nothing was under way.
type part[S any] []history.Op[S]

// ours is what this repository's search says.
func ours[S any](start S, same func(a, b S) bool, parts []part[S]) bool {
	c := history.New(start, same)
	for _, p := range parts {
		for _, op := range p {
			c.Add(op)
		}
		if c.Judge() != nil {
			return false
		}
	}
	return true
}

// theirs is what porcupine says of the same calls, all at once. A lost call is one that
// goes on for ever: behind everything else it is as if it had never been.
func theirs[S any](t *testing.T, start S, same func(a, b S) bool, parts []part[S]) bool {
	t.Helper()
	m := porcupine.Model{
		Init: func() any { return start },
		Step: func(state, input, _ any) (bool, any) {
			next, err := input.(history.Op[S]).Do(state.(S))
			return err == nil, next
		},
		Equal: func(a, b any) bool { return same(a.(S), b.(S)) },
	}
	var ops []porcupine.Operation
	for _, p := range parts {
		for _, op := range p {
			end := op.Ended
			if op.Lost {
				end = math.MaxInt64
			}
			ops = append(ops, porcupine.Operation{ClientId: len(ops), Input: op, Call: op.Began, Return: end})
		}
	}
	return porcupine.CheckOperations(m, ops)
}

// spread gives calls that were made one after the other times at which they may have
// overlapped, in parts.
func spread[S any](r *rand.Rand, ops []history.Op[S]) (parts []part[S]) {
	at, free := int64(0), int64(-1)
	now := part[S]{}
	for i, op := range ops {
		at += 10
		op.Began, op.Ended = max(at-r.Int64N(25), free+1), at+r.Int64N(25)
		now = append(now, op)
		if r.IntN(6) == 0 || i == len(ops)-1 {
			parts, now = append(parts, now), nil
			at += 100
			free = at
		}
	}
	return parts
}

// both compares the two, and counts how many histories have an order.
func both[S any](t *testing.T, name string, same func(a, b S) bool, make func(r *rand.Rand) (S, []history.Op[S])) {
	t.Helper()
	good := 0
	const all = 300
	for seed := range uint64(all) {
		r := rand.New(rand.NewPCG(seed, 1))
		start, ops := make(r)
		parts := spread(r, ops)
		a, b := ours(start, same, parts), theirs(t, start, same, parts)
		if a != b {
			t.Errorf("%s, seed %d: an order: %t, porcupine: %t", name, seed, a, b)
		}
		if a {
			good++
		}
	}
	if good < all/5 || good > all*4/5 {
		t.Errorf("%s: %d of %d histories have an order: too few of one kind", name, good, all)
	}
}

var errOther = errors.New("another answer")

// SIM-061: of a register with reads, writes and conditional writes.
func TestRegisters(t *testing.T) {
	t.Parallel()
	both(t, "register", func(a, b int) bool { return a == b }, func(r *rand.Rand) (int, []history.Op[int]) {
		value := 0
		var ops []history.Op[int]
		lie := -1
		if r.IntN(3) > 0 {
			lie = r.IntN(20)
		}
		for i := range 20 {
			op, v, from := history.Op[int]{}, r.IntN(3), r.IntN(3)
			switch r.IntN(3) {
			case 0:
				op.Name, op.Lost = fmt.Sprint("write ", v), r.IntN(8) == 0
				op.Do = func(int) (int, error) { return v, nil }
				if !op.Lost || r.IntN(2) == 0 {
					value = v
				}
			case 1:
				said := value
				if i == lie {
					said = (value + 1) % 3
				}
				op.Name, op.Do = fmt.Sprint("read ", said), func(s int) (int, error) {
					if s != said {
						return s, errOther
					}
					return s, nil
				}
			default:
				won := value == from != (i == lie)
				op.Name, op.Do = fmt.Sprint("swap ", from, v, won), func(s int) (int, error) {
					switch {
					case s == from != won:
						return s, errOther
					case won:
						return v, nil
					}
					return s, nil
				}
				if value == from {
					value = v
				}
			}
			ops = append(ops, op)
		}
		return 0, ops
	})
}

// SIM-061: of what the shipped store in memory answers, held against the model of the
// ports, with now and then an answer that belongs to another call.
func TestStores(t *testing.T) {
	t.Parallel()
	both(t, "store", model.Same, func(r *rand.Rand) (*model.State, []history.Op[*model.State]) {
		ctx, s := context.Background(), memory.New(memory.Config{}).Stores()
		now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		refs := []session.Ref{ref(1), ref(2)}
		lever := authn.Lever{Key: authn.Key{1}, Policy: authn.LockPolicy{
			Threshold: 3, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour,
		}}
		var open []authn.Reservation
		var ops []history.Op[*model.State]
		note := func(name string, err error, ask func(s *model.State, got error) error) {
			op := history.Op[*model.State]{Name: name}
			if name != "reserve" && r.IntN(12) == 0 { // the answer got lost
				op.Lost, err = true, model.ErrUnknown
			}
			op.Do = func(s *model.State) (*model.State, error) {
				next := s.Clone()
				return next, ask(next, err)
			}
			ops = append(ops, op)
		}
		for range 16 {
			id := refs[r.IntN(len(refs))]
			rec := session.Record{
				Ref: id, Rev: 1, AuthAt: now, CreatedAt: now, IdleUntil: now.Add(time.Hour), AbsUntil: now.Add(2 * time.Hour), Sealed: []byte{byte(r.IntN(200))},
			}
			switch r.IntN(6) {
			case 0:
				c := session.Claim{Now: now}
				out, err := s.Session.Create(ctx, rec, c)
				note("create", err, func(s *model.State, got error) error { return s.Create(rec, c, nil, out, got) })
			case 1:
				rev := uint64(1 + r.IntN(2))
				rec.Rev = rev + 1
				err := s.Session.Update(ctx, rec, rev, now)
				note("update", err, func(s *model.State, got error) error { return s.Update(rec, rev, now, got) })
			case 2:
				have, cur, err := s.Session.Load(ctx, id, now)
				note("load", err, func(s *model.State, got error) error { return s.Load(id, now, have, cur, got) })
			case 3:
				err := s.Session.Delete(ctx, id, identity.Subject{})
				note("delete", err, func(s *model.State, got error) error { return s.Delete(id, identity.Subject{}, nil, got) })
			case 4:
				a := authn.Attempt{Levers: []authn.Lever{lever}}
				res, err := s.Throttle.Reserve(ctx, a, now)
				if err == nil {
					open = append(open, res)
				}
				note("reserve", err, func(s *model.State, got error) error { return s.Reserve(a, now, res, got) })
			default:
				if len(open) == 0 {
					continue
				}
				res, v := open[r.IntN(len(open))], authn.Verdict(1+r.IntN(3))
				locks, err := s.Throttle.Commit(ctx, res, v, []authn.Lever{lever}, now)
				note("commit", err, func(s *model.State, got error) error { return s.Commit(res, v, []authn.Lever{lever}, now, locks, got) })
			}
		}
		for range r.IntN(6) { // two change places, with their answers
			i, j := r.IntN(len(ops)), r.IntN(len(ops))
			ops[i], ops[j] = ops[j], ops[i]
		}
		return model.New(), ops
	})
}

func ref(b byte) session.Ref {
	return identity.NewID[session.Ref](source(b))
}

// source fills with one byte.
type source byte

// Fill implements entropy.Source.
func (s source) Fill(p []byte) {
	for i := range p {
		p[i] = byte(s)
	}
}
