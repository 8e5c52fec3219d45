package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// What nobody waits for any more.
func testIdentitySweep(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_token_is_found_for_a_day_after_its_end", sweepTokens},
		{"a_candidate_who_does_not_confirm_is_erased", sweepCandidates},
		{"a_sweep_takes_the_oldest_first_up_to_its_limit", sweepOldest},
		{"a_sweep_refuses_no_time_and_no_limit", sweepArguments},
	})
}

func (k *kit) sweepIdentity(now time.Time, limit, want int) {
	k.Helper()
	n, err := k.s.Identity.Sweep(k.ctx(), now, limit)
	k.must(err)
	if n != want {
		k.Errorf("swept %d, want %d", n, want)
	}
}

func (k *kit) overdue(now time.Time, limit int, want ...identity.Subject) {
	k.Helper()
	got, err := k.s.Identity.Overdue(k.ctx(), now, limit)
	k.must(err)
	if !slices.Equal(got, want) {
		k.Errorf("overdue: %v, want %v", got, want)
	}
}

// FAC-085
func sweepTokens(k *kit) {
	w := newWorld(k)
	end := w.signUp.ExpiresAt.Add(identity.TokenKept)
	k.sweepIdentity(end.Add(-time.Millisecond), 10, 0)
	k.must(first(k.s.Identity.TokenBySelector(k.ctx(), w.signUp.Selector)))
	k.sweepIdentity(end, 10, 3)
	for _, t := range []identity.Token{w.signUp, w.void, w.twinToken} {
		k.fails("token", first(k.s.Identity.TokenBySelector(k.ctx(), t.Selector)), store.ErrNotFound)
	}
	k.sweepIdentity(end, 10, 0)
}

// AUN-125
func sweepCandidates(k *kit) {
	w := newWorld(k)
	c := k.user(w.tenant, "late@example.test", "late")
	c.State = identity.Candidate
	confirmed := k.user(w.tenant, "ok@example.test", "ok")
	cred := k.credential(c, 1)
	later := k.token(c, identity.TokenSignUp)
	later.ExpiresAt = at(30 * 24 * time.Hour)
	k.apply(identity.NewUser{User: c}, identity.NewUser{User: confirmed},
		identity.PutCredential{Credential: cred}, identity.PutToken{Token: later},
		identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenSignUp},
		identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenVoid},
		identity.VoidTokens{Subject: w.twin.Subject(), Purpose: identity.TokenSignUp})
	k.overdue(at(identity.CandidateLife-time.Millisecond), 10)
	k.sweepIdentity(at(identity.CandidateLife-time.Millisecond), 10, 0)
	k.must(first(k.s.Identity.AccountByID(k.ctx(), c.Subject())))

	k.overdue(at(identity.CandidateLife), 10, c.Subject())
	k.overdue(at(identity.CandidateLife), 10, c.Subject()) // listing changes nothing
	k.sweepIdentity(at(identity.CandidateLife), 10, 1)
	k.fails("candidate", first(k.s.Identity.AccountByID(k.ctx(), c.Subject())), store.ErrNotFound)
	k.fails("name", first(k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, identity.Email, "late@example.test")), store.ErrNotFound)
	k.fails("token", first(k.s.Identity.TokenBySelector(k.ctx(), later.Selector)), store.ErrNotFound)
	equal(k, "a workflow of theirs is over", k.epochs(c.Subject()), identity.Epochs{User: 1})
	for _, u := range []identity.User{confirmed, w.user, w.twin} {
		k.must(first(k.s.Identity.AccountByID(k.ctx(), u.Subject())))
		equal(k, "epochs of the others", k.epochs(u.Subject()), identity.Epochs{})
	}
	k.apply(identity.NewUser{User: k.user(w.tenant, "late@example.test", "late")})
}

// AUN-125
func sweepOldest(k *kit) {
	t := k.tenant("acme")
	k.apply(identity.NewTenant{Tenant: t})
	var users []identity.User
	tokens := make([]identity.Token, 3)
	for i := range tokens {
		tokens[i] = k.token(k.user(t, "x@example.test", "x"), identity.TokenSignUp)
		tokens[i].ExpiresAt = at(time.Duration((i+1)%3) * time.Minute)
		k.apply(identity.PutToken{Token: tokens[i]})
	}
	for _, oldest := range []identity.Token{tokens[2], tokens[0], tokens[1]} {
		k.must(first(k.s.Identity.TokenBySelector(k.ctx(), oldest.Selector)))
		k.sweepIdentity(at(2*24*time.Hour), 1, 1)
		k.fails("oldest token", first(k.s.Identity.TokenBySelector(k.ctx(), oldest.Selector)), store.ErrNotFound)
	}
	for i, name := range []string{"c", "a", "b"} {
		u := k.user(t, name+"@example.test", name)
		u.State, u.CreatedAt = identity.Candidate, at(time.Duration((i+1)%3)*time.Minute)
		users = append(users, u)
		k.apply(identity.NewUser{User: u})
	}
	old := at(30 * 24 * time.Hour)
	k.overdue(old, 2, users[2].Subject(), users[0].Subject())
	k.overdue(old, 9, users[2].Subject(), users[0].Subject(), users[1].Subject())
	for _, oldest := range []identity.User{users[2], users[0], users[1]} {
		k.must(first(k.s.Identity.AccountByID(k.ctx(), oldest.Subject())))
		k.sweepIdentity(at(30*24*time.Hour), 1, 1)
		k.fails("oldest", first(k.s.Identity.AccountByID(k.ctx(), oldest.Subject())), store.ErrNotFound)
	}
	k.sweepIdentity(at(30*24*time.Hour), 1, 0)
	k.overdue(old, 9)
}

// IDN-060
func sweepArguments(k *kit) {
	w := newWorld(k)
	before := w.image()
	far := at(365 * 24 * time.Hour)
	for what, err := range map[string]error{
		"limit 0":        first(k.s.Identity.Sweep(k.ctx(), far, 0)),
		"negative limit": first(k.s.Identity.Sweep(k.ctx(), far, -1)),
		"zero time":      first(k.s.Identity.Sweep(k.ctx(), time.Time{}, 1)),
		"list, limit 0":  first(k.s.Identity.Overdue(k.ctx(), far, 0)),
		"list, no time":  first(k.s.Identity.Overdue(k.ctx(), time.Time{}, 1)),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	k.fails("list, cancelled", first(k.s.Identity.Overdue(k.cancelled(), far, 10)), context.Canceled)
	k.fails("cancelled", first(k.s.Identity.Sweep(k.cancelled(), far, 10)), context.Canceled)
	if after := w.image(); after != before {
		k.Errorf("refused sweeps have changed\n%s\ninto\n%s", before, after)
	}
}
