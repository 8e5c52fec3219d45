package model

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Create judges session.Store.Create.
func (s *State) Create(rec session.Record, c session.Claim, also []store.Row, evicted []session.Ref, got error) error {
	_, err := s.install("session.Create", rec, c, nil, also, evicted, nil, got)
	return err
}

// Rotate judges session.Store.Rotate.
func (s *State) Rotate(old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also []store.Row, evicted []session.Ref, got error) error {
	was := s.live(old, c.Now, is(got, missing))
	var want []error
	switch {
	case was == nil:
		want = missing
	case was.rec.Superseded || was.rec.Rev != prevRev:
		want, was = overtaken, nil
	}
	if grace > 0 {
		next.Prev = old
	}
	made, err := s.install("session.Rotate", next, c, was, also, evicted, want, got)
	if !made {
		return err
	}
	s.remove(was.rec.Prev)
	if grace <= 0 {
		was.rec.Prev = session.Ref{}
		s.remove(old)
		return nil
	}
	s.unregister(was)
	was.rec.Superseded, was.rec.Prev, was.next = true, session.Ref{}, next.Ref
	if until := c.Now.Add(grace); until.Before(was.rec.IdleUntil) {
		was.rec.IdleUntil = until
	}
	return nil
}

// install judges a claim, and makes the record if it holds; want is what is wrong
// besides, and old the record that gives way.
func (s *State) install(verb string, rec session.Record, c session.Claim, old *record, also []store.Row, evicted []session.Ref, want []error, got error) (made bool, err error) {
	want = slices.Clip(append(want[:len(want):len(want)], s.rowsKnown(also)...))
	if s.records[rec.Ref] != nil {
		want = append(want, store.ErrExists)
	}
	if !c.Subject.IsZero() && c.Expect != s.at(c.Subject) || !c.Actor.IsZero() && c.ActorExpect != s.at(c.Actor) {
		want = append(want, session.ErrEpoch)
	}
	out, full, sure := s.evictions(c, old)
	if !sure {
		full, out = is(got, []error{session.ErrSessionLimit}), evicted
	}
	if full {
		want = append(want, session.ErrSessionLimit)
	}
	if made, err = judge(verb, got, want); !made {
		return false, err
	}
	if got == nil && !slices.Equal(evicted, out) {
		return false, wrong(verb, fmt.Sprint("evictions ", evicted), out)
	}
	for _, ref := range out {
		s.remove(ref)
	}
	rec.Sealed = bytes.Clone(rec.Sealed)
	s.records[rec.Ref] = &record{rec: rec, actor: c.ActorExpect, seen: c.Now}
	if !rec.Subject.IsZero() {
		s.of[rec.Subject] = append(s.of[rec.Subject], rec.Ref)
	}
	if c.Raise {
		s.epochs[identity.UserScope(c.Subject)]++
	}
	s.addRows(also)
	return true, nil
}

// evictions are the sessions that a claim takes the place of, the oldest first, or that
// there is no place; not sure if some may have been swept.
func (s *State) evictions(c session.Claim, old *record) (out []session.Ref, full, sure bool) {
	if c.Subject.IsZero() || !c.Actor.IsZero() || c.Raise {
		return nil, false, true
	}
	if old != nil && old.rec.Subject == c.Subject && old.rec.Actor.IsZero() && old.rec.Epochs.Covers(s.at(c.Subject)) {
		return nil, false, true // it claims no new place
	}
	live, sure := s.registered(c.Subject, c.Now)
	live = slices.DeleteFunc(live, func(r *record) bool { return !r.rec.Actor.IsZero() })
	most := session.HardSessionLimit
	if c.Limit.Max > 0 {
		most = min(most, c.Limit.Max)
		if c.Limit.RefuseNew && len(live) >= c.Limit.Max {
			return nil, true, sure
		}
	}
	for len(live) >= most {
		out = append(out, live[len(live)-1].rec.Ref)
		live = live[:len(live)-1]
	}
	return out, false, sure
}
