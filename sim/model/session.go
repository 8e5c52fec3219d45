package model

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// record is a stored session.
type record struct {
	rec   session.Record
	next  session.Ref // of a superseded one
	actor identity.Epochs
	seen  time.Time
	// fog says that a sweep may have removed it: it has ended by one clock.
	fog bool
}

// sweepLag is how long a record is dead before a sweep removes it.
const sweepLag = 5 * time.Minute

func (r *record) end() time.Time {
	if r.rec.AbsUntil.Before(r.rec.IdleUntil) {
		return r.rec.AbsUntil
	}
	return r.rec.IdleUntil
}

func (r *record) dead(now time.Time) bool { return !now.Before(r.end()) }

// live is a record that can be found at a time; nil if there is none. What may have been
// swept is gone if the answer says so.
func (s *State) live(ref session.Ref, now time.Time, missing bool) *record {
	r := s.records[ref]
	if r == nil || r.dead(now) {
		return nil
	}
	if r.fog {
		if missing {
			s.remove(ref)
			return nil
		}
		r.fog = false
	}
	return r
}

// at are the current epochs of a subject; of the zero one the global epoch alone.
func (s *State) at(sub identity.Subject) identity.Epochs {
	e := identity.Epochs{Global: s.epochs[identity.GlobalScope()]}
	if !sub.IsZero() {
		e.Tenant, e.User = s.epochs[identity.TenantScope(sub.Tenant)], s.epochs[identity.UserScope(sub)]
	}
	return e
}

// remove takes a record out, with the predecessor that hangs on it.
func (s *State) remove(ref session.Ref) {
	for r := s.records[ref]; r != nil; r = s.records[ref] {
		delete(s.records, ref)
		s.unregister(r)
		ref = r.rec.Prev
	}
}

func (s *State) unregister(r *record) {
	list := slices.DeleteFunc(s.of[r.rec.Subject], func(o session.Ref) bool { return o == r.rec.Ref })
	if len(list) == 0 {
		delete(s.of, r.rec.Subject)
	} else {
		s.of[r.rec.Subject] = list
	}
}

// Load judges session.Store.Load.
func (s *State) Load(ref session.Ref, now time.Time, rec session.Record, current session.Current, got error) error {
	const verb = "session.Load"
	var want []error
	r := s.live(ref, now, is(got, missing))
	if r == nil {
		want = missing
	}
	heard, err := judge(verb, got, want)
	if err != nil || !heard || got != nil {
		return err
	}
	if !same(rec, r.rec) {
		return wrong(verb, show(rec), show(r.rec))
	}
	now_ := session.Current{Epochs: s.at(r.rec.Subject)}
	if !r.rec.Actor.IsZero() {
		now_.Actor = s.at(r.rec.Actor)
	}
	if current != now_ {
		return wrong(verb, current, now_)
	}
	return nil
}

// Update judges session.Store.Update.
func (s *State) Update(rec session.Record, prevRev uint64, now time.Time, got error) error {
	r := s.live(rec.Ref, now, is(got, missing))
	var want []error
	switch {
	case r == nil:
		want = missing
	case r.rec.Superseded || r.rec.Rev != prevRev:
		want = overtaken
	}
	made, err := judge("session.Update", got, want)
	if made {
		to := &r.rec
		to.Rev, to.AuthAt, to.IdleUntil, to.Kid, to.Sealed = rec.Rev, rec.AuthAt, rec.IdleUntil, rec.Kid, bytes.Clone(rec.Sealed)
		r.seen = now
	}
	return err
}

// Reseal judges session.Store.Reseal. Of a superseded record either answer is right.
func (s *State) Reseal(rec session.Record, from seal.KeyID, now time.Time, got error) error {
	r := s.live(rec.Ref, now, is(got, missing))
	var want []error
	switch {
	case r == nil:
		want = missing
	case r.rec.Rev != rec.Rev || r.rec.Kid != from, r.rec.Superseded && is(got, overtaken):
		want = overtaken
	}
	made, err := judge("session.Reseal", got, want)
	if made {
		r.rec.Kid, r.rec.Sealed = rec.Kid, bytes.Clone(rec.Sealed)
	}
	return err
}

// Touch judges session.Store.Touch.
func (s *State) Touch(ref session.Ref, idleUntil, now time.Time, got error) error {
	made, err := judge("session.Touch", got, nil)
	r := s.records[ref]
	if !made || r == nil || r.dead(now) || r.rec.Superseded {
		return err
	}
	if r.rec.AbsUntil.Before(idleUntil) {
		idleUntil = r.rec.AbsUntil
	}
	if r.rec.IdleUntil.Before(idleUntil) {
		r.rec.IdleUntil = idleUntil
	}
	if r.seen.Before(now) {
		r.seen = now
	}
	return nil
}

// Delete judges session.Store.Delete.
func (s *State) Delete(ref session.Ref, sub identity.Subject, also []store.Row, got error) error {
	made, err := judge("session.Delete", got, s.rowsKnown(also))
	if !made {
		return err
	}
	s.addRows(also)
	r := s.records[ref]
	if r == nil || !sub.IsZero() && r.rec.Subject != sub {
		return nil
	}
	next := r.next
	s.remove(ref)
	if after := s.records[next]; after != nil && r.fog {
		after.fog = true // it was reached only if its predecessor was there
	} else {
		s.remove(next)
	}
	return nil
}

