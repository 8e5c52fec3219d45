package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Of many who do the same at once, one succeeds.
func testIdentityRaces(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"race/one_user_gets_a_name", raceNewUser},
		{"race/one_tenant_gets_a_slug", raceNewTenant},
		{"race/a_token_is_consumed_once", raceConsume},
		{"race/a_credential_advances_once", raceAdvance},
		{"race/one_write_replaces_a_version", racePut},
		{"race/using_and_replacing_never_both_win", raceUseReplace},
		{"race/one_transition_leaves_a_state", raceTransition},
		{"race/one_raise_leaves_a_checked_epoch", raceEpoch},
		{"race/consuming_and_voiding_never_both_win", raceConsumeVoid},
		{"race/a_suspension_ends_every_login_before_it", raceSuspend},
	})
}

// raceApply lets all racers apply their change sets.
func (k *kit) raceApply(sets func(i int) []identity.Change) []error {
	all := make([][]identity.Change, racers)
	for i := range all {
		all[i] = sets(i)
	}
	return race(func(i int) error { return k.s.Identity.Apply(k.ctx(), all[i]...) })
}

// IDN-067, IDN-I5
func raceNewUser(k *kit) {
	w := newWorld(k)
	users := make([]identity.User, racers)
	errs := k.raceApply(func(i int) []identity.Change {
		users[i] = k.user(w.tenant, "one@example.test", fmt.Sprintf("name-%d", i))
		return []identity.Change{identity.NewUser{User: users[i]}, identity.Append{Row: k.row(store.TopicMail)}}
	})
	k.winners(errs, 1, store.ErrExists)
	got, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, identity.Email, "one@example.test")
	k.must(err)
	equal(k, "owner", got.User, users[slices.Index(errs, nil)])
	for i, err := range errs {
		if err != nil {
			k.fails("a loser's other name", first(k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID,
				identity.Username, fmt.Sprintf("name-%d", i))), store.ErrNotFound)
		}
	}
	if n := len(k.rows(store.TopicMail)); n != 1 {
		k.Errorf("%d rows, want 1", n)
	}
}

// IDN-067
func raceNewTenant(k *kit) {
	errs := k.raceApply(func(int) []identity.Change {
		t := k.tenant("x")
		t.Slug = "the-one"
		return []identity.Change{identity.NewTenant{Tenant: t}}
	})
	k.winners(errs, 1, store.ErrExists)
}

// IDN-067, FAC-I11
func raceConsume(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(int) []identity.Change {
		return []identity.Change{identity.ConsumeToken{
			Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: w.signUp.Purpose, Now: at(0),
		}}
	}), 1, store.ErrNotFound)
	_, err := k.s.Identity.TokenBySelector(k.ctx(), w.signUp.Selector)
	k.fails("token", err, store.ErrNotFound)
}

// IDN-067, AUN-043, FAC-I11
func raceAdvance(k *kit) {
	w := newWorld(k)
	next := make([]identity.Credential, racers)
	for i := range next {
		next[i] = advanced(w.first)
		next[i].MAC[31] = byte(i)
	}
	errs := race(func(i int) error {
		return k.s.Identity.Record(k.ctx(), identity.AdvanceCredential{Credential: next[i]})
	})
	k.winners(errs, 1, store.ErrConflict)
	equal(k, "credentials", w.account().Credentials, []identity.Credential{next[slices.Index(errs, nil)], w.second})
}

// IDN-067
func racePut(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		if i%2 == 0 {
			return []identity.Change{identity.DropCredential{Subject: w.user.Subject(), ID: w.first.ID, Expect: 1}}
		}
		return []identity.Change{identity.PutCredential{Credential: advanced(w.first), Expect: 1}}
	}), 1, store.ErrConflict, store.ErrNotFound)
}

// FAC-I11: a code of a set is used, or the set is replaced.
func raceUseReplace(k *kit) {
	w := newWorld(k)
	used, fresh := advanced(w.first), make([]identity.Credential, racers)
	for i := range fresh {
		fresh[i] = w.first
		fresh[i].ID = identity.NewCredentialID(k.src)
	}
	k.winners(race(func(i int) error {
		if i%2 == 0 {
			return k.s.Identity.Record(k.ctx(), identity.AdvanceCredential{Credential: used})
		}
		return k.s.Identity.Apply(k.ctx(),
			identity.DropCredential{Subject: w.user.Subject(), ID: w.first.ID, Expect: 1}, identity.PutCredential{Credential: fresh[i]})
	}), 1, store.ErrConflict, store.ErrNotFound)
	if n := len(w.account().Credentials); n != 2 {
		k.Errorf("%d credentials, want 2", n)
	}
}

// IDN-023, IDN-067
func raceTransition(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		to := []identity.UserState{identity.Suspended, identity.Terminated}[i%2]
		return []identity.Change{identity.Transition{Subject: w.user.Subject(), From: identity.Active, To: to}}
	}), 1, store.ErrConflict)
}

// IDN-067, SES-196
func raceEpoch(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(int) []identity.Change {
		return []identity.Change{identity.RaiseEpoch{Scope: identity.UserScope(w.user.Subject()), Check: true}}
	}), 1, store.ErrConflict)
	equal(k, "epochs", k.epochs(w.user.Subject()), identity.Epochs{User: 1})
}

// FAC-I11
func raceConsumeVoid(k *kit) {
	w := newWorld(k)
	for range rounds {
		tok := k.token(w.user, identity.TokenSignUp)
		fresh := k.token(w.user, identity.TokenSignUp)
		k.apply(identity.PutToken{Token: tok})
		errs := race(func(i int) error {
			switch i {
			case 0:
				return k.s.Identity.Apply(k.ctx(), identity.ConsumeToken{
					Selector: tok.Selector, Digest: tok.Digest, Purpose: tok.Purpose, Now: at(0),
				}, identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenSignUp})
			case 1:
				return k.s.Identity.Apply(k.ctx(),
					identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenSignUp}, identity.PutToken{Token: fresh})
			}
			return nil
		})
		k.must(errs[1])
		_, err := k.s.Identity.TokenBySelector(k.ctx(), tok.Selector)
		k.fails("the old token", err, store.ErrNotFound)
		_, err = k.s.Identity.TokenBySelector(k.ctx(), fresh.Selector)
		if errs[0] != nil {
			k.fails("consume", errs[0], store.ErrNotFound)
			k.must(err) // a failed use must not void the new one
		}
	}
}

// SES-201, AUN-047
func raceSuspend(k *kit) {
	for range rounds {
		w := newWorld(k)
		s := w.user.Subject()
		begun := k.epochs(s)
		next := k.rec(s)
		next.Epochs = begun
		errs := race(func(i int) error {
			switch i {
			case 0:
				if _, err := k.s.Session.Create(k.ctx(), next, claimOf(next)); err != nil {
					return err
				}
				return k.s.Identity.Record(k.ctx(), identity.RecordLogin{Subject: s, At: at(time.Hour)})
			case 1:
				return k.s.Identity.Apply(k.ctx(),
					identity.Transition{Subject: s, From: identity.Active, To: identity.Suspended},
					identity.RaiseEpoch{Scope: identity.UserScope(s)})
			}
			return nil
		})
		k.must(errs[1])
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{})
	}
}
