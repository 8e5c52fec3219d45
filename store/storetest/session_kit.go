package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	idle     = 30 * time.Minute
	absolute = 12 * time.Hour
)

func (k *kit) ref() session.Ref { return identity.NewID[session.Ref](k.src) }

// rec is a new record, of a guest if the subject is zero.
func (k *kit) rec(s identity.Subject) session.Record {
	r := session.Record{
		Ref: k.ref(), Rev: 1, Subject: s,
		CreatedAt: at(0), IdleUntil: at(idle), AbsUntil: at(absolute),
		Kid: seal.KeyID{1, 2, 3, 4}, Sealed: []byte("sealed "),
	}
	b := entropy.Bytes32(k.src)
	r.Sealed = append(r.Sealed, b[:]...)
	if !s.IsZero() {
		r.Login, r.AuthAt = identity.NewLoginID(k.src), at(0)
	}
	return r
}

// claimOf is the plain claim that fits a record.
func claimOf(r session.Record) session.Claim {
	return session.Claim{Subject: r.Subject, Expect: r.Epochs, Now: at(0)}
}

func (k *kit) create(r session.Record) session.Record {
	k.Helper()
	_, err := k.s.Session.Create(k.ctx(), r, claimOf(r))
	k.must(err)
	return r
}

// login creates a session of a subject under its current epochs.
func (k *kit) login(s identity.Subject, authAt time.Time) session.Record {
	k.Helper()
	e, err := k.s.Session.Epochs(k.ctx(), s)
	k.must(err)
	r := k.rec(s)
	r.AuthAt, r.Epochs = authAt, e
	return k.create(r)
}

// rotate moves a session on and returns its successor as it was given.
func (k *kit) rotate(old session.Record, grace time.Duration) session.Record {
	k.Helper()
	next := k.rec(old.Subject)
	next.Login, next.AuthAt, next.Epochs = old.Login, old.AuthAt, old.Epochs
	_, err := k.s.Session.Rotate(k.ctx(), old.Ref, old.Rev, next, claimOf(next), grace)
	k.must(err)
	return next
}

// nearby is LoadNearby of a store that has it: wherever Load is asked, this must not
// say anything else.
func nearby(ctx context.Context, st session.Store, ref session.Ref, now time.Time) (session.Record, session.Current, bool) {
	if near, has := st.(session.Nearby); has {
		return near.LoadNearby(ctx, ref, now)
	}
	return session.Record{}, session.Current{}, false
}

// holds checks that a record is there, exactly so.
func (k *kit) holds(want session.Record, now time.Time) {
	k.Helper()
	if got, _, known := nearby(k.ctx(), k.s.Session, want.Ref, now); known {
		equal(k, "record at once", got, want)
	}
	got, _, err := k.s.Session.Load(k.ctx(), want.Ref, now)
	if err != nil {
		k.Errorf("load: %v", err)
		return
	}
	equal(k, "record", got, want)
}

// lacks checks that a record is absent.
func (k *kit) lacks(what string, ref session.Ref, now time.Time) {
	k.Helper()
	if _, _, known := nearby(k.ctx(), k.s.Session, ref, now); known {
		k.Errorf("%s: at once it is there", what)
	}
	got, _, err := k.s.Session.Load(k.ctx(), ref, now)
	k.fails(what, err, store.ErrNotFound)
	equal(k, what, got, session.Record{})
}

// listed are the refs of the live sessions of a subject, in order.
func (k *kit) listed(s identity.Subject, now time.Time) []session.Ref {
	k.Helper()
	refs := []session.Ref{}
	var after session.Ref
	for {
		page, err := k.s.Session.Sessions(k.ctx(), s, after, 100, now)
		k.must(err)
		for _, l := range page {
			refs = append(refs, l.Ref)
		}
		if len(page) < 100 {
			return refs
		}
		after = page[99].Ref
	}
}

func testSession(t *testing.T, f Factory) {
	t.Helper()
	testSplitSession(t, f)
	runCases(t, f, []testCase{{"a_row_that_cannot_be_stored_undoes_the_change", alsoRefused}})
}

// testSplitSession is testSession where no row can undo anything.
func testSplitSession(t *testing.T, f Factory) {
	t.Helper()
	testRecords(t, f)
	testRotation(t, f)
	testLimits(t, f)
	testEpochs(t, f)
	testLists(t, f)
	testActors(t, f)
	testSeals(t, f)
	testSweep(t, f)
	testWatches(t, f)
	testSessionArguments(t, f)
	testSessionRaces(t, f)
	testSealAndActorRaces(t, f)
	testAlso(t, f)
	testSessionModel(t, f)
}
