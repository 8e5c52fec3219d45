package valkey

import (
	"context"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// sessions is the session port.
type sessions struct{ b *base }

// Info implements [backend.Session].
func (s sessions) Info() backend.Info { return s.b.info(&s.b.sessionPlace) }

// Check implements [session.Store].
func (s sessions) Check(ctx context.Context) error { return s.b.Check(ctx) }

// patience bounds a verb that writes. Once begun it does not end with its caller:
// between two of its steps there is nobody who would finish it.
const patience = 5 * time.Second

func (s sessions) begin(ctx context.Context, verb string) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, s.b.lost(ctx, verb)
	}
	ctx, cancel := clock.WithTimeout(context.WithoutCancel(ctx), s.b.clock, patience)
	return ctx, cancel, nil
}

// Load implements [session.Store]: the shard of the ref and the global epoch, then
// the record with the epoch of its user, which one script changes together, and
// that of its tenant; all at the same time where the process has loaded it before.
// Epochs never fall, so what is read a moment apart can only be more that is revoked.
func (s sessions) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	const verb = "load"
	if ref.IsZero() || now.IsZero() {
		return session.Record{}, session.Current{}, s.b.malformed(verb, "ref or time")
	}
	if r, e, ok := s.LoadNearby(ctx, ref, now); ok {
		return r, e, nil
	}
	if s.b.near != nil {
		r, e, sure, err := s.nearby(ctx, verb, ref, now)
		switch {
		case err != nil || !sure: // the server knows, and tries again where that may help
		case r.Ref.IsZero():
			return session.Record{}, session.Current{}, s.b.failed(verb, store.ErrNotFound)
		default:
			return r.Record, e, nil
		}
	}
	for range tries {
		r, e, err := s.load(ctx, verb, ref)
		switch {
		case err != nil:
			return session.Record{}, session.Current{}, err
		case r.Ref.IsZero() || r.dead(now):
			return session.Record{}, session.Current{}, s.b.failed(verb, store.ErrNotFound)
		case r.flags&flagMoving == 0:
			return r.Record, e, nil
		}
		moved, err := s.settle(ctx, verb, ref, homeOf(ref, r.Subject), now, never)
		if err != nil {
			return session.Record{}, session.Current{}, err
		}
		if !moved {
			return r.Record, e, nil
		}
	}
	return session.Record{}, session.Current{}, s.b.failed(verb, store.ErrUnavailable)
}

// tries bounds how often a verb looks again at a record that others move meanwhile.
const tries = 4

// load reads a record and its epochs; the zero row if there is none.
func (s sessions) load(ctx context.Context, verb string, ref session.Ref) (row, session.Current, error) {
	var e session.Current
	if k := s.known(ref); k != nil {
		if r, e, sure, err := s.loadKnown(ctx, verb, k); sure || err != nil {
			return r, e, err
		}
	}
	first, err := s.b.doMulti(ctx, verb, s.lookup(ref), s.get(s.globalEpoch()))
	if err != nil {
		return row{}, e, err
	}
	m, err := s.b.message(ctx, verb, first[0])
	if err != nil {
		return row{}, e, err
	}
	at, raw, found, err := s.located(verb, ref, m)
	if err != nil || !found {
		return row{}, e, err
	}
	if e.Global, err = s.epoch(ctx, verb, first[1]); err != nil {
		return row{}, e, err
	}
	if !at.subject.IsZero() {
		if raw, found, err = s.own(ctx, verb, ref, at, &e.Epochs); err != nil || !found {
			return row{}, e, err
		}
	}
	r, err := s.decoded(verb, ref, at, raw)
	if err != nil {
		return row{}, e, err
	}
	if !at.subject.IsZero() {
		s.know(ref, at)
	}
	if !r.Actor.IsZero() {
		e.Actor, err = s.epochs(ctx, verb, r.Actor)
	}
	return r, e, err
}

// decoded is the record of a ref that was found at a home.
func (s sessions) decoded(verb string, ref session.Ref, at home, raw string) (row, error) {
	r, err := decodeRecord(ref, raw)
	if err != nil || r.Subject != at.subject {
		return row{}, s.b.corrupt(verb, "record")
	}
	return r, nil
}

// own reads the record of a subject, and two epochs.
func (s sessions) own(ctx context.Context, verb string, ref session.Ref, at home, e *identity.Epochs) (raw string, found bool, err error) {
	got, err := s.b.doMulti(ctx, verb, s.pair(ref, at), s.get(s.tenantEpoch(at.subject.Tenant)))
	if err != nil {
		return "", false, err
	}
	return s.ownFrom(ctx, verb, got[0], got[1], e)
}

// pair reads the record of a subject and their epoch, which one script changes together.
func (s sessions) pair(ref session.Ref, at home) driver.Completed {
	return s.b.c.B().Mget().Key(s.shard(at.shard, "r:", refText(ref)), s.userEpoch(at.subject)).Build()
}

func (s sessions) ownFrom(ctx context.Context, verb string, pair, tenant driver.ValkeyResult, e *identity.Epochs) (raw string, found bool, err error) {
	m, err := s.b.message(ctx, verb, pair)
	if err != nil {
		return "", false, err
	}
	two, err := m.ToArray()
	if err != nil || len(two) != 2 {
		return "", false, s.b.corrupt(verb, "pair")
	}
	if two[0].IsNil() {
		return "", false, nil
	}
	if e.User, err = s.counted(verb, two[1]); err != nil {
		return "", false, err
	}
	if e.Tenant, err = s.epoch(ctx, verb, tenant); err != nil {
		return "", false, err
	}
	raw, err = two[0].ToString()
	if err != nil {
		return "", false, s.b.corrupt(verb, "record")
	}
	return raw, true, nil
}

