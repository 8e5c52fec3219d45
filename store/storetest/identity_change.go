package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// What each change does, exactly.
func testChanges(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_transition_sets_state_and_detail", changeTransition},
		{"an_account_has_only_the_moves_of_the_table", changeMoves},
		{"a_credential_is_put_replaced_and_dropped", changeCredential},
		{"advancing_touches_body_mac_version_and_use_alone", changeAdvance},
		{"voiding_takes_one_users_credentials_or_tokens", changeVoid},
		{"a_method_is_set_and_removed_by_name", changeMethod},
		{"erasing_takes_everything_of_the_user", changeErase},
		{"a_login_is_recorded_and_never_backwards", changeLogin},
		{"a_login_stamps_the_credentials_it_used", changeUsed},
		{"an_epoch_is_raised_with_and_without_check", changeEpoch},
		{"a_language_is_set_and_forgotten", changeLanguage},
		{"a_display_name_is_set_and_forgotten", changeDisplayName},
		{"changes_see_the_ones_before_them", changeOrder},
		{"nothing_to_apply_is_success", changeNothing},
	})
}

func (w *world) account() identity.Account {
	w.Helper()
	a, err := w.s.Identity.AccountByID(w.ctx(), w.user.Subject())
	w.must(err)
	return a
}

// IDN-020, IDN-060, IDN-061
func changeTransition(k *kit) {
	w := newWorld(k)
	want := w.user
	want.State, want.Detail = identity.Suspended, identity.StateDetail{Reason: "away", Since: at(time.Hour), Until: at(2 * time.Hour)}
	k.apply(identity.Transition{Subject: w.user.Subject(), From: identity.Active, To: identity.Suspended, Detail: want.Detail})
	want.UpdatedAt = want.Detail.Since
	equal(k, "suspended", w.account().User, want)

	want.State, want.Detail, want.EmailVerifiedAt = identity.Active, identity.StateDetail{}, at(3*time.Hour)
	want.UpdatedBy = identity.NewUserID(k.src)
	k.apply(identity.Transition{
		Subject: w.user.Subject(), From: identity.Suspended, To: identity.Active, EmailVerifiedAt: at(3 * time.Hour), By: want.UpdatedBy,
	})
	equal(k, "active again", w.account().User, want)
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "the twin", twin.User, w.twin)
}

// IDN-022
func changeMoves(k *kit) {
	w := newWorld(k)
	all := []identity.UserState{
		identity.Candidate, identity.PendingActivation, identity.Active, identity.Suspended, identity.Terminated, identity.Archived, identity.Erasing,
	}
	for _, from := range all {
		u := k.user(w.tenant, fmt.Sprintf("stays-%d@example.test", from), fmt.Sprint("stays", from))
		u.State = from
		k.apply(identity.NewUser{User: u})
		for _, to := range all {
			there := identity.Transition{Subject: u.Subject(), From: from, To: to}
			if !identity.CanMove(from, to) {
				w.changeFails(fmt.Sprintf("%d to %d", from, to), 0, identity.ErrStateTransition, there)
				continue
			}
			// Anew each time: for some of them there is no way back.
			u := k.user(w.tenant, fmt.Sprintf("goes-%d-%d@example.test", from, to), fmt.Sprintf("goes%d-%d", from, to))
			u.State = from
			k.apply(identity.NewUser{User: u}, identity.Transition{Subject: u.Subject(), From: from, To: to})
			got, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
			k.must(err)
			equal(k, fmt.Sprintf("%d to %d", from, to), got.User.State, to)
		}
		got, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
		k.must(err)
		equal(k, "unmoved", got.User.State, from)
	}
}

// UIX-086
func changeLanguage(k *kit) {
	w := newWorld(k)
	want := w.user
	for i, tag := range []string{"en", "", "zh-Hant-TW"} {
		want.Language, want.UpdatedBy, want.UpdatedAt = tag, identity.NewUserID(k.src), at(time.Duration(i+1)*time.Hour)
		k.apply(identity.SetLanguage{Subject: w.user.Subject(), Language: tag, By: want.UpdatedBy, At: want.UpdatedAt})
		equal(k, "language", w.account().User, want)
	}
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "the twin", twin.User, w.twin)
}

// AUN-153, IDN-028
func changeDisplayName(k *kit) {
	w := newWorld(k)
	want := w.user
	for i, name := range []string{"Grace H.", "", "Ωμέγα"} {
		want.DisplayName, want.UpdatedBy, want.UpdatedAt = name, identity.NewUserID(k.src), at(time.Duration(i+1)*time.Hour)
		k.apply(identity.SetDisplayName{Subject: w.user.Subject(), DisplayName: name, By: want.UpdatedBy, At: want.UpdatedAt})
		equal(k, "name", w.account().User, want)
	}
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "the twin", twin.User, w.twin)
}

