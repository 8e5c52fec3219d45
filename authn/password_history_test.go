package authn_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
)

func remembering(n int) option {
	return func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.History = n }
}

func numbered(i int) string { return fmt.Sprintf("a staple with number %d on it", i) }

func broke(err error, rule password.Rule) bool {
	var p *password.PolicyError
	return errors.As(err, &p) && len(p.Rules) == 1 && p.Rules[0] == rule
}

// remembered is how many passwords the account of ada remembers besides the one that holds.
func (r *rig) remembered(name string) int {
	r.t.Helper()
	body, err := r.vault.Open(r.held(name, factor.Password)[0])
	must(r.t, err)
	list, err := password.Records(body)
	must(r.t, err)
	return len(list) - 1
}

// FAC-023, AUN-133: earlier passwords do not come again, by a change nor by a reset; the
// oldest is forgotten with the write.
func TestPasswordHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t, remembering(3))
	r.person(ada)
	b := r.browser().signIn(ada)
	last := goodPassword
	for i := range 3 {
		out, err := b.changes(last, numbered(i))
		must(t, passed[authn.Completed](out, err))
		last = numbered(i)
		if _, err := b.changes(last, goodPassword); !broke(err, password.RuleReused) {
			t.Errorf("the first one after %d: %v", i+1, err)
		}
		if _, err := b.changes(last, last); !broke(err, password.RuleSame) {
			t.Errorf("the one that holds after %d: %v", i+1, err)
		}
	}
	r.mails()
	link := r.asksReset(ada)
	for _, old := range []string{goodPassword, numbered(0), numbered(1)} {
		if err := r.resets(link, old); !broke(err, password.RuleReused) {
			t.Errorf("reset to %q: %v", old, err)
		}
	}
	must(t, r.resets(link, numbered(3)))
	if got := r.remembered(ada); got != 3 {
		t.Errorf("%d are remembered", got)
	}
	b = r.browser()
	b.begin(ada)
	b.try(pw(numbered(3)))
	out, err := b.changes(numbered(3), goodPassword) // four back
	must(t, passed[authn.Completed](out, err))
}

// AUN-137, FAC-023: nor by the replacement of one that others know.
func TestPasswordHistory_of_a_replacement(t *testing.T) {
	t.Parallel()
	o, u := known(t, remembering(1))
	b := o.browser().signIn(ada)
	out, err := b.changes(goodPassword, betterPassword)
	must(t, passed[authn.Completed](out, err))
	o.marks(u)
	b = o.browser()
	b.begin(ada)
	b.try(pw(betterPassword))
	if _, err := b.replaces(goodPassword); !broke(err, password.RuleReused) {
		t.Errorf("%v", err)
	}
	out, err = b.replaces(numbered(1))
	must(t, passed[authn.Completed](out, err))
	if got := o.remembered(ada); got != 1 {
		t.Errorf("%d are remembered", got)
	}
}

// FAC-023: none is remembered unless the policy says so, and what was remembered is
// forgotten with the next write when it says so no more.
func TestPasswordHistory_is_none_by_default(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	out, err := b.changes(goodPassword, betterPassword)
	must(t, passed[authn.Completed](out, err))
	if r.remembered(ada) != 0 {
		t.Error("one is remembered")
	}
	out, err = b.changes(betterPassword, goodPassword)
	must(t, passed[authn.Completed](out, err))
	r.rules(authn.PasswordPolicy{Min: 15, History: 24})
	out, err = b.changes(goodPassword, betterPassword)
	must(t, passed[authn.Completed](out, err))
	if _, err := b.changes(betterPassword, goodPassword); !broke(err, password.RuleReused) || r.remembered(ada) != 1 {
		t.Errorf("a tenant that remembers: %v", err)
	}
}

// FAC-023: every entry is judged, whatever the ones before it said, each in its turn at
// the gate.
func TestPasswordHistory_judges_every_entry(t *testing.T) {
	t.Parallel()
	r := newRig(t, remembering(4))
	r.person(ada)
	b := r.browser().signIn(ada)
	last := goodPassword
	for i := range 4 {
		out, err := b.changes(last, numbered(i))
		must(t, passed[authn.Completed](out, err))
		last = numbered(i)
	}
	cost := func(next string) uint64 {
		before := r.hasher.Evaluations()
		_, err := b.changes(last, next)
		if err == nil {
			last = next
		}
		return r.hasher.Evaluations() - before
	}
	for _, old := range []string{last, numbered(2), goodPassword} {
		if got := cost(old); got != 1+5 { // the current one as typed, then all five
			t.Errorf("%q costs %d hashes", old, got)
		}
	}
	if got := cost(betterPassword); got != 1+5+1 {
		t.Errorf("a new one costs %d hashes", got)
	}
}

// FAC-023, IDN-072: a floor of the program holds for every tenant and user, and a user's
// exception does not remember less than the tenant.
func TestPasswordHistory_has_a_floor(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, a *authn.AccountsConfig) { c.Floors.MinHistory, a.Policy.History = 2, 5 })
	ts, op := r.tenants(), opScope(t)
	low := authn.PolicyChange{Tenant: r.tenant, Policy: authn.PasswordPolicy{Min: 15, History: 1}}
	var floor *authn.PolicyFloorError
	if err := ts.PutPolicy(t.Context(), op, low); !errors.As(err, &floor) || floor.Field != "history" {
		t.Errorf("%v", err)
	}
	for _, n := range []int{-1, 25} {
		if err := ts.PutPolicy(t.Context(), op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.PasswordPolicy{Min: 15, History: n}}); !ofField("History")(err) {
			t.Errorf("%d: %v", n, err)
		}
	}
	o := &office{r, r.desk(), r.person(eve)}
	u := r.person(ada)
	less := authn.OwnPolicy{Policy: authn.PasswordPolicy{Min: 20, History: 4}}
	if err := o.admin.PutPolicy(t.Context(), o.order(u), less); !ofField("History")(err) {
		t.Errorf("an exception: %v", err)
	}
	if _, err := authn.NewAccounts(authn.AccountsConfig{
		Service: r.accounts.Service, Identity: r.stores.Identity, BaseURL: "https://id.example.org/auth",
		Policy: password.Policy{History: 1},
	}); !ofField("Policy")(err) {
		t.Errorf("the program below its floor: %v", err)
	}
	if _, err := authn.NewAccounts(authn.AccountsConfig{
		Service: r.accounts.Service, Identity: r.stores.Identity, BaseURL: "https://id.example.org/auth",
		Policy: password.Policy{History: 25},
	}); err == nil {
		t.Error("a program that remembers 25")
	}
	if p := authn.PresetPCI().Password; p.History != 3 {
		t.Errorf("PCI remembers %d", p.History)
	}
}

// FAC-023: a program that is put beside one that remembers reads what that one wrote.
func TestPasswordHistory_is_read_by_who_keeps_none(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	row := r.held(ada, factor.Password)[0]
	body, err := r.vault.Open(row)
	must(t, err)
	old, err := r.hasher.Hash(r.entropy, secret(betterPassword))
	must(t, err)
	row.Version++
	row, err = r.vault.Seal(row, password.Replace(old, body, 5))
	must(t, err)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: row, Expect: row.Version - 1}))
	if !r.signsIn(ada, goodPassword) || r.signsIn(ada, betterPassword) {
		t.Error("not the password that holds")
	}
}
