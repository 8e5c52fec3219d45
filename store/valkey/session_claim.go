package valkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Create implements [session.Store]. First the shard of the ref says where the record
// is going to be, then one script in its home judges the claim and makes it; until
// then nobody can load it.
func (s sessions) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	const verb = "create"
	if err := portargs.NewRecord(&rec, &c, also); err != nil {
		return nil, s.b.failed(verb, err)
	}
	ctx, cancel, err := s.begin(ctx, verb)
	if err != nil {
		return nil, err
	}
	defer cancel()
	st := &step{s: s, verb: verb, next: row{Record: rec, seen: c.Now, actor: c.ActorExpect}, claim: &c}
	evicted, err := st.create(ctx)
	if err != nil {
		return nil, err
	}
	return evicted, s.follow(ctx, verb, also)
}

// Rotate implements [session.Store].
func (s sessions) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	const verb = "rotate"
	if old.IsZero() || prevRev == 0 || grace < 0 {
		return nil, s.b.malformed(verb, "ref, rev or grace")
	}
	if err := portargs.NewRecord(&next, &c, also); err != nil {
		return nil, s.b.failed(verb, err)
	}
	ctx, cancel, err := s.begin(ctx, verb)
	if err != nil {
		return nil, err
	}
	defer cancel()
	st := &step{s: s, verb: verb, next: row{Record: next, seen: c.Now, actor: c.ActorExpect}, claim: &c, old: old, rev: prevRev}
	if grace > 0 {
		st.next.Prev, st.till = old, c.Now.Add(grace)
	}
	evicted, err := st.rotate(ctx)
	if err != nil {
		return nil, err
	}
	return evicted, s.follow(ctx, verb, also)
}

// step is one Create or Rotate.
type step struct {
	s     sessions
	verb  string
	next  row
	claim *session.Claim

	old  session.Ref // zero for Create
	rev  uint64
	till time.Time // the end of the grace; zero for none

	reserved bool // the shard of the new ref says where it is going to be
	frozen   *home
	left     int64 // milliseconds that the frozen record lives at most
	stale    bool  // an epoch of another home is not what was expected
}

func (st *step) failed(err error) error { return st.s.b.failed(st.verb, err) }

func (st *step) create(ctx context.Context) ([]session.Ref, error) {
	if err := st.prepare(ctx, nil); err != nil {
		return nil, err
	}
	if st.stale {
		return nil, st.refuse(ctx, session.ErrEpoch)
	}
	return st.register(ctx)
}

func (st *step) rotate(ctx context.Context) ([]session.Ref, error) {
	at, err := st.freeze(ctx)
	if err != nil {
		return nil, err
	}
	if st.frozen == nil && at == homeOf(st.next.Ref, st.claim.Subject) && !at.subject.IsZero() {
		return st.register(ctx)
	}
	if st.frozen == nil {
		if err := st.freezeAt(ctx, at); err != nil {
			return nil, err
		}
	}
	if st.stale {
		return nil, st.refuse(ctx, session.ErrEpoch)
	}
	return st.register(ctx)
}

// prepare sends what comes before the home of the new record is asked: the place of
// the new ref, the epochs that are elsewhere and, with first, one more script.
func (st *step) prepare(ctx context.Context, first *call) error {
	s, c := st.s, st.claim
	var calls []call
	if first != nil {
		calls = append(calls, *first)
	}
	sub := !c.Subject.IsZero()
	if sub {
		text := refText(st.next.Ref)
		n := shardOfRef(st.next.Ref)
		calls = append(calls,
			call{script: "session_reserve", keys: s.index(n), args: []string{text, string(appendSubject(nil, c.Subject)), untilGone(st.next.AbsUntil, c.Now)}},
			call{cmd: s.get(s.globalEpoch())}, call{cmd: s.get(s.tenantEpoch(c.Subject.Tenant))})
	}
	if !c.Actor.IsZero() {
		calls = append(calls, call{cmd: s.get(s.tenantEpoch(c.Actor.Tenant))}, call{cmd: s.get(s.userEpoch(c.Actor))})
	}
	if len(calls) == 0 {
		return nil
	}
	got, err := s.b.runAll(ctx, st.verb, calls)
	if err != nil {
		return err
	}
	var failure error
	if first != nil {
		failure = first.take(got[0])
		got = got[1:]
	}
	if !sub {
		return failure
	}
	n, err := got[0].AsInt64()
	if err != nil {
		return errors.Join(failure, s.b.answer(ctx, st.verb, err))
	}
	st.reserved = n == 1
	want := []uint64{c.Expect.Global, c.Expect.Tenant}
	if !c.Actor.IsZero() {
		want = append(want, c.ActorExpect.Tenant, c.ActorExpect.User)
		st.stale = c.ActorExpect.Global != c.Expect.Global
	}
	for i, m := range got[1:] {
		at, err := s.counted(st.verb, m)
		if err != nil {
			return errors.Join(failure, err)
		}
		st.stale = st.stale || at != want[i]
	}
	switch {
	case failure != nil:
		return st.refuse(ctx, failure)
	case !st.reserved:
		return st.refuse(ctx, store.ErrExists)
	}
	return nil
}