// IDN-060, FAC-I11
func changeCredential(k *kit) {
	w := newWorld(k)
	next := advanced(w.first)
	next.Label, next.State = "renamed", identity.CredentialDisabled
	k.apply(identity.PutCredential{Credential: next, Expect: 1})
	equal(k, "replaced", w.account().Credentials, []identity.Credential{next, w.second})
	k.apply(identity.DropCredential{Subject: w.user.Subject(), ID: w.second.ID, Expect: 1})
	equal(k, "dropped", w.account().Credentials, []identity.Credential{next})
	again := w.second
	k.apply(identity.PutCredential{Credential: again})
	equal(k, "put again", w.account().Credentials, []identity.Credential{next, again})
}

// AUN-043
func changeAdvance(k *kit) {
	w := newWorld(k)
	next := advanced(w.first)
	next.State = identity.CredentialDisabled
	want := next
	next.Label, next.Kind, next.CreatedAt = "other", "totp", at(9*time.Hour)
	k.must(k.s.Identity.Record(k.ctx(), identity.AdvanceCredential{Credential: next}))
	equal(k, "advanced", w.account().Credentials, []identity.Credential{want, w.second})
}

// IDN-060
func changeVoid(k *kit) {
	w := newWorld(k)
	for range 2 { // none left is success
		k.apply(identity.VoidTokens{Subject: w.user.Subject(), Purpose: identity.TokenSignUp})
		_, err := k.s.Identity.TokenBySelector(k.ctx(), w.signUp.Selector)
		k.fails("token", err, store.ErrNotFound)
	}
	for _, t := range []identity.Token{w.void, w.twinToken} {
		_, err := k.s.Identity.TokenBySelector(k.ctx(), t.Selector)
		k.must(err)
	}
	for range 2 {
		k.apply(identity.VoidCredentials{Subject: w.user.Subject()})
		if left := w.account().Credentials; len(left) > 0 {
			k.Errorf("credentials left: %+v", left)
		}
	}
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "another user's", twin.Credentials, []identity.Credential{w.twinCred})
}

// IDN-060
func changeMethod(k *kit) {
	w := newWorld(k)
	own := identity.UserScope(w.user.Subject())
	replaced := method(w.ownMethod.Name, 1)
	replaced.Enabled, replaced.Steps = false, []identity.Step{identity.Required("totp")}
	k.apply(identity.PutMethod{Scope: own, Method: replaced})
	equal(k, "replaced", w.account().Methods, []identity.Method{replaced})
	for range 2 { // absent is success
		k.apply(identity.PutMethod{Scope: own, Method: identity.Method{Name: replaced.Name}, Remove: true})
		if left := w.account().Methods; len(left) > 0 {
			k.Errorf("methods left: %+v", left)
		}
	}
	k.apply(identity.PutMethod{Scope: identity.TenantScope(w.tenant.ID), Method: w.tenantMethod, Remove: true})
	view, err := k.s.Identity.TenantByID(k.ctx(), w.tenant.ID)
	k.must(err)
	if len(view.Methods) > 0 {
		k.Errorf("tenant methods left: %+v", view.Methods)
	}
	view, err = k.s.Identity.TenantByID(k.ctx(), w.foreign.ID)
	k.must(err)
	equal(k, "another tenant's", view.Methods, []identity.Method{w.tenantMethod})
}

// IDN-066
func changeErase(k *kit) {
	w := newWorld(k)
	id, ctx := k.s.Identity, k.ctx()
	k.apply(identity.EraseUser{Subject: w.user.Subject(), From: identity.Active})
	_, err := id.AccountByID(ctx, w.user.Subject())
	k.fails("account", err, store.ErrNotFound)
	for _, i := range w.user.Identifiers {
		_, err = id.AccountByIdentifier(ctx, w.tenant.ID, i.Kind, i.Canonical)
		k.fails("name", err, store.ErrNotFound)
	}
	for _, t := range []identity.Token{w.signUp, w.void} {
		_, err = id.TokenBySelector(ctx, t.Selector)
		k.fails("token", err, store.ErrNotFound)
	}
	twin, err := id.AccountByID(ctx, w.twin.Subject())
	k.must(err)
	equal(k, "the twin", twin.User, w.twin)
	_, err = id.TokenBySelector(ctx, w.twinToken.Selector)
	k.must(err)
	held, err := id.HasRole(ctx, w.tenant.ID, w.role.Role)
	k.must(err)
	if held {
		k.Errorf("an erased user still holds a role")
	}
	// The name is free again, and nothing of the old owner comes with it.
	heir := k.user(w.tenant, "ada@example.test", "ada")
	k.apply(identity.NewUser{User: heir})
	account, err := id.AccountByID(ctx, heir.Subject())
	k.must(err)
	if len(account.Credentials)+len(account.Methods)+len(account.Grants) > 0 {
		k.Errorf("the next user of the name has %+v", account)
	}
}

