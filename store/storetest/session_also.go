package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Rows that are committed with a verb.
func testAlso(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_row_exists_when_its_change_does", alsoCommitted},
		{"a_row_does_not_exist_when_its_change_does_not", alsoDiscarded},
	})
}

// AUD-030, IDN-066
func alsoCommitted(k *kit) {
	s := k.subject()
	st, want := k.s.Session, [][16]byte{}
	row := func() store.Row {
		r := k.row(store.TopicAudit)
		want = append(want, r.ID)
		return r
	}
	r, next := k.rec(s), k.rec(s)
	k.must(first(st.Create(k.ctx(), r, claimOf(r), row(), row())))
	k.must(first(st.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), 0, row())))
	k.must(st.Delete(k.ctx(), next.Ref, s, row()))
	k.must(st.Delete(k.ctx(), next.Ref, s, row()))
	k.must(st.Raise(k.ctx(), identity.UserScope(s), row()))
	equal(k, "rows", sorted(k.rows(store.TopicAudit)), sorted(want))
}

// AUD-030, IDN-066
func alsoDiscarded(k *kit) {
	s := k.subject()
	st := k.s.Session
	r := k.create(k.rec(s))
	k.must(st.Raise(k.ctx(), identity.UserScope(s)))
	row := k.row(store.TopicAudit)
	again, next := r, k.rec(s)
	k.fails("exists", first(st.Create(k.ctx(), again, claimOf(again), row)), store.ErrExists)
	k.fails("epoch", first(st.Create(k.ctx(), next, claimOf(next), row)), session.ErrEpoch)
	k.fails("conflict", first(st.Rotate(k.ctx(), r.Ref, 7, next, claimOf(next), 0, row)), store.ErrConflict)
	k.fails("absent", first(st.Rotate(k.ctx(), k.ref(), 1, next, claimOf(next), 0, row)), store.ErrNotFound)
	equal(k, "rows", k.rows(store.TopicAudit), [][16]byte{})
}

// AUD-030, IDN-066
func alsoRefused(k *kit) {
	s := k.subject()
	st := k.s.Session
	r := k.create(k.rec(s))
	known, fresh := k.row(store.TopicAudit), k.row(store.TopicAudit)
	k.must(k.s.Identity.Append(k.ctx(), known))
	large := k.row(store.TopicAudit)
	large.Body = tooLong(store.MaxRowBody)
	for want, bad := range map[error]store.Row{store.ErrExists: known, store.ErrTooLarge: large} {
		next := k.rec(s)
		k.fails("create", first(st.Create(k.ctx(), next, claimOf(next), fresh, bad)), want)
		k.fails("rotate", first(st.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), time.Minute, fresh, bad)), want)
		k.fails("delete", st.Delete(k.ctx(), r.Ref, s, fresh, bad), want)
		k.fails("raise", st.Raise(k.ctx(), identity.UserScope(s), fresh, bad), want)
		k.lacks("next", next.Ref, at(0))
	}
	k.holds(r, at(0))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{r.Ref})
	equal(k, "epochs", k.epochs(s), identity.Epochs{})
	equal(k, "rows", k.rows(store.TopicAudit), [][16]byte{known.ID})
}
