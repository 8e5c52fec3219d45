package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/lever"
	"github.com/axess-go/axess/internal/portargs"
)

// ledger is the attempt ledger. A lever is one row, whose state internal/lever
// encodes; the transaction of a verb holds the rows that it judges.
type ledger struct{ b *Backend }

const (
	selectLever = `SELECT state FROM axess_attempts WHERE lever = ? {lock}`

	updateLever = `UPDATE axess_attempts SET state = ?, forget_at = ? WHERE lever = ?`

	insertLever = `INSERT INTO axess_attempts (lever, state, forget_at) VALUES (?, ?, ?)`

	selectFlight = `SELECT at FROM axess_flights WHERE flow = ? {lock}`

	insertFlight = `INSERT INTO axess_flights (flow, reservation, at) VALUES (?, ?, ?)`

	clearFlight = `DELETE FROM axess_flights WHERE flow = ?`

	landFlight = `DELETE FROM axess_flights WHERE flow = ? AND reservation = ?`

	// Each reservation removes a few rows that nobody needs any more, more than
	// it can add; so the tables stay as small as what is remembered.
	purgeLevers = `DELETE FROM axess_attempts WHERE lever IN
 (SELECT lever FROM (SELECT lever FROM axess_attempts WHERE forget_at < ? ORDER BY forget_at LIMIT 8) AS gone)`

	purgeFlights = `DELETE FROM axess_flights WHERE flow IN
 (SELECT flow FROM (SELECT flow FROM axess_flights WHERE at <= ? ORDER BY at LIMIT 8) AS gone)`

	// The same for a dialect in which a list of keys would have every row looked at,
	// and waited for.
	purgeLeversInPlace = `DELETE FROM axess_attempts WHERE forget_at < ? ORDER BY forget_at LIMIT 8`

	purgeFlightsInPlace = `DELETE FROM axess_flights WHERE at <= ? ORDER BY at LIMIT 8`
)

// held is a lever under the lock of its row.
type held struct {
	lever.Lever
	key   authn.Key
	was   []byte // as stored
	known bool
}

// hold reads levers in the order of their keys, so that two attempts that share
// some never wait for one another, and returns them in the order given.
func hold(ctx context.Context, l *lane, keys []authn.Key) ([]held, error) {
	out := make([]held, len(keys))
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return bytes.Compare(keys[x][:], keys[y][:]) })
	for _, i := range order {
		h := &out[i]
		h.key = keys[i]
		err := l.scan(ctx, selectLever, []any{keys[i][:]}, &h.was)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		h.known = true
		if h.Lever, err = lever.Decode(h.was); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keep writes the lever if it has changed.
func (h *held) keep(ctx context.Context, l *lane) error {
	state := h.Encode()
	if h.known && bytes.Equal(state, h.was) {
		return nil
	}
	if h.known {
		_, err := l.exec(ctx, updateLever, state, micro(h.Forget()), h.key[:])
		return err
	}
	_, err := l.exec(ctx, insertLever, h.key[:], state, micro(h.Forget()))
	if is(err, Unique) { // somebody else has just made the row: judge it instead
		return &fault{Retry, err}
	}
	return err
}

// Reserve implements [authn.Ledger]. All levers are asked before any is charged.
// A refusal is counted, so it commits.
func (g ledger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	const verb = "reserve"
	if !portargs.Levers(a.Levers) || now.IsZero() {
		return authn.Reservation{}, g.b.malformed(verb, "levers or time")
	}
	now = now.UTC().Truncate(time.Microsecond)
	r := authn.Reservation{ID: entropy.Bytes16(g.b.entropy), Flow: a.Flow}
	for _, lv := range a.Levers {
		r.Keys = append(r.Keys, lv.Key)
	}
	var refused error
	err := g.b.write(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		refused, err = reserve(ctx, l, a, &r, now)
		return err
	})
	switch {
	case err != nil:
		return authn.Reservation{}, err
	case refused != nil:
		return authn.Reservation{}, g.b.failed(verb, refused)
	}
	return r, nil
}

