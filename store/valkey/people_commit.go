package valkey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// A change set that others overtake is judged anew: each time one of those who met
// has won, so that many are served in turn. The waits are short because a round
// trip is; they double up to the longest and are drawn anew each time (STO-060).
const (
	maxTries = 64
	minWait  = 200 * time.Microsecond
	maxWait  = 20 * time.Millisecond
)

// Apply implements [identity.Admin].
func (p people) Apply(ctx context.Context, changes ...identity.Change) error {
	return apply(ctx, p.base, "apply", durable, changes)
}

// Record implements [identity.AuthnLog].
func (p people) Record(ctx context.Context, changes ...identity.LogChange) error {
	how := quick
	if slices.ContainsFunc(changes, spends) {
		how = durable
	}
	return apply(ctx, p.base, "record", how, changes)
}

// spends reports a change that guards something, as the step of a one-time password.
// That somebody signed in may be forgotten, as their session may.
func spends(c identity.LogChange) bool {
	switch c.(type) {
	case identity.RecordLogin, identity.Append:
		return false
	case identity.AdvanceCredential, identity.CountTry:
	}
	return true
}

func apply[C identity.Change](ctx context.Context, b *base, verb string, how keeping, changes []C) error {
	for i, c := range changes {
		err := portargs.Change(c)
		if _, raise := identity.Change(c).(identity.RaiseEpoch); raise && err == nil {
			err = fmt.Errorf("epochs are in another place: %w", store.ErrBadArgument)
		}
		if err != nil {
			return b.failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	return b.commit(ctx, verb, how, func(s *sight, set *changeset.Set) error {
		var refused error
		for i, c := range changes {
			if err := set.Change(c); err != nil && refused == nil {
				refused = b.failed(verb, &identity.ChangeError{Index: i, Err: err})
			}
			if refused != nil && len(s.asked) == 0 {
				break
			}
			// What is refused for lack of sight is judged again; the others say
			// meanwhile what they need to see.
		}
		return refused
	})
}

// keeping is what a fail-over may do to a commit.
type keeping uint8

const (
	quick   keeping = iota // it may be forgotten
	durable                // it is acknowledged when a replica has it (SES-210)
)

// commit judges a change set on what it sees, and makes it in one step if that still
// holds. An answer of judge counts if everything it rests on was there at one moment.
// The effect of an error other than a condition is unknown: nothing is sent twice.
//
// What is durable is so also when it is refused: who repeats a change that no replica
// had acknowledged is refused by the change itself, and takes it for made.
func (b *base) commit(ctx context.Context, verb string, how keeping, judge func(*sight, *changeset.Set) error) error {
	s := b.sight()
	s.how = how
	wait := minWait
	for range maxTries {
		set, refused, err := s.judged(ctx, verb, judge)
		if err != nil {
			return err
		}
		var w writes
		if refused == nil {
			w.from(s, set)
		}
		switch {
		case len(w.list) > 0:
		case s.looks == 1: // seen in one step
			return s.unchanged(ctx, verb, refused)
		case s.looks == 0: // nothing to ask
			if err := b.unasked(ctx, verb); err != nil {
				return err
			}
			return refused
		}
		held, err := s.write(ctx, verb, &w)
		if err != nil {
			return err
		}
		switch {
		case held && len(w.list) == 0:
			return s.unchanged(ctx, verb, refused)
		case held:
			return nil
		}
		if err := b.clock.Sleep(ctx, wait+time.Duration(entropy.Int64n(b.entropy, int64(wait)))); err != nil {
			return b.lost(ctx, verb)
		}
		wait = min(2*wait, maxWait)
		s.again()
	}
	return fmt.Errorf("valkey: %s: %w: overtaken %d times", verb, store.ErrUnavailable, maxTries)
}

// unchanged is the answer of a commit that has nothing to write.
func (s *sight) unchanged(ctx context.Context, verb string, refused error) error {
	if s.how == durable {
		if err := s.b.fence(ctx, verb, s.b.fenceKey()); err != nil {
			return err
		}
	}
	return refused
}

// unasked is the answer of a verb that has nothing to ask the server for.
func (b *base) unasked(ctx context.Context, verb string) error {
	if err := b.enter(ctx, verb); err != nil {
		return err
	}
	b.leave()
	return nil
}

// judged looks at what judge asks for until it asks for nothing more.
func (s *sight) judged(ctx context.Context, verb string, judge func(*sight, *changeset.Set) error) (*changeset.Set, error, error) {
	for {
		if len(s.asked) > 0 {
			if err := s.look(ctx, verb); err != nil {
				return nil, nil, err
			}
		}
		s.bad = ""
		set := changeset.New(s.tables())
		refused := judge(s, set)
		if refused != nil {
			// Which change is the first to fail may depend on a row taken for new.
			for i := range set.Rows {
				s.ask(s.b.rowKey(set.Rows[i].ID))
			}
		}
		if len(s.asked) == 0 {
			return set, refused, s.sound(verb)
		}
	}
}

// writes are the writes of a commit.
type writes struct {
	list  []written
	guess []string // keys that are taken for absent without a look
}

// written is one write: a verb of the script, its key and its arguments.
type written struct {
	key  string
	args []string // the verb first
}

func (w *writes) add(key, verb string, args ...string) {
	w.list = append(w.list, written{key, append([]string{verb}, args...)})
}

// put sets a row or removes it.
func (w *writes) put(key string, gone bool, row func() []byte) {
	if gone {
		w.add(key, "del")
	} else {
		w.add(key, "set", string(row()))
	}
}

// from lists what a change set has staged, in an order of its own.
func (w *writes) from(s *sight, set *changeset.Set) {
	b := s.b
	set.Tenants.Each(func(k identity.TenantID, v *changeset.Tenant, gone bool) {
		w.put(b.tenantKey(k), gone, func() []byte { return encodeTenant(v) })
	})
	set.Slugs.Each(func(k string, v identity.TenantID, gone bool) {
		w.put(b.slugKey(k), gone, func() []byte { return encodeID(v.Bytes()) })
	})
	set.Names.Each(func(k changeset.Name, v identity.UserID, gone bool) {
		w.put(b.nameKey(k), gone, func() []byte { return encodeID(v.Bytes()) })
	})
	set.Slugs.Each(func(k string, _ identity.TenantID, gone bool) {
		if gone {
			w.add(b.slugsKey(), "zrem", k)
		} else {
			w.add(b.slugsKey(), "zadd", "0", k)
		}
	})
	set.Handles.Each(func(k changeset.Handle, v identity.UserID, gone bool) {
		w.put(b.handleKey(k), gone, func() []byte { return encodeID(v.Bytes()) })
	})
	set.Links.Each(func(k changeset.LinkKey, v identity.UserID, gone bool) {
		w.put(b.linkKey(k), gone, func() []byte { return encodeID(v.Bytes()) })
	})
	for _, m := range set.Moved {
		if m.By != 0 {
			w.add(b.membersKey(m.Tenant), "incr", strconv.Itoa(m.By))
		}
	}
	set.Holders.Each(func(k changeset.Holding, n int, gone bool) {
		w.put(b.holdersKey(k), gone, func() []byte { return encodeCount(n) })
	})
	set.TokensOf.Each(func(k identity.Subject, ids [][16]byte, gone bool) {
		w.put(b.tokensKey(k), gone, func() []byte { return encodeIDs(ids) })
	})
	set.Tokens.Each(func(k [16]byte, t identity.Token, gone bool) {
		w.put(b.tokenKey(k), gone, func() []byte { return encodeToken(&t) })
		if gone {
			w.add(b.expiryKey(), "zrem", string(k[:]))
		} else {
			w.add(b.expiryKey(), "zadd", score(t.ExpiresAt), string(k[:]))
		}
	})
	kids := map[seal.KeyID]int{}
	users := s.users()
	set.Users.Each(func(k identity.Subject, v *changeset.User, gone bool) {
		old, known := users.Get(k)
		if known {
			countKids(kids, old, -1)
		} else {
			old = nil
		}
		if !gone {
			countKids(kids, v, 1)
		}
		w.put(b.userKey(k), gone, func() []byte { return encodeUser(v) })
		w.listed(b, k, old, v, gone)
		was := known && old.User.State == identity.Candidate
		is := !gone && v.User.State == identity.Candidate
		switch {
		case is && !was:
			w.add(b.candidatesKey(), "zadd", score(v.User.CreatedAt), candidate(k))
		case was && !is:
			w.add(b.candidatesKey(), "zrem", candidate(k))
		}
	})
	for kid, n := range kids {
		if n != 0 {
			w.add(b.credentialKidsKey(), "add", string(kid[:]), strconv.Itoa(n))
		}
	}
	for i := range set.Rows {
		w.row(b, &set.Rows[i])
	}
	slices.SortFunc(w.list, func(x, y written) int {
		return cmp.Or(cmp.Compare(x.key, y.key), slices.Compare(x.args, y.args))
	})
}

// listed keeps the indexes of users: by creation, and by what ends first. old is nil
// for somebody new.
func (w *writes) listed(b *base, k identity.Subject, old, v *changeset.User, gone bool) {
	member := k.User.Bytes()
	var before, after time.Time
	if old != nil {
		before = firstEnd(old)
	}
	switch {
	case gone && old != nil:
		w.add(b.usersKey(k.Tenant), "zrem", string(member[:]))
	case !gone && old == nil:
		w.add(b.usersKey(k.Tenant), "zadd", score(v.User.CreatedAt), string(member[:]))
	}
	if !gone {
		after = firstEnd(v)
	}
	switch {
	case after.Equal(before):
	case after.IsZero():
		w.add(b.endsKey(), "zrem", candidate(k))
	default:
		w.add(b.endsKey(), "zadd", score(after), candidate(k))
	}
}

// firstEnd is when the first of a user's methods and policies ends; zero: none does.
func firstEnd(u *changeset.User) time.Time {
	var end time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (end.IsZero() || t.Before(end)) {
			end = t
		}
	}
	for i := range u.Methods {
		sooner(u.Methods[i].ExpiresAt)
	}
	for i := range u.Policies {
		sooner(u.Policies[i].ExpiresAt)
	}
	return end
}

func countKids(kids map[seal.KeyID]int, u *changeset.User, by int) {
	for i := range u.Creds {
		if kid, sealed := seal.EnvelopeKey(u.Creds[i].Body); sealed {
			kids[kid] += by
		}
	}
}

// candidate is a member of the candidates: of equal age, by id.
func candidate(s identity.Subject) string {
	user, tenant := s.User.Bytes(), s.Tenant.Bytes()
	return string(user[:]) + string(tenant[:])
}

func subjectOf(member string) (identity.Subject, bool) {
	if len(member) != 32 {
		return identity.Subject{}, false
	}
	s := identity.Subject{
		User:   identity.FromBytes[identity.UserID]([16]byte([]byte(member[:16]))),
		Tenant: identity.FromBytes[identity.TenantID]([16]byte([]byte(member[16:]))),
	}
	return s, s.Valid()
}

// mostScore is the largest number that a score holds exactly: a time 285 years on.
const mostScore = 1 << 53

// score is a time as the score of a member.
func score(t time.Time) string {
	return strconv.FormatInt(max(-mostScore, min(mostScore, t.UnixMicro())), 10)
}

// write sends the commit: all keys that were seen with what they held, and the
// writes. It reports whether all of it still held.
func (s *sight) write(ctx context.Context, verb string, w *writes) (bool, error) {
	keys := slices.Concat(s.order, w.guess)
	args := make([]string, 1, 1+len(keys)+4*len(w.list))
	for _, k := range keys {
		args = append(args, s.seen[k])
	}
	args[0] = strconv.Itoa(len(keys))
	place := make(map[string]int, len(keys)+len(w.list))
	for i, k := range keys {
		place[k] = i + 1
	}
	for _, one := range w.list {
		at, known := place[one.key]
		if !known {
			keys = append(keys, one.key)
			at = len(keys)
			place[one.key] = at
		}
		args = append(append(args, one.args[0], strconv.Itoa(at)), one.args[1:]...)
	}
	run := s.b.run
	if s.how == durable && len(w.list) > 0 {
		run = s.b.runDurable
	}
	m, err := run(ctx, verb, "account_commit", keys, args...)
	if err != nil {
		return false, err
	}
	first, err := m.AsInt64()
	if err != nil || first < 0 || first > math.MaxInt32 {
		return false, s.b.corrupt(verb, "answer")
	}
	for _, k := range w.guess { // to be looked at, should there be another try
		s.ask(k)
	}
	return first == 0, nil
}
