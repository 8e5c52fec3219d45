package valkey

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// ledger is the attempt ledger. Levers that are asked together must be charged
// together, so all of them are in one slot. A key ends when nothing of its lever
// counts any more.
type ledger struct{ b *base }

// Info implements [backend.Throttle].
func (g ledger) Info() backend.Info { return g.b.info(&g.b.attemptPlace) }

// KV implements [backend.Throttle].
func (g ledger) KV() store.KV { return values(g) }

// What the server answers to a reservation.
const (
	reserved = iota
	busy
	throttled
)

func (g ledger) keys(levers []authn.Key, flow [16]byte) []string {
	keys := make([]string, 0, len(levers)+1)
	for _, k := range levers {
		keys = append(keys, g.key("lever", k[:]))
	}
	if flow != [16]byte{} {
		keys = append(keys, g.key("flow", flow[:]))
	}
	return keys
}

func (g ledger) key(kind string, id []byte) string {
	return g.b.key("{"+g.b.prefix+":attempts}", kind, hex.EncodeToString(id))
}

func flagged(flow [16]byte) string {
	if flow == [16]byte{} {
		return "0"
	}
	return "1"
}

func micros(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

// rules are policies as arguments, in whole microseconds. All times are whole, so
// nothing that a policy compares is changed by it.
func rules(args []string, levers []authn.Lever) []string {
	down := func(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }
	for i := range levers {
		p := &levers[i].Policy
		args = append(args, strconv.Itoa(p.Threshold), strconv.Itoa(p.Factor), down(p.Window), down(p.Lock), down(p.Cap),
			down(p.Decay+time.Microsecond-1))
	}
	return args
}

// streaks has a 1 for each lever whose failures any success forgets.
func streaks(levers []authn.Lever) string {
	out := make([]byte, len(levers))
	for i := range levers {
		out[i] = '0'
		if levers[i].Policy.Streak {
			out[i] = '1'
		}
	}
	return string(out)
}

// Reserve implements [authn.Ledger]. All levers are asked before any is charged. A
// reservation whose answer was lost becomes a failure by itself.
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
	args := rules([]string{micros(now), hex.EncodeToString(r.ID[:]), flagged(a.Flow)}, a.Levers)
	m, err := g.b.run(ctx, verb, "attempt_reserve", g.keys(r.Keys, a.Flow), args...)
	if err != nil {
		return authn.Reservation{}, err
	}
	said, err := m.AsIntSlice()
	if err != nil || len(said) == 0 {
		return authn.Reservation{}, g.b.corrupt(verb, "answer")
	}
	switch {
	case said[0] == reserved && len(said) == 2:
		r.Locked = said[1] == 1
		return r, nil
	case said[0] == busy:
		return authn.Reservation{}, g.b.failed(verb, authn.ErrBusy)
	case said[0] == throttled && len(said) == 4:
		return authn.Reservation{}, g.b.failed(verb, &authn.ThrottledError{
			Until: time.UnixMicro(said[1]).UTC(), Lever: int(said[2]), First: said[3] == 1,
		})
	}
	return authn.Reservation{}, g.b.corrupt(verb, "answer")
}

// Commit implements [authn.Ledger]. A failure is acknowledged by a replica too
// (SES-210): an outage is no fresh allowance.
func (g ledger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	const verb = "commit"
	if !portargs.Settlement(r, v, levers, now) {
		return nil, g.b.malformed(verb, "reservation, verdict, levers or time")
	}
	said, err := g.settle(ctx, verb, r, v, levers, now)
	if err != nil {
		return nil, err
	}
	var locks []authn.Lock
	for ; len(said) >= 3; said = said[3:] {
		locks = append(locks, authn.Lock{Lever: int(said[0]), Until: time.UnixMicro(said[1]).UTC(), Failures: int(said[2])})
	}
	return locks, nil
}

// Release implements [authn.Ledger].
func (g ledger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	const verb = "release"
	if r.ID == [16]byte{} || now.IsZero() {
		return g.b.malformed(verb, "reservation or time")
	}
	_, err := g.settle(ctx, verb, r, 0, nil, now)
	return err
}

func (g ledger) settle(ctx context.Context, verb string, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]int64, error) {
	keys := g.keys(r.Keys, r.Flow)
	if len(keys) == 0 {
		return nil, nil // nothing was reserved
	}
	now = now.UTC().Truncate(time.Microsecond)
	args := rules([]string{micros(now), hex.EncodeToString(r.ID[:]), flagged(r.Flow), strconv.Itoa(int(v)), streaks(levers)}, levers)
	run := g.b.run
	if v == authn.Failed {
		run = g.b.runDurable
	}
	m, err := run(ctx, verb, "attempt_settle", keys, args...)
	if err != nil {
		return nil, err
	}
	said, err := m.AsIntSlice()
	if err != nil || len(said)%3 != 0 {
		return nil, g.b.corrupt(verb, "answer")
	}
	return said, nil
}

// Clear implements [authn.Ledger].
func (g ledger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	const verb = "clear"
	if k == (authn.Key{}) || now.IsZero() {
		return g.b.malformed(verb, "key or time")
	}
	_, err := g.b.run(ctx, verb, "attempt_clear", g.keys([]authn.Key{k}, [16]byte{}), micros(now.UTC().Truncate(time.Microsecond)))
	return err
}