// reserve answers a refusal, which commits what it has counted, or an error,
// which commits nothing.
func reserve(ctx context.Context, l *lane, a authn.Attempt, r *authn.Reservation, now time.Time) (error, error) {
	if err := depart(ctx, l, r, now); err != nil {
		return nil, err
	}
	levers, err := hold(ctx, l, r.Keys)
	if err != nil {
		return nil, err
	}
	for i := range levers {
		h := &levers[i]
		if !h.known {
			continue
		}
		refused := h.Refuse(a.Levers[i].Policy, now, i)
		if refused == nil {
			continue
		}
		if _, err := l.exec(ctx, landFlight, id16(r.Flow), id16(r.ID)); err != nil {
			return nil, err
		}
		return refused, keepAll(ctx, l, levers[:i+1], known)
	}
	for i := range levers {
		levers[i].Reserve(r.ID, now, a.Levers[i].Policy)
		r.Locked = levers[i].Locked(a.Levers[i].Policy, now)
	}
	if err := keepAll(ctx, l, levers, everyone); err != nil {
		return nil, err
	}
	return nil, purge(ctx, l, now)
}

func purge(ctx context.Context, l *lane, now time.Time) error {
	levers, flights := purgeLevers, purgeFlights
	if l.d.DeleteLimit {
		levers, flights = purgeLeversInPlace, purgeFlightsInPlace
	}
	if _, err := l.exec(ctx, levers, micro(now)); err != nil {
		return err
	}
	_, err := l.exec(ctx, flights, micro(now.Add(-authn.PendingFor)))
	return err
}

func known(h *held) bool { return h.known }

func everyone(*held) bool { return true }

func keepAll(ctx context.Context, l *lane, levers []held, which func(*held) bool) error {
	for i := range levers {
		if h := &levers[i]; which(h) {
			if err := h.keep(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// depart puts the flow's attempt in flight, unless another one is (AUN-042).
func depart(ctx context.Context, l *lane, r *authn.Reservation, now time.Time) error {
	if r.Flow == [16]byte{} {
		return nil
	}
	var at time.Time
	err := l.scan(ctx, selectFlight, []any{id16(r.Flow)}, moment{&at})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil {
		if now.Before(at.Add(authn.PendingFor)) {
			return authn.ErrBusy
		}
		if _, err := l.exec(ctx, clearFlight, id16(r.Flow)); err != nil {
			return err
		}
	}
	_, err = l.exec(ctx, insertFlight, id16(r.Flow), id16(r.ID), micro(now))
	if is(err, Unique) {
		return authn.ErrBusy
	}
	return err
}

// Commit implements [authn.Ledger].
func (g ledger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	const verb = "commit"
	if !portargs.Settlement(r, v, levers, now) {
		return nil, g.b.malformed(verb, "reservation, verdict, levers or time")
	}
	now = now.UTC().Truncate(time.Microsecond)
	var locks []authn.Lock
	err := g.b.write(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		locks, err = settle(ctx, l, r, v, levers, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return locks, nil
}

func settle(ctx context.Context, l *lane, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	if _, err := l.exec(ctx, landFlight, id16(r.Flow), id16(r.ID)); err != nil {
		return nil, err
	}
	all, err := hold(ctx, l, r.Keys)
	if err != nil {
		return nil, err
	}
	var locks []authn.Lock
	for i := range all {
		h := &all[i]
		if !h.known {
			continue
		}
		h.Lapse(now)
		if !h.Take(r.ID) {
			continue
		}
		switch v {
		case authn.Failed:
			if n := h.Fail(levers[i].Policy, now); n > 0 {
				locks = append(locks, authn.Lock{Lever: i, Until: h.Until(), Failures: n})
			}
		case authn.Cleared, authn.Passed:
			if levers[i].Policy.Streak || v == authn.Cleared && i == len(all)-1 {
				h.Clear()
			}
		}
	}
	return locks, keepAll(ctx, l, all, known)
}

// Release implements [authn.Ledger].
func (g ledger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	const verb = "release"
	if r.ID == [16]byte{} || now.IsZero() {
		return g.b.malformed(verb, "reservation or time")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return g.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		if _, err := l.exec(ctx, landFlight, id16(r.Flow), id16(r.ID)); err != nil {
			return err
		}
		all, err := hold(ctx, l, r.Keys)
		if err != nil {
			return err
		}
		for i := range all {
			all[i].Lapse(now)
			all[i].Take(r.ID)
		}
		return keepAll(ctx, l, all, known)
	})
}

// Clear implements [authn.Ledger].
func (g ledger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	const verb = "clear"
	if k == (authn.Key{}) || now.IsZero() {
		return g.b.malformed(verb, "key or time")
	}
	now = now.UTC().Truncate(time.Microsecond)
	return g.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		all, err := hold(ctx, l, []authn.Key{k})
		if err != nil || !all[0].known {
			return err
		}
		all[0].Lapse(now)
		all[0].Clear()
		return all[0].keep(ctx, l)
	})
}
