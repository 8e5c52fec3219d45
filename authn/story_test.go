package authn_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// story is every event so far, oldest first, one a line: kind, outcome, reason,
// factor, whose, by whom, data; ids are given the names that the caller knows.
func (r *rig) story(names map[string]string) []string {
	r.t.Helper()
	type party struct{ ID, Type string }
	type event struct {
		Kind, Outcome, Reason string
		Factor                string `json:"factor_kind"`
		Subject, Actor        *party
		Data                  map[string]any
		At                    int64 `json:"time_us"`
	}
	var all []event
	for _, line := range strings.Split(strings.TrimSpace(r.audited()), "\n") {
		if line == "" {
			continue
		}
		var e event
		must(r.t, json.Unmarshal([]byte(line), &e))
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b event) int { return cmp.Compare(a.At, b.At) })
	who := func(key string, p *party) []string {
		if p == nil {
			return nil
		}
		name, ok := names[p.ID]
		if !ok {
			name = p.Type
		}
		return []string{key + "=" + name}
	}
	out := make([]string, len(all))
	for i, e := range all {
		words := slices.Concat([]string{e.Kind, e.Outcome, e.Reason, e.Factor}, who("of", e.Subject), who("by", e.Actor))
		for _, k := range slices.Sorted(maps.Keys(e.Data)) {
			if !slices.Contains([]string{"identifier_mac", "until_us", "login_ref", "credential_ref"}, k) {
				words = append(words, fmt.Sprintf("%s:%v", k, e.Data[k]))
			}
		}
		out[i] = strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
	}
	return out
}

func (r *rig) tells(names map[string]string, want ...string) {
	r.t.Helper()
	if got := r.story(names); !slices.Equal(got, want) {
		r.t.Errorf("events:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// AUD-020, AUN-048: the whole record of a login, field by field.
func TestStory_of_a_login(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw("not the right password"))
	b.try(pw(goodPassword))
	b.try(code(show()))
	other := r.browser()
	other.addr = "198.51.100.3:1"
	other.begin(ada)
	other.try(pw(goodPassword))
	other.try(code(show())) // spent
	if _, err := b.act(r.accounts.LogoutOthers); err != nil {
		t.Error(err)
	}
	if _, err := b.act(r.accounts.LogoutEverywhere); err != nil {
		t.Error(err)
	}
	r.tells(map[string]string{u.ID.String(): "ada"},
		"login_attempt success of=ada first_factor:password method:password",
		"factor_verified failure mismatch password of=ada step:1 steps_total:2",
		"factor_verified success password of=ada step:1 steps_total:2",
		"factor_verified success totp of=ada step:2 steps_total:2",
		"authenticated success of=ada aal:aal2 amr:[pwd otp mfa] flow:interactive method:password",
		"login_attempt success of=ada first_factor:password method:password",
		"factor_verified success password of=ada step:1 steps_total:2",
		"factor_verified suspicious replay totp of=ada step:2 steps_total:2",
		"session_invalidated success of=ada cause:logout",
		"logout_attempt success of=ada cause:logout scope:user")
}

// AUN-048: a login that is taken back at the last look.
func TestStory_of_a_login_that_is_taken_back(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.failing(map[string]error{"Record/identity.RecordLogin": store.ErrConflict})
	b.try(pw(goodPassword))
	r.tells(map[string]string{u.ID.String(): "ada"},
		"login_attempt success of=ada first_factor:password method:password",
		"factor_verified success password of=ada step:1 steps_total:1",
		"authenticated success of=ada aal:aal1 amr:[pwd] flow:interactive method:password",
		"session_invalidated success of=ada cause:suspended count:1")
}

// PRD-060: the first administrator is made by the program.
func TestStory_of_a_claim(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.browser().claims(r.claimToken(), boss)
	acct, _ := r.account(boss)
	r.tells(map[string]string{acct.User.ID.String(): "boss"},
		"recovery_codes_generated success of=boss count:10",
		"user_created success of=boss by=system by:system source:claim",
		"factor_enabled success totp of=boss by:self",
		"role_granted success of=boss by=system by:system role:axess.admin",
		"authenticated success of=boss aal:aal2 amr:[pwd otp mfa] flow:claim method:claim")
}

// AUN-048, AUN-055: the locks of a person and of an address, each told as what it is.
func TestStory_of_locks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	b.begin(ada)
	for range 6 {
		b.try(pw("not the right password"))
	}
	for i := range 5 {
		b.begin(fmt.Sprintf("nobody%d@example.org", i))
		b.try(pw("not the right password"))
	}
	locks := []string{}
	for _, line := range r.story(map[string]string{u.ID.String(): "ada"}) {
		if strings.HasPrefix(line, "lockout_triggered") || strings.Contains(line, "locked") {
			locks = append(locks, line)
		}
	}
	if want := []string{
		"lockout_triggered info of=ada failures:5 scope:user window_s:3600",
		"factor_verified locked locked password step:1 steps_total:1",
		"lockout_triggered info failures:10 scope:ip window_s:60",
	}; !slices.Equal(locks, want) {
		t.Errorf("locks:\n%s", strings.Join(locks, "\n"))
	}
}

// PRD-060, AUD-011: who decided on a role stands in the event, whoever it was.
func TestStory_of_roles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, v := r.person(ada), r.person(bob)
	r.app(u)
	r.app(v) // who stays an administrator, so that the other one may stop
	must(t, r.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: v.Subject(), Role: identity.RoleAdmin}))
	for _, by := range []identity.UserID{{}, identity.SystemUser, u.ID, v.ID} {
		c := authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin, By: by}
		must(t, r.accounts.GrantRole(t.Context(), c))
		must(t, r.accounts.RevokeRole(t.Context(), c))
	}
	r.tells(map[string]string{u.ID.String(): "ada", v.ID.String(): "bob"},
		"role_granted success of=bob by=system by:system role:axess.admin",
		"role_granted success of=ada by=system by:system role:axess.admin",
		"role_revoked success of=ada by=system by:system role:axess.admin",
		"role_granted success of=ada by=system by:system role:axess.admin",
		"role_revoked success of=ada by=system by:system role:axess.admin",
		"role_granted success of=ada by:self role:axess.admin",
		"role_revoked success of=ada by:self role:axess.admin",
		"role_granted success of=ada by=bob by:admin role:axess.admin",
		"role_revoked success of=ada by=bob by:admin role:axess.admin")
}