// IDN-061, AUN-047
func changeLogin(k *kit) {
	w := newWorld(k)
	for _, c := range []struct{ at, want time.Duration }{{time.Hour, time.Hour}, {time.Minute, time.Hour}, {2 * time.Hour, 2 * time.Hour}} {
		k.must(k.s.Identity.Record(k.ctx(), identity.RecordLogin{Subject: w.user.Subject(), At: at(c.at)}))
		equal(k, "last login", w.account().User.LastLoginAt, at(c.want))
	}
	// A suspension that has ended does not stand in the way, a lasting one does.
	k.apply(identity.Transition{
		Subject: w.user.Subject(), From: identity.Active, To: identity.Suspended,
		Detail: identity.StateDetail{Until: at(4 * time.Hour)},
	})
	login := identity.RecordLogin{Subject: w.user.Subject(), At: at(4*time.Hour - time.Millisecond)}
	k.fails("suspended", k.s.Identity.Record(k.ctx(), login), store.ErrConflict)
	login.At = at(4 * time.Hour)
	k.must(k.s.Identity.Record(k.ctx(), login))
}

// AUN-047
func changeUsed(k *kit) {
	w := newWorld(k)
	record := func(when time.Duration, used ...identity.CredentialID) {
		k.Helper()
		k.must(k.s.Identity.Record(k.ctx(), identity.RecordLogin{Subject: w.user.Subject(), At: at(when), Used: used}))
	}
	first, second := w.first, w.second
	// One of them has gone meanwhile, and one is somebody else's.
	record(time.Hour, second.ID, identity.NewCredentialID(k.src), w.twinCred.ID)
	second.LastUsedAt = at(time.Hour)
	equal(k, "used", w.account().Credentials, []identity.Credential{first, second})
	record(time.Minute, first.ID, second.ID)
	first.LastUsedAt = at(time.Minute)
	equal(k, "never backwards", w.account().Credentials, []identity.Credential{first, second})
	record(2 * time.Hour)
	equal(k, "none", w.account().Credentials, []identity.Credential{first, second})
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "somebody else's", twin.Credentials, []identity.Credential{w.twinCred})
}

// SES-196
func changeEpoch(k *kit) {
	w := newWorld(k)
	s := w.user.Subject()
	k.apply(identity.RaiseEpoch{Scope: identity.UserScope(s)})
	k.apply(identity.RaiseEpoch{Scope: identity.UserScope(s), Check: true, From: 1})
	k.apply(identity.RaiseEpoch{Scope: identity.TenantScope(s.Tenant)}, identity.RaiseEpoch{Scope: identity.GlobalScope()})
	k.apply(identity.RaiseEpoch{Scope: identity.TenantScope(s.Tenant), Check: true, From: 1})
	w.changeFails("a tenant's, overtaken", 0, store.ErrConflict, identity.RaiseEpoch{Scope: identity.TenantScope(s.Tenant), Check: true, From: 1})
	w.changeFails("everybody's, overtaken", 0, store.ErrConflict, identity.RaiseEpoch{Scope: identity.GlobalScope(), Check: true})
	equal(k, "epochs", k.epochs(s), identity.Epochs{Global: 1, Tenant: 2, User: 2})
	equal(k, "another tenant's", k.epochs(w.twin.Subject()), identity.Epochs{Global: 1})
}

// IDN-066
func changeOrder(k *kit) {
	t := k.tenant("new")
	u := k.user(t, "ada@example.test", "ada")
	c := k.credential(u, 1)
	tok := k.token(u, identity.TokenSignUp)
	scope := identity.UserScope(u.Subject())
	k.apply(
		identity.NewTenant{Tenant: t},
		identity.NewUser{User: u},
		identity.PutCredential{Credential: c},
		identity.PutCredential{Credential: advanced(c), Expect: 1},
		identity.PutToken{Token: tok},
		identity.ConsumeToken{Selector: tok.Selector, Digest: tok.Digest, Purpose: tok.Purpose, Now: at(0)},
		identity.RaiseEpoch{Scope: scope, Check: true, From: 0},
		identity.RaiseEpoch{Scope: scope, Check: true, From: 1},
		identity.Transition{Subject: u.Subject(), From: identity.Active, To: identity.Suspended},
		identity.Transition{Subject: u.Subject(), From: identity.Suspended, To: identity.Active},
		identity.RecordLogin{Subject: u.Subject(), At: at(time.Hour)},
	)
	a, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
	k.must(err)
	equal(k, "credentials", a.Credentials, []identity.Credential{advanced(c)})
	equal(k, "last login", a.User.LastLoginAt, at(time.Hour))
	equal(k, "epochs", k.epochs(u.Subject()), identity.Epochs{User: 2})
	_, err = k.s.Identity.TokenBySelector(k.ctx(), tok.Selector)
	k.fails("token", err, store.ErrNotFound)
}

// IDN-060
func changeNothing(k *kit) {
	k.apply()
	k.must(k.s.Identity.Record(k.ctx()))
}
