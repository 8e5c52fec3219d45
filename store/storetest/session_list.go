package storetest

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What a subject sees of its sessions.
func testLists(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_list_is_newest_first_in_pages", listPages},
		{"a_page_after_an_ended_session_is_ErrNotFound", listAfterEnded},
		{"a_list_shows_header_body_and_last_activity", listShows},
		{"revoked_sessions_are_not_listed", listRevoked},
		{"a_list_is_one_subjects_own", listOwn},
		{"race_a_list_ends_without_error_when_its_sessions_do", raceListEnd},
	})
}

// SES-205
func listPages(k *kit) {
	s := k.subject()
	var want []session.Record
	for i := range 7 {
		want = append(want, k.loginAt(s, i/2)) // pairs of equal logins
	}
	slices.SortFunc(want, func(x, y session.Record) int {
		if c := y.AuthAt.Compare(x.AuthAt); c != 0 {
			return c
		}
		if before(y.Ref, x.Ref) {
			return -1
		}
		return 1
	})
	for _, size := range []int{1, 3, 7, 100} {
		var got []session.Ref
		var after session.Ref
		for {
			page, err := k.s.Session.Sessions(k.ctx(), s, after, size, at(0))
			k.must(err)
			if len(page) > size {
				k.Fatalf("a page of %d holds %d", size, len(page))
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				got = append(got, l.Ref)
			}
			after = got[len(got)-1]
		}
		refs := make([]session.Ref, len(want))
		for i, r := range want {
			refs[i] = r.Ref
		}
		equal(k, "list", got, refs)
	}
}

// SES-205
func listAfterEnded(k *kit) {
	s := k.subject()
	first := k.loginAt(s, 2)
	k.loginAt(s, 1)
	k.must(k.s.Session.Delete(k.ctx(), first.Ref, s))
	_, err := k.s.Session.Sessions(k.ctx(), s, first.Ref, 10, at(0))
	k.fails("ended", err, store.ErrNotFound)
	_, err = k.s.Session.Sessions(k.ctx(), s, k.loginAt(k.subject(), 1).Ref, 10, at(0))
	k.fails("another subject's", err, store.ErrNotFound)
}

// What ends while it is listed ends no list: ErrNotFound is for whoever names a session.
// Callers show it as a page that does not exist.
//
// SES-205
func raceListEnd(k *kit) {
	const bouts = 60
	s := k.subject()
	var logins [bouts][3]session.Record
	for n := range logins {
		for i := range logins[n] {
			logins[n][i] = k.rec(s)
			logins[n][i].Epochs.User = uint64(n)
		}
	}
	var over atomic.Bool
	k.winners(race(func(i int) error {
		if i > 0 {
			for i < 8 && !over.Load() {
				if _, err := k.s.Session.Sessions(k.ctx(), s, session.Ref{}, 100, at(0)); err != nil {
					return err
				}
			}
			return nil
		}
		defer over.Store(true)
		for n := range logins {
			for _, r := range logins[n] {
				if _, err := k.s.Session.Create(k.ctx(), r, claimOf(r)); err != nil {
					return err
				}
			}
			if err := k.s.Session.Raise(k.ctx(), identity.UserScope(s)); err != nil {
				return err
			}
		}
		return nil
	}), racers)
}

// SES-205
func listShows(k *kit) {
	s := k.subject()
	r := k.create(k.rec(s))
	seen := func(rec session.Record, when time.Duration) {
		k.Helper()
		page, err := k.s.Session.Sessions(k.ctx(), s, session.Ref{}, 10, at(0))
		k.must(err)
		equal(k, "page", page, []session.Listed{{Record: rec, Seen: at(when)}})
	}
	seen(r, 0)
	k.must(k.s.Session.Touch(k.ctx(), r.Ref, at(time.Hour), at(time.Minute)))
	r.IdleUntil = at(time.Hour)
	seen(r, time.Minute)
	r.Rev, r.Sealed = 2, []byte("updated")
	k.must(k.s.Session.Update(k.ctx(), r, 1, at(2*time.Minute)))
	seen(r, 2*time.Minute)
}

// SES-195, SES-205
func listRevoked(k *kit) {
	s := k.subject()
	for _, scope := range []identity.Scope{identity.UserScope(s), identity.TenantScope(s.Tenant), identity.GlobalScope()} {
		r := k.loginAt(s, 1)
		equal(k, "before", k.listed(s, at(0)), []session.Ref{r.Ref})
		k.must(k.s.Session.Raise(k.ctx(), scope))
		equal(k, "after", k.listed(s, at(0)), []session.Ref{})
	}
}

// IDN-031, SES-205
func listOwn(k *kit) {
	s := k.subject()
	own := k.loginAt(s, 1)
	k.loginAt(identity.Subject{Tenant: s.Tenant, User: identity.NewUserID(k.src)}, 2)
	k.loginAt(identity.Subject{Tenant: identity.NewTenantID(k.src), User: s.User}, 2)
	k.create(k.rec(identity.Subject{}))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{own.Ref})
}

// Dead records are removed, after a while.
func testSweep(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_sweep_removes_what_is_long_dead", sweepLag},
		{"a_sweep_removes_no_more_than_its_limit", sweepLimit},
		{"a_sweep_spares_the_successor", sweepSuperseded},
	})
}

func (k *kit) sweep(now time.Time, limit, want int) {
	k.Helper()
	n, err := k.s.Session.Sweep(k.ctx(), now, limit)
	k.must(err)
	if n != want {
		k.Errorf("swept %d, want %d", n, want)
	}
}

// STO-004
func sweepLag(k *kit) {
	const lag = 5 * time.Minute
	r := k.create(k.rec(k.subject()))
	k.sweep(at(idle+lag-time.Millisecond), 10, 0)
	// An instance whose clock lags behind still finds it.
	k.holds(r, at(idle-time.Millisecond))
	k.sweep(at(idle+lag+time.Millisecond), 10, 1)
	k.lacks("swept", r.Ref, at(0))
	equal(k, "listed", k.listed(r.Subject, at(0)), []session.Ref{})
	k.sweep(at(idle+lag+time.Millisecond), 10, 0)
}

// STO-001
func sweepLimit(k *kit) {
	alive := k.create(k.rec(identity.Subject{}))
	for range 5 {
		r := k.rec(k.subject())
		r.IdleUntil = at(time.Minute)
		k.create(r)
	}
	for _, want := range []int{2, 2, 1, 0} {
		k.sweep(at(10*time.Minute), 2, want)
	}
	k.holds(alive, at(0))
}

// SES-106
func sweepSuperseded(k *kit) {
	old := k.create(k.rec(k.subject()))
	next := k.rotate(old, 10*time.Second)
	k.sweep(at(10*time.Minute), 10, 1)
	k.lacks("old", old.Ref, at(0))
	next.Prev = old.Ref
	k.holds(next, at(10*time.Minute))
}
