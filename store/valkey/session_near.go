package valkey

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// LoadNearby implements [session.Nearby]: a session that was loaded before, while the
// copies that it was made of may be used.
func (s sessions) LoadNearby(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, bool) {
	n := s.b.near
	if n == nil || n.shut.Load() || s.b.demoted.Load() || ref.IsZero() || now.IsZero() || ctx.Err() != nil {
		return session.Record{}, session.Current{}, false
	}
	if at := n.loaded(ref, now); at != nil {
		return at.record, at.current, true
	}
	return session.Record{}, session.Current{}, false
}

// gathering is a load from copies, and what it was made of so far.
type gathering struct {
	sessions
	verb string
	of   []made
}

// get reads keys; the answers are noted in their order.
func (g *gathering) get(ctx context.Context, wants ...wanted) (got []made, copied bool, err error) {
	messages, copied, err := g.b.nearby(ctx, g.verb, wants...)
	if err != nil {
		return nil, false, err
	}
	got = make([]made, len(wants))
	for i, m := range messages {
		if got[i] = (made{key: wants[i].key, absent: m.IsNil()}); !got[i].absent {
			if got[i].text, err = m.ToString(); err != nil {
				return nil, false, g.b.corrupt(g.verb, "value")
			}
		}
	}
	return got, copied, nil
}

// nearby is Load from copies where there are any. It is sure of a session that is
// alive, and that there is none if no copy had a part in it.
func (s sessions) nearby(ctx context.Context, verb string, ref session.Ref, now time.Time) (r row, e session.Current, sure bool, err error) {
	n, text := shardOfRef(ref), refText(ref)
	g := gathering{sessions: s, verb: verb, of: make([]made, 0, 7)}
	record := s.shard(n, "r:", text)
	first, copied, err := g.get(ctx, whole30(s.shard(n, "p:", text)), whole30(record), s.epochWanted(s.globalEpoch()))
	if err != nil {
		return row{}, e, false, err
	}
	at, raw := homeOf(ref, identity.Subject{}), ""
	switch {
	case !first[0].absent:
		if at, err = s.pointed(verb, ref, first[0].text); err != nil {
			return row{}, e, false, err
		}
		g.of = append(g.of, first[0], first[2])
	case first[1].absent:
		return row{}, e, !copied, nil
	default:
		raw = first[1].text
		g.of = append(g.of, first...)
	}
	if e.Global, err = s.number(verb, first[2]); err != nil {
		return row{}, e, false, err
	}
	if !at.subject.IsZero() {
		var more bool
		record = s.shard(at.shard, "r:", text)
		if raw, more, err = g.own(ctx, at, record, &e.Epochs); err != nil || raw == "" {
			return row{}, e, !copied && !more, err
		}
	}
	r, err = decodeRecord(ref, raw)
	if err != nil || r.Subject != at.subject || r.dead(now) || r.flags&flagMoving != 0 {
		return row{}, e, false, err
	}
	if !r.Actor.IsZero() {
		if e.Actor, err = g.epochs(ctx, r.Actor); err != nil {
			return r, e, false, err
		}
	}
	s.b.near.keep(&r, e, g.of, record)
	return r, e, true, nil
}

// own reads the record of a subject and two epochs; an empty record is none.
func (g *gathering) own(ctx context.Context, at home, record string, e *identity.Epochs) (raw string, copied bool, err error) {
	sub := at.subject
	// One script may raise the epoch and make the record that it does not end: one that
	// is there no longer must not be judged by it.
	rec := whole30(record)
	rec.later = true
	got, copied, err := g.get(ctx, whole30(g.userEpoch(sub)), rec, g.epochWanted(g.tenantEpoch(sub.Tenant)))
	if err != nil || got[1].absent {
		return "", copied, err
	}
	if e.User, err = g.number(g.verb, got[0]); err != nil {
		return "", copied, err
	}
	if e.Tenant, err = g.number(g.verb, got[2]); err != nil {
		return "", copied, err
	}
	g.of = append(g.of, got...)
	return got[1].text, copied, nil
}

// epochs reads those of an actor.
func (g *gathering) epochs(ctx context.Context, sub identity.Subject) (e identity.Epochs, err error) {
	got, _, err := g.get(ctx, g.epochWanted(g.globalEpoch()), g.epochWanted(g.tenantEpoch(sub.Tenant)), whole30(g.userEpoch(sub)))
	if err != nil {
		return identity.Epochs{}, err
	}
	g.of = append(g.of, got...)
	for i, at := range []*uint64{&e.Global, &e.Tenant, &e.User} {
		if *at, err = g.number(g.verb, got[i]); err != nil {
			return identity.Epochs{}, err
		}
	}
	return e, nil
}

// number is an epoch; one that was never raised is zero.
func (s sessions) number(verb string, m made) (uint64, error) {
	if m.absent {
		return 0, nil
	}
	return s.counter(verb, m.text)
}

// whole30 is a key whose copy the server tells of.
func whole30(key string) wanted { return wanted{key: key, life: copyLife} }

// epochWanted is an epoch that has as a rule never been raised.
func (s sessions) epochWanted(key string) wanted {
	return wanted{key: key, life: s.b.near.absence()}
}
