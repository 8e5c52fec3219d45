package valkey

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Sessions implements [session.Store].
func (s sessions) Sessions(ctx context.Context, sub identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	const verb = "sessions"
	if !sub.Valid() || limit < 1 || limit > portargs.MaxPage || now.IsZero() {
		return nil, s.b.malformed(verb, "subject, limit or time")
	}
	e, err := s.epochs(ctx, verb, sub)
	if err != nil {
		return nil, err
	}
	actors := map[identity.Subject]identity.Epochs{}
	begin, out := after, []session.Listed{}
	for len(out) < limit {
		asked := limit - len(out)
		page, err := s.page(ctx, verb, sub, after, asked, e, now)
		if errors.Is(err, store.ErrNotFound) && after != begin {
			// The session that marks our own page has ended meanwhile, which is nothing
			// to the caller. Each time there is one less.
			after, out = begin, out[:0]
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range page {
			r := &page[i]
			after = r.Ref
			holds, err := s.holds(ctx, verb, r, actors, now)
			if err != nil {
				return nil, err
			}
			if holds {
				out = append(out, session.Listed{Record: r.Record, Seen: r.seen})
			}
		}
		if len(page) < asked {
			break // a page that is not full is the last
		}
	}
	return out, nil
}

// holds reports that a listed session is not ended elsewhere: its actor revoked, or
// itself moved to another subject.
func (s sessions) holds(ctx context.Context, verb string, r *row, actors map[identity.Subject]identity.Epochs, now time.Time) (bool, error) {
	if r.flags&flagMoving != 0 {
		if moved, err := s.settle(ctx, verb, r.Ref, homeOf(r.Ref, r.Subject), now, never); err != nil || moved {
			return false, err
		}
	}
	if r.Actor.IsZero() {
		return true, nil
	}
	e, known := actors[r.Actor]
	if !known {
		var err error
		if e, err = s.epochs(ctx, verb, r.Actor); err != nil {
			return false, err
		}
		actors[r.Actor] = e
	}
	return r.actor.Covers(e), nil
}

func (s sessions) page(ctx context.Context, verb string, sub identity.Subject, after session.Ref, limit int, e identity.Epochs, now time.Time) ([]row, error) {
	from := ""
	if !after.IsZero() {
		from = refText(after)
	}
	m, err := s.b.run(ctx, verb, "session_list", s.index(shardOfSubject(sub)),
		micros(now), subjectText(sub), from, strconv.Itoa(limit), number(e.Global), number(e.Tenant))
	if err != nil {
		return nil, err
	}
	if m.IsNil() {
		return nil, s.b.failed(verb, store.ErrNotFound)
	}
	list, err := m.AsStrSlice()
	if err != nil {
		return nil, s.b.corrupt(verb, "answer")
	}
	out := make([]row, len(list))
	for i, raw := range list {
		if len(raw) < headerSize {
			return nil, s.b.corrupt(verb, "record")
		}
		ref := fields(raw[refAt:])
		if out[i], err = decodeRecord(takeID[session.Ref](&ref), raw); err != nil || out[i].Subject != sub {
			return nil, s.b.corrupt(verb, "record")
		}
	}
	return out, nil
}

// Reseal implements [session.Store].
func (s sessions) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	const verb = "reseal"
	if err := portargs.Resealed(&rec, now); err != nil {
		return s.b.failed(verb, err)
	}
	return s.change(ctx, verb, &rec, now, micros(now), refText(rec.Ref), number(rec.Rev), "", "", string(rec.Kid[:]), string(rec.Sealed), kidText(from))
}

func kidText(k seal.KeyID) string { return hex.EncodeToString(k[:]) }

// everywhere sends one command or script to every shard.
func (s sessions) everywhere(ctx context.Context, verb string, make func(shard byte) call) ([]driver.ValkeyMessage, error) {
	calls := []call{}
	for n := range shards {
		calls = append(calls, make(byte(n))) //nolint:gosec // below 256
	}
	return s.b.runAll(ctx, verb, calls)
}