// Raise judges session.Store.Raise.
func (s *State) Raise(scope identity.Scope, also []store.Row, got error) error {
	made, err := judge("session.Raise", got, s.rowsKnown(also))
	if made {
		s.epochs[scope]++
		s.addRows(also)
	}
	return err
}

// Epochs judges session.Store.Epochs.
func (s *State) Epochs(sub identity.Subject, e identity.Epochs, got error) error {
	const verb = "session.Epochs"
	heard, err := judge(verb, got, nil)
	if want := s.at(sub); heard && got == nil && e != want {
		return wrong(verb, e, want)
	}
	return err
}

// registered are the live sessions of a subject, newest first, and whether all of them
// are surely there.
func (s *State) registered(sub identity.Subject, now time.Time) (out []*record, sure bool) {
	current := s.at(sub)
	sure = true
	for _, ref := range s.of[sub] {
		r := s.records[ref]
		if !r.dead(now) && r.rec.Epochs.Covers(current) && (r.rec.Actor.IsZero() || r.actor.Covers(s.at(r.rec.Actor))) {
			out = append(out, r)
			sure = sure && !r.fog
		}
	}
	slices.SortFunc(out, func(a, b *record) int {
		x, y := a.rec.Ref.Bytes(), b.rec.Ref.Bytes()
		return cmp.Or(b.rec.AuthAt.Compare(a.rec.AuthAt), bytes.Compare(y[:], x[:]))
	})
	return out, sure
}

// Sessions judges session.Store.Sessions.
func (s *State) Sessions(sub identity.Subject, after session.Ref, limit int, now time.Time, list []session.Listed, got error) error {
	const verb = "session.Sessions"
	all, sure := s.registered(sub, now)
	var want []error
	if !after.IsZero() {
		at := slices.IndexFunc(all, func(r *record) bool { return r.rec.Ref == after })
		if at < 0 {
			want = missing
		}
		all = all[at+1:]
	}
	if !sure {
		return nil
	}
	heard, err := judge(verb, got, want)
	if err != nil || !heard || got != nil {
		return err
	}
	all = all[:min(limit, len(all))]
	if len(list) != len(all) {
		return wrong(verb, fmt.Sprint(len(list), " sessions"), len(all))
	}
	for i, r := range all {
		if !same(list[i].Record, r.rec) {
			return wrong(verb, show(list[i].Record), show(r.rec))
		}
		if !list[i].Seen.Equal(r.seen) {
			return wrong(verb, list[i].Seen, r.seen)
		}
	}
	return nil
}

// Sweep judges session.Store.Sweep.
func (s *State) Sweep(now time.Time, limit, n int, got error) error {
	const verb = "session.Sweep"
	made, err := judge(verb, got, nil)
	if err != nil || got != nil && !made {
		return err
	}
	var over []session.Ref
	for ref, r := range s.records {
		if now.Sub(r.end()) >= sweepLag {
			over = append(over, ref)
		}
	}
	slices.SortFunc(over, func(a, b session.Ref) int {
		x, y := a.Bytes(), b.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	if got == nil && n > 2*len(over) { // each may take its predecessor with it
		return wrong(verb, fmt.Sprint(n, " records"), fmt.Sprint("at most ", 2*len(over)))
	}
	whole := got == nil && n < limit
	for _, ref := range over {
		switch r := s.records[ref]; {
		case r == nil:
		case whole && now.Sub(r.end()) > sweepLag:
			s.remove(ref)
		default:
			r.fog = true
			if prev := s.records[r.rec.Prev]; prev != nil {
				prev.fog = true
			}
		}
	}
	return nil
}

// The two answers that most conditions have.
var (
	missing   = []error{store.ErrNotFound}
	overtaken = []error{store.ErrConflict}
	taken     = []error{store.ErrExists}
)

// same compares what a store gave back with what it was given.
func same(a, b session.Record) bool {
	return a.Ref == b.Ref && a.Prev == b.Prev && a.Rev == b.Rev && a.Superseded == b.Superseded && a.Subject == b.Subject &&
		a.Login == b.Login && a.Actor == b.Actor && a.AuthAt.Equal(b.AuthAt) && a.CreatedAt.Equal(b.CreatedAt) &&
		a.IdleUntil.Equal(b.IdleUntil) && a.AbsUntil.Equal(b.AbsUntil) && a.Epochs == b.Epochs && a.Kid == b.Kid && bytes.Equal(a.Sealed, b.Sealed)
}

// show is a record in words, without what it seals.
func show(r session.Record) string {
	state := ""
	if r.Superseded {
		state = ", superseded"
	}
	sum := 0
	for _, b := range r.Sealed {
		sum = (sum*31 + int(b)) & 0xffff
	}
	return fmt.Sprintf("%v at rev %d%s, until %s and %s, since %s, epochs %v, predecessor %v, %d bytes like %x", r.Ref, r.Rev, state,
		r.IdleUntil.Format(time.TimeOnly), r.AbsUntil.Format(time.TimeOnly), r.AuthAt.Format(time.TimeOnly), r.Epochs, r.Prev, len(r.Sealed), sum)
}