// PRD-060: whoever is gone or stopped decides nothing, and a store that does not
// answer is no account.
func TestRoles_are_for_the_active_to_give(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, v := r.person(ada), r.person(bob)
	r.app(u)
	c := authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin, By: v.ID}
	must(t, r.suspend(v.Subject(), identity.Active))
	if err := r.accounts.GrantRole(t.Context(), c); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("by somebody stopped: %v", err)
	}
	c.By = identity.NewUserID(r.entropy)
	if err := r.accounts.GrantRole(t.Context(), c); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("by nobody: %v", err)
	}
	n := 0
	r.ident.hook(func(verb string) error {
		if verb != "AccountByID" {
			return nil
		}
		if n++; n == 2 {
			return errPlug
		}
		return nil
	})
	if err := r.accounts.GrantRole(t.Context(), c); !errors.Is(err, errPlug) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("by somebody who cannot be read: %v", err)
	}
	r.mend()
	if got := r.roles(u); len(got) != 0 {
		t.Errorf("granted %v", got)
	}
	// A role that is none is refused before anything is asked for; the epoch is
	// read ahead of the account that it is to guard.
	r.work.take()
	if err := r.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: "NOT A ROLE"}); err == nil {
		t.Error("a role that is none")
	}
	if w := r.work.take(); w != "" {
		t.Errorf("asked: %s", w)
	}
	var order []string
	hook := func(verb string) error { order = append(order, verb); return nil }
	r.ident.hook(hook)
	r.store.hook(hook)
	must(t, r.grant(u, identity.RoleAdmin))
	r.mend()
	if len(order) != 3 || order[0] != "Epochs" || order[1] != "AccountByID" {
		t.Errorf("order of calls: %v", order)
	}
}

// PRD-060: only the administrator's role makes links to claim the site void.
func TestGrantRole_of_another_role_leaves_the_claim_open(t *testing.T) {
	t.Parallel()
	for role, open := range map[identity.Role]bool{identity.RoleAdmin: false, "editor": true} {
		r := newRig(t)
		u := r.person(ada)
		r.app(u)
		token := r.claimToken()
		must(t, r.grant(u, role))
		if _, err := r.browser().viewClaim(token); (err == nil) != open {
			t.Errorf("%s: the claim link: %v", role, err)
		}
	}
}