// untilGone is how long a key is kept, in milliseconds.
func untilGone(end, now time.Time) string {
	return strconv.FormatInt(max(0, end.Sub(now).Milliseconds())+lag.Milliseconds(), 10)
}

// freeze prepares, and in the same round trip looks for the old record in the shard
// of its ref: one of nobody is frozen at once, of another the home is returned.
func (st *step) freeze(ctx context.Context) (home, error) {
	var at home
	var seen reply
	first := &call{
		script: "session_claim", keys: st.s.index(shardOfRef(st.old)), args: st.claimArgs("0"),
		take: func(m driver.ValkeyMessage) (err error) {
			if seen, err = st.s.reply(st.verb, m); err != nil {
				return err
			}
			switch seen.verdict {
			case elsewhere:
				text, _ := seen.rest[0].ToString()
				at, err = st.s.pointed(st.verb, st.old, text)
				return err
			case moving:
				return nil
			default:
			}
			return st.froze(seen, homeOf(st.old, identity.Subject{}))
		},
	}
	if err := st.prepare(ctx, first); err != nil {
		return home{}, err
	}
	if seen.verdict == moving {
		at = homeOf(st.old, identity.Subject{})
		return at, st.unlock(ctx, at)
	}
	return at, nil
}

func (st *step) claimArgs(known string) []string {
	c := claim{next: st.next.Ref, subject: st.claim.Subject, till: st.till}
	return []string{micros(st.claim.Now), refText(st.old), strconv.FormatUint(st.rev, 10), c.encode(), known}
}

// froze reads what the script of a claim answered.
func (st *step) froze(r reply, at home) error {
	switch r.verdict {
	case done:
		st.frozen = &at
		left, err := r.rest[0].AsInt64()
		if err != nil {
			return st.s.b.corrupt(st.verb, "answer")
		}
		st.left = left
		if !st.till.IsZero() {
			st.next.flags |= flagPrevAway
		}
		return nil
	case absent, over:
		return store.ErrNotFound
	default:
		return store.ErrConflict
	}
}

// freezeAt freezes the old record in a home that is known.
func (st *step) freezeAt(ctx context.Context, at home) error {
	r, err := st.s.ask(ctx, st.verb, "session_claim", at.shard, st.claimArgs("1")...)
	if err != nil {
		return err
	}
	if r.verdict == moving {
		return st.unlock(ctx, at)
	}
	if err := st.froze(r, at); err != nil {
		return st.refuse(ctx, err)
	}
	return nil
}

// unlock settles what another has left of a move, and freezes what is then free.
func (st *step) unlock(ctx context.Context, at home) error {
	if _, err := st.s.settle(ctx, st.verb, st.old, at, st.claim.Now, late); err != nil {
		return err
	}
	r, err := st.s.ask(ctx, st.verb, "session_claim", at.shard, st.claimArgs("1")...)
	if err != nil {
		return err
	}
	if err := st.froze(r, at); err != nil {
		return st.refuse(ctx, err)
	}
	return nil
}