// Epochs implements [session.Store].
func (s sessions) Epochs(ctx context.Context, sub identity.Subject) (identity.Epochs, error) {
	const verb = "epochs"
	if !portargs.WholeSubject(sub) {
		return identity.Epochs{}, s.b.malformed(verb, "subject")
	}
	return s.epochs(ctx, verb, sub)
}

func (s sessions) epochs(ctx context.Context, verb string, sub identity.Subject) (identity.Epochs, error) {
	got, err := s.b.doMulti(ctx, verb, s.epochReads(sub)...)
	if err != nil {
		return identity.Epochs{}, err
	}
	return s.epochsFrom(ctx, verb, got)
}

// epochReads reads what epochsFrom takes.
func (s sessions) epochReads(sub identity.Subject) []driver.Completed {
	reads := []driver.Completed{s.get(s.globalEpoch())}
	if !sub.IsZero() {
		reads = append(reads, s.get(s.tenantEpoch(sub.Tenant)), s.get(s.userEpoch(sub)))
	}
	return reads
}

func (s sessions) epochsFrom(ctx context.Context, verb string, got []driver.ValkeyResult) (identity.Epochs, error) {
	var e identity.Epochs
	var err error
	for i, at := range []*uint64{&e.Global, &e.Tenant, &e.User}[:len(got)] {
		if *at, err = s.epoch(ctx, verb, got[i]); err != nil {
			return identity.Epochs{}, err
		}
	}
	return e, nil
}

// Update implements [session.Store].
func (s sessions) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	const verb = "update"
	if rec.Ref.IsZero() || prevRev == 0 || rec.Rev != prevRev+1 || now.IsZero() || rec.IdleUntil.IsZero() {
		return s.b.malformed(verb, "ref, rev or time")
	}
	if len(rec.Sealed) > session.MaxSealed {
		return s.b.failed(verb, store.ErrTooLarge)
	}
	head := appendTime(appendTime(appendTime(appendNumber(nil, rec.Rev), rec.IdleUntil), now), rec.AuthAt)
	return s.change(ctx, verb, &rec, now, micros(now), refText(rec.Ref), strconv.FormatUint(prevRev, 10),
		string(head), micros(rec.AuthAt), string(rec.Kid[:]), string(rec.Sealed), "")
}

// change runs the script of Update and Reseal where the record is. The subject that
// the caller names is a guess: it is right whenever nothing is wrong.
func (s sessions) change(ctx context.Context, verb string, rec *session.Record, now time.Time, args ...string) error {
	ctx, cancel, err := s.begin(ctx, verb)
	if err != nil {
		return err
	}
	defer cancel()
	at, sure := homeOf(rec.Ref, rec.Subject), false
	for range tries {
		r, err := s.ask(ctx, verb, "session_update", at.shard, args...)
		if err != nil {
			return err
		}
		switch r.verdict {
		case done:
			return nil
		case over:
			return s.b.failed(verb, store.ErrNotFound)
		case absent:
			if sure {
				return s.b.failed(verb, store.ErrNotFound)
			}
			if at, _, _, err = s.find(ctx, verb, rec.Ref); err != nil {
				return err
			}
			sure = true
		case moving:
			if _, err = s.settle(ctx, verb, rec.Ref, at, now, late); err != nil {
				return err
			}
		default:
			return s.b.failed(verb, store.ErrConflict)
		}
	}
	return s.b.failed(verb, store.ErrConflict)
}

// Touch implements [session.Store].
func (s sessions) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	const verb = "touch"
	if ref.IsZero() || idleUntil.IsZero() || now.IsZero() {
		return s.b.malformed(verb, "ref or time")
	}
	at, _, found, err := s.find(ctx, verb, ref)
	if err != nil || !found {
		return err
	}
	_, err = s.b.run(ctx, verb, "session_touch", s.index(at.shard), micros(now), refText(ref), micros(idleUntil))
	return err
}

// Raise implements [session.Store].
func (s sessions) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	const verb = "raise"
	if scope.Validate() != nil {
		return s.b.malformed(verb, "scope")
	}
	if err := portargs.Rows(also); err != nil {
		return s.b.failed(verb, err)
	}
	ctx, cancel, err := s.begin(ctx, verb)
	if err != nil {
		return err
	}
	defer cancel()
	key := s.globalEpoch()
	switch scope.Kind() {
	case identity.ScopeUser:
		key = s.userEpoch(scope.Subject())
	case identity.ScopeTenant:
		key = s.tenantEpoch(scope.Subject().Tenant)
	case identity.ScopeGlobal:
	}
	if _, err := s.b.runDurable(ctx, verb, "session_raise", []string{key}, s.b.prefix, scopeMessage(scope)); err != nil {
		return err
	}
	return s.follow(ctx, verb, also)
}

// follow appends the rows of a verb that has taken effect.
func (s sessions) follow(ctx context.Context, verb string, also []store.Row) error {
	if len(also) == 0 {
		return nil
	}
	if err := (queue{s.b}).Append(ctx, also...); err != nil {
		return s.b.failed(verb, err)
	}
	return nil
}
