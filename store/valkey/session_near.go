package valkey

import (
	"context"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// nearby is Load from copies where there are any. It is sure of a session that is
// alive, and that there is none if no copy had a part in it.
func (s sessions) nearby(ctx context.Context, verb string, ref session.Ref, now time.Time) (r row, e session.Current, sure bool, err error) {
	n, text := shardOfRef(ref), refText(ref)
	first, copied, err := s.b.nearby(ctx, verb, whole30(s.shard(n, "p:", text)), whole30(s.shard(n, "r:", text)), s.epochWanted(s.globalEpoch()))
	if err != nil {
		return row{}, e, false, err
	}
	at, raw := homeOf(ref, identity.Subject{}), ""
	switch {
	case !first[0].IsNil():
		text, _ := first[0].ToString()
		if at, err = s.pointed(verb, ref, text); err != nil {
			return row{}, e, false, err
		}
	case first[1].IsNil():
		return row{}, e, !copied, nil
	default:
		raw, _ = first[1].ToString()
	}
	if e.Global, err = s.counted(verb, first[2]); err != nil {
		return row{}, e, false, err
	}
	if !at.subject.IsZero() {
		var more bool
		if raw, more, err = s.ownNearby(ctx, verb, ref, at, &e.Epochs); err != nil || raw == "" {
			return row{}, e, !copied && !more, err
		}
	}
	r, err = decodeRecord(ref, raw)
	if err != nil || r.Subject != at.subject || r.dead(now) || r.flags&flagMoving != 0 {
		return row{}, e, false, err
	}
	if !r.Actor.IsZero() {
		e.Actor, err = s.epochsNearby(ctx, verb, r.Actor)
	}
	return r, e, err == nil, err
}

// ownNearby is own from copies; an empty record is none.
func (s sessions) ownNearby(ctx context.Context, verb string, ref session.Ref, at home, e *identity.Epochs) (raw string, copied bool, err error) {
	sub := at.subject
	// One script may raise the epoch and make the record that it does not end: one that
	// is there no longer must not be judged by it.
	rec := whole30(s.shard(at.shard, "r:", refText(ref)))
	rec.later = true
	got, copied, err := s.b.nearby(ctx, verb, s.userWanted(sub), rec, s.epochWanted(s.tenantEpoch(sub.Tenant)))
	if err != nil || got[1].IsNil() {
		return "", copied, err
	}
	if e.User, err = s.counted(verb, got[0]); err != nil {
		return "", copied, err
	}
	if e.Tenant, err = s.counted(verb, got[2]); err != nil {
		return "", copied, err
	}
	raw, err = got[1].ToString()
	return raw, copied, err
}

func (s sessions) epochsNearby(ctx context.Context, verb string, sub identity.Subject) (e identity.Epochs, err error) {
	got, _, err := s.b.nearby(ctx, verb, s.epochWanted(s.globalEpoch()), s.epochWanted(s.tenantEpoch(sub.Tenant)), s.userWanted(sub))
	if err != nil {
		return identity.Epochs{}, err
	}
	for i, at := range []*uint64{&e.Global, &e.Tenant, &e.User} {
		if *at, err = s.counted(verb, got[i]); err != nil {
			return identity.Epochs{}, err
		}
	}
	return e, nil
}

// whole30 is a key whose copy, and whose absence, the server tells of.
func whole30(key string) wanted { return wanted{key: key, life: copyLife, void: copyLife} }

// userWanted is the epoch of a user, which a sign-in stores even if it is zero.
func (s sessions) userWanted(sub identity.Subject) wanted {
	w := whole30(s.userEpoch(sub))
	w.void = s.absence()
	return w
}

// epochWanted is an epoch that has as a rule never been raised.
func (s sessions) epochWanted(key string) wanted {
	return wanted{key: key, life: s.absence(), void: s.absence()}
}

// absence is how long a key is taken to be absent. While a cluster moves a slot, what
// is absent in its old place may be made in the new one, and nobody is told.
func (s sessions) absence() time.Duration {
	if s.b.c.Mode() == driver.ClientModeCluster {
		return proofLife
	}
	return copyLife
}
