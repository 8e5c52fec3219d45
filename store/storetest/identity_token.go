package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// How many tokens there are, and how often one may be tried.
func testTokens(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_token_evicts_the_oldest_of_its_purpose", tokenEvicts},
		{"a_token_has_so_many_tries", tokenTries},
		{"tokens_of_every_purpose_are_voided", tokenVoid},
		{"a_token_for_one_user_needs_that_user", tokenOwner},
		{"race/an_erasure_leaves_no_token", raceErase},
		{"tokens_since_a_time_are_voided", tokenVoidSince},
		{"race/tries_are_counted_one_by_one", raceTries},
		{"race/so_many_tokens_remain", raceKeep},
	})
}

func (w *world) tried(most int) identity.CountTry {
	return identity.CountTry{Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: w.signUp.Purpose, Max: most, Now: at(0)}
}

func (k *kit) hasToken(what string, t identity.Token, want bool) {
	k.Helper()
	got, err := k.s.Identity.TokenBySelector(k.ctx(), t.Selector)
	if want {
		k.must(err)
		equal(k, what, got, t)
		return
	}
	k.fails(what, err, store.ErrNotFound)
}

// AUN-131
func tokenEvicts(k *kit) {
	w := newWorld(k)
	// Also for nobody: tokens are stored for equal work.
	nobody := k.user(w.tenant, "nobody@example.test", "nobody")
	for _, u := range []identity.User{w.user, nobody} {
		var all []identity.Token
		for i, minute := range []int{3, 1, 2, 5, 4, 0} {
			t := k.token(u, "someday")
			t.CreatedAt = at(time.Duration(minute) * time.Minute)
			all = append(all, t)
			k.apply(identity.PutToken{Token: t, Keep: 3})
			if i == 2 {
				k.hasToken("the oldest of three", all[1], true)
			}
		}
		// 3 1 2 → 3 2 5 → 3 5 4 → 5 4 0: the newcomer stays, however old it is.
		for i, want := range []bool{false, false, false, true, true, true} {
			k.hasToken("kept", all[i], want)
		}
	}
	k.hasToken("of another purpose", w.signUp, true)
	k.hasToken("of another user", w.twinToken, true)
	more := k.token(w.user, identity.TokenReset)
	k.apply(identity.PutToken{Token: more}) // no bound
	k.hasToken("beside", more, true)
}

// AUN-133
func tokenTries(k *kit) {
	w := newWorld(k)
	want := w.signUp
	for range 3 {
		k.must(k.s.Identity.Record(k.ctx(), w.tried(3)))
		want.Tries++
		k.hasToken("tried", want, true)
	}
	k.fails("a fourth time", k.s.Identity.Record(k.ctx(), w.tried(3)), store.ErrConflict)
	k.hasToken("after", want, true)
	// A token that has had its tries is judged by its owner; here it still goes once.
	k.apply(identity.ConsumeToken{Selector: want.Selector, Digest: want.Digest, Purpose: want.Purpose, Now: at(0)})
}

// AUN-111
func tokenVoid(k *kit) {
	w := newWorld(k)
	k.apply(identity.VoidTokens{Subject: w.user.Subject()})
	k.hasToken("sign-up", w.signUp, false)
	k.hasToken("void", w.void, false)
	k.hasToken("another's", w.twinToken, true)
	k.apply(identity.VoidTokens{Subject: w.user.Subject()})
}

// purposes are those whose tokens are one user's.
func purposes() []identity.TokenPurpose {
	return []identity.TokenPurpose{identity.TokenReset, identity.TokenActivation, identity.TokenAddress, identity.TokenSecondAddress, identity.TokenUndo}
}

// AUN-I7
func tokenOwner(k *kit) {
	w := newWorld(k)
	nobody := k.user(w.tenant, "nobody@example.test", "nobody")
	for _, keep := range []int{0, 3} {
		for _, p := range purposes() {
			k.apply(identity.PutToken{Token: k.token(w.user, p), Keep: keep})
			w.changeFails("nobody's "+string(p), 0, store.ErrNotFound, identity.PutToken{Token: k.token(nobody, p), Keep: keep})
			gone := k.token(w.user, p)
			w.changeFails("after the end", 1, store.ErrNotFound,
				identity.EraseUser{Subject: w.user.Subject(), From: identity.Active}, identity.PutToken{Token: gone, Keep: keep})
		}
		k.apply(identity.PutToken{Token: k.token(nobody, identity.TokenVoid), Keep: keep})
	}
}

// AUN-I7, IDN-067: whoever was about to write a token when the account went writes
// none.
func raceErase(k *kit) {
	w := newWorld(k)
	tokens := make([]identity.Token, racers)
	k.raceApply(func(i int) []identity.Change {
		tokens[i] = k.token(w.user, purposes()[i%len(purposes())])
		if i == racers/2 {
			return []identity.Change{identity.EraseUser{Subject: w.user.Subject(), From: identity.Active}}
		}
		return []identity.Change{identity.PutToken{Token: tokens[i], Keep: i % 2 * racers}}
	})
	for _, t := range tokens {
		k.hasToken("after an erasure", t, false)
	}
}

// AUN-127
func tokenVoidSince(k *kit) {
	w := newWorld(k)
	var undo []identity.Token
	for i := range 3 {
		t := k.token(w.user, identity.TokenUndo)
		t.CreatedAt = at(time.Duration(i) * time.Microsecond)
		k.apply(identity.PutToken{Token: t})
		undo = append(undo, t)
	}
	reset := k.token(w.user, identity.TokenReset)
	reset.CreatedAt = at(time.Minute)
	k.apply(identity.PutToken{Token: reset})
	k.apply(identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenUndo, Since: at(time.Microsecond)})
	for i, stays := range []bool{true, false, false} {
		k.hasToken("in order of age", undo[i], stays)
	}
	k.hasToken("of another purpose", reset, true)
	k.apply(identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenUndo})
	k.hasToken("without a time", undo[0], false)
}

// IDN-067
func raceTries(k *kit) {
	w := newWorld(k)
	k.winners(race(func(int) error { return k.s.Identity.Record(k.ctx(), w.tried(10)) }), 10, store.ErrConflict)
	want := w.signUp
	want.Tries = 10
	k.hasToken("tried", want, true)
}

// IDN-067, AUN-131
func raceKeep(k *kit) {
	w := newWorld(k)
	tokens := make([]identity.Token, racers)
	k.winners(k.raceApply(func(i int) []identity.Change {
		tokens[i] = k.token(w.user, identity.TokenReset)
		tokens[i].CreatedAt = at(time.Duration(i) * time.Second)
		return []identity.Change{identity.PutToken{Token: tokens[i], Keep: 3}}
	}), racers)
	left := 0
	for _, t := range tokens {
		if _, err := k.s.Identity.TokenBySelector(k.ctx(), t.Selector); err == nil {
			left++
		}
	}
	if left != 3 {
		k.Errorf("%d tokens are left, want 3", left)
	}
}