// Kids implements [session.Store]: the shards are counted one after the other, so a
// record that moves meanwhile may be counted twice.
func (s sessions) Kids(ctx context.Context) ([]store.KidCount, error) {
	const verb = "kids"
	got, err := s.everywhere(ctx, verb, func(n byte) call { return call{script: "session_kids", keys: s.index(n)} })
	if err != nil {
		return nil, err
	}
	counts := map[seal.KeyID]int{}
	for _, m := range got {
		parts, err := m.ToArray()
		if err != nil || len(parts)%2 != 0 {
			return nil, s.b.corrupt(verb, "answer")
		}
		for i := 0; i < len(parts); i += 2 {
			var kid seal.KeyID
			text, err0 := parts[i].ToString()
			raw, err1 := hex.DecodeString(text)
			n, err2 := parts[i+1].AsInt64()
			if err0 != nil || err1 != nil || err2 != nil || copy(kid[:], raw) != len(kid) {
				return nil, s.b.corrupt(verb, "count")
			}
			counts[kid] += int(n)
		}
	}
	out := make([]store.KidCount, 0, len(counts))
	for kid, n := range counts {
		out = append(out, store.KidCount{Kid: kid, Count: n})
	}
	slices.SortFunc(out, func(x, y store.KidCount) int { return bytes.Compare(x.Kid[:], y.Kid[:]) })
	return out, nil
}

// UnderKid implements [session.Store]: the shards hold the refs in their order, so
// the first of each are merged.
func (s sessions) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	const verb = "under kid"
	if limit < 1 || limit > session.MaxRefs {
		return nil, s.b.malformed(verb, "limit")
	}
	name := kidText(kid)
	got, err := s.everywhere(ctx, verb, func(n byte) call {
		return call{cmd: s.b.c.B().Zrangebylex().Key(s.shard(n, "k", "")).Min("("+name+refText(after)).Max("("+name+"g").Limit(0, int64(limit)).Build()}
	})
	if err != nil {
		return nil, err
	}
	var all []string
	for _, m := range got {
		list, err := m.AsStrSlice()
		if err != nil {
			return nil, s.b.corrupt(verb, "answer")
		}
		all = append(all, list...)
	}
	slices.Sort(all)
	refs := make([]session.Ref, min(limit, len(all)))
	for i := range refs {
		if refs[i], err = parseRef(all[i][min(len(name), len(all[i])):]); err != nil {
			return nil, s.b.corrupt(verb, "ref")
		}
	}
	return refs, nil
}

// Sweep implements [session.Store]. The server has removed most of it by itself; this
// takes it out of the indexes, and removes what died by a clock that the server does
// not know.
func (s sessions) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep"
	if now.IsZero() || limit < 1 {
		return 0, s.b.malformed(verb, "time or limit")
	}
	before := micros(now.Add(-lag))
	got, err := s.everywhere(ctx, verb, func(n byte) call {
		return call{cmd: s.b.c.B().Zcount().Key(s.shard(n, "d", "")).Min("-inf").Max("(" + before).Build()}
	})
	if err != nil {
		return 0, err
	}
	swept := 0
	for n, m := range got {
		due, err := m.AsInt64()
		if err != nil {
			return swept, s.b.corrupt(verb, "count")
		}
		if due == 0 || swept >= limit {
			continue
		}
		m, err := s.b.run(ctx, verb, "session_sweep", s.index(byte(n)), before, strconv.Itoa(limit-swept)) //nolint:gosec // below 256
		if err != nil {
			return swept, err
		}
		parts, err := m.ToArray()
		if err != nil || len(parts) != 3 {
			return swept, s.b.corrupt(verb, "answer")
		}
		r := reply{rest: parts[1:]}
		count, err := parts[0].AsInt64()
		if err != nil {
			return swept, s.b.corrupt(verb, "answer")
		}
		swept += int(count)
		if err := s.tidyEnd(ctx, verb, r); err != nil {
			return swept, err
		}
	}
	return swept, nil
}