// register makes the record in its home and, if the old one came from elsewhere,
// retires that.
func (st *step) register(ctx context.Context) ([]session.Ref, error) {
	for range tries {
		r, err := st.make(ctx)
		if err != nil {
			return nil, err // it may have taken effect: whoever reads it back will know
		}
		switch r.verdict {
		case done:
			return st.made(ctx, r)
		case moving:
			if _, err := st.s.settle(ctx, st.verb, st.old, homeOf(st.old, st.claim.Subject), st.claim.Now, late); err != nil {
				return nil, err
			}
		case absent, over:
			return nil, st.refuse(ctx, store.ErrNotFound)
		case taken:
			return nil, st.refuse(ctx, store.ErrExists)
		case raised:
			return nil, st.refuse(ctx, session.ErrEpoch)
		case full:
			return nil, st.refuse(ctx, session.ErrSessionLimit)
		default:
			return nil, st.refuse(ctx, store.ErrConflict)
		}
	}
	return nil, st.refuse(ctx, store.ErrConflict)
}

func (st *step) make(ctx context.Context) (reply, error) {
	n, c := &st.next, st.claim
	sub, auth, old, till, decision := "", "0", "", "", ""
	if !c.Subject.IsZero() {
		sub, auth = subjectText(c.Subject), micros(n.AuthAt)
	}
	if st.frozen != nil {
		decision = strconv.FormatInt(max(st.left, 0)+2*lag.Milliseconds()+2*lag.Milliseconds(), 10)
	} else if !st.old.IsZero() {
		old = refText(st.old)
		if !st.till.IsZero() {
			till = micros(st.till)
		}
	}
	args := []string{
		micros(c.Now), refText(n.Ref), n.encode(), micros(n.ends()), micros(n.AbsUntil), kidText(n.Kid), sub, auth,
		number(c.Expect.User), flag(c.Raise), strconv.Itoa(c.Limit.Max), flag(c.Limit.RefuseNew), flag(!c.Actor.IsZero()),
		number(c.Expect.Global), number(c.Expect.Tenant), flag(st.stale), old, number(st.rev), till, decision,
	}
	at := homeOf(n.Ref, c.Subject)
	keys := st.s.index(at.shard)
	if st.ends() {
		m, err := st.s.b.runDurable(ctx, st.verb, "session_register", keys, args...)
		if err != nil {
			return reply{}, err
		}
		return st.s.reply(st.verb, m)
	}
	return st.s.ask(ctx, st.verb, "session_register", at.shard, args...)
}

// ends says that the step ends something that somebody may hold: it is acknowledged
// when a replica has it too. A sign-in over a record of nobody may be lost.
func (st *step) ends() bool {
	return st.claim.Raise || !st.old.IsZero() && st.frozen == nil && st.till.IsZero()
}

// made finishes what the script has begun in other homes. What fails here is found
// again by whoever meets the old record, or ends by itself: the step has happened.
func (st *step) made(ctx context.Context, r reply) ([]session.Ref, error) {
	evicted, err := st.s.refs(st.verb, r, 0)
	if err != nil {
		return nil, err
	}
	if st.frozen != nil {
		c := claim{next: st.next.Ref, subject: st.claim.Subject, till: st.till}
		if err := st.s.finish(ctx, st.verb, st.old, *st.frozen, &c, st.claim.Now, true); err != nil && !errors.Is(err, store.ErrUnavailable) {
			return nil, err
		}
	}
	if err := st.s.tidy(ctx, st.verb, r, 1); err != nil && !errors.Is(err, store.ErrUnavailable) {
		return nil, err
	}
	return evicted, nil
}

// refuse takes back what was prepared. What cannot be taken back binds nothing: the
// place of a ref that nobody knows, and a frozen record that the next one frees.
func (st *step) refuse(ctx context.Context, cause error) error {
	s := st.s
	if st.frozen != nil {
		c := claim{next: st.next.Ref, subject: st.claim.Subject}
		if err := s.finish(ctx, st.verb, st.old, *st.frozen, &c, st.claim.Now, false); err != nil {
			return err
		}
	}
	if st.reserved {
		if _, err := s.b.do(ctx, st.verb, s.forget(st.next.Ref)); err != nil {
			return err
		}
	}
	if errors.Is(cause, store.ErrUnavailable) || errors.Is(cause, store.ErrCorrupt) {
		return cause
	}
	return st.failed(cause)
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
