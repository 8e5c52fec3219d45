package authn_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

const issuer = "https://id.example.org"

func (c *countedAdmin) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	if err := c.at("AccountByLink"); err != nil {
		return identity.Account{}, err
	}
	return c.Admin.AccountByLink(ctx, t, issuer, external)
}

// open is a policy that makes accounts and links by address.
func open() authn.ProvisioningPolicy {
	return authn.ProvisioningPolicy{Issuers: []authn.IssuerPolicy{{
		Issuer: issuer, Domains: []string{"example.org"}, Create: true, LinkByAddress: true,
		Sync: []authn.Attribute{authn.AttributeDisplayName},
	}}}
}

func (r *rig) provisioner(p authn.ProvisioningPolicy) *authn.Provisioner {
	r.t.Helper()
	out, err := authn.NewProvisioner(authn.ProvisionerConfig{Accounts: r.accounts, Default: p})
	must(r.t, err)
	return out
}

// vouched is somebody whose address the issuer has verified.
func vouched(subject, email string) authn.External {
	return authn.External{Issuer: issuer, Subject: subject, Email: email, EmailVerified: true, DisplayName: "Ada L.", Language: "de"}
}

func provides(t *testing.T, p *authn.Provisioner, e authn.External) authn.ProvisionOutcome {
	t.Helper()
	out, err := p.Provision(t.Context(), e)
	must(t, err)
	return out
}

// provided must lead to an account, come by this way.
func provided(t *testing.T, p *authn.Provisioner, e authn.External, how authn.Provision) identity.Subject {
	t.Helper()
	got, ok := provides(t, p, e).(authn.Provisioned)
	if !ok || got.How != how {
		t.Fatalf("%+v, want way %d", got, how)
	}
	return got.Subject
}

// refusals are the reasons of the events so far.
func (r *rig) refusals() (why []string) {
	r.t.Helper()
	for _, line := range r.story(nil) {
		if rest, ok := strings.CutPrefix(line, "provision_refused "); ok {
			why = append(why, strings.Join(strings.Fields(rest)[:2], " "))
		}
	}
	return why
}

func (r *rig) users() []identity.User {
	r.t.Helper()
	list, err := r.stores.Identity.Users(r.t.Context(), r.tenant, identity.UserCursor{}, identity.MaxPage)
	must(r.t, err)
	return list
}

// AUN-150, AUN-152, IDN-015: an account is made for whom a listed issuer has
// verified under a listed domain, active, with the address confirmed, a link and
// nothing else; the same link finds it again, and no other spelling of it does.
func TestProvision_makes_an_account_and_finds_it_again(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.provisioner(open())
	sub := provided(t, p, vouched("Ada", ada), authn.ProvisionCreated)
	acct, ok := r.account(ada)
	u := acct.User
	if !ok || u.Subject() != sub || u.State != identity.Active || u.EmailVerifiedAt.IsZero() || u.DisplayName != "Ada L." || u.Language != "de" ||
		u.CreatedBy != identity.SystemUser || u.Validate(identity.ReservedNames{}) != nil {
		t.Errorf("%+v", u)
	}
	if len(acct.Credentials)+len(acct.Grants)+len(acct.Methods) != 0 || len(acct.Links) != 1 {
		t.Errorf("%+v", acct)
	}
	for _, kind := range []string{`"kind":"user_created"`, `"source":"provisioned"`, `"kind":"identity_linked"`, `"issuer":"` + issuer + `"`} {
		if !strings.Contains(r.audited(), kind) {
			t.Errorf("no %s", kind)
		}
	}
	if got := provided(t, p, vouched("Ada", "elsewhere@example.net"), authn.ProvisionKnown); got != sub {
		t.Errorf("found %v, want %v", got, sub)
	}
	if out := provides(t, p, vouched("ada", ada)); is[authn.Provisioned](out) && out.(authn.Provisioned).How == authn.ProvisionKnown {
		t.Error("a subject that is spelled otherwise")
	}
	if strings.Contains(r.audited(), `"Ada"`) || strings.Contains(r.logs.String(), `"Ada"`) {
		t.Error("the subject is told in the clear")
	}
}

// AUN-150, AUN-152: whatever is not allowed is one neutral answer, writes nothing
// but an event, and the event says why.
func TestProvision_refuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	change := func(f func(*authn.External)) authn.External {
		e := vouched("Ada", ada)
		f(&e)
		return e
	}
	only := func(f func(*authn.IssuerPolicy)) authn.ProvisioningPolicy {
		p := open()
		f(&p.Issuers[0])
		return p
	}
	for name, tc := range map[string]struct {
		policy authn.ProvisioningPolicy
		who    authn.External
		before func(r *rig)
		why    string
	}{
		"by default":           {authn.ProvisioningPolicy{}, vouched("Ada", ada), nil, "unlinked"},
		"another issuer":       {open(), change(func(e *authn.External) { e.Issuer += "/" }), nil, "unlinked"},
		"no subject":           {open(), vouched("", ada), nil, "bad_input"},
		"a long subject":       {open(), vouched(long, ada), nil, "bad_input"},
		"no issuer":            {open(), change(func(e *authn.External) { e.Issuer = "" }), nil, "bad_input"},
		"the service's tenant": {open(), change(func(e *authn.External) { e.Tenant = identity.SystemTenant }), nil, "bad_input"},
		"no such tenant": {open(), change(func(e *authn.External) {
			e.Tenant = identity.NewTenantID(entropy.Seeded(9))
		}), nil, "tenant_inactive"},
		"a suspended tenant": {open(), vouched("Ada", ada), func(r *rig) {
			must(r.t, r.tenants().SuspendTenant(r.t.Context(), opScope(r.t), r.tenant))
		}, "tenant_inactive"},
		"a network": {open(), vouched("Ada", ada), func(r *rig) {
			r.sets(identity.TenantSettings{Network: identity.NetworkPolicy{Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}})
		}, "network"},
		"no address":            {open(), vouched("Ada", ""), nil, "domain"},
		"not verified":          {open(), change(func(e *authn.External) { e.EmailVerified = false }), nil, "domain"},
		"another domain":        {open(), vouched("Ada", "ada@example.net"), nil, "domain"},
		"a domain below":        {open(), vouched("Ada", "ada@sub.example.org"), nil, "domain"},
		"a look-alike domain":   {open(), vouched("Ada", "ada@evil.example.org@example.org"), nil, "domain"},
		"links of owners alone": {only(func(p *authn.IssuerPolicy) { p.Create, p.LinkByAddress = false, false }), vouched("Ada", ada), nil, "unlinked"},
		"nobody is made":        {only(func(p *authn.IssuerPolicy) { p.Create = false }), vouched("Ada", ada), nil, "unlinked"},
		"a reserved name":       {open(), vouched("Ada", "taboo@example.org"), nil, "bad_input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) {
				var err error
				a.ReservedNames, err = identity.NewReservedNames("taboo@example.org")
				must(t, err)
			})
			if tc.before != nil {
				tc.before(r)
			}
			if out := provides(t, r.provisioner(tc.policy), tc.who); !is[authn.NotProvisioned](out) {
				t.Errorf("%+v", out)
			}
			if got := r.refusals(); !slices.Equal(got, []string{"failure " + tc.why}) {
				t.Errorf("%q", got)
			}
			if got := r.users(); len(got) != 0 {
				t.Errorf("made %+v", got)
			}
		})
	}
}

// AUN-152, AUN-I16: nobody who was stopped comes back, by link or by address, and
// nothing of them changes.
func TestProvision_revives_nobody(t *testing.T) {
	t.Parallel()
	for _, linked := range []bool{true, false} {
		for state := identity.PendingActivation; state <= identity.Erasing; state++ {
			if state == identity.Active {
				continue
			}
			r := newRig(t)
			u := r.bare(ada, state)
			if linked {
				r.linked(u, "Ada")
			}
			was, _ := r.account(ada)
			if out := provides(t, r.provisioner(open()), vouched("Ada", ada)); !is[authn.NotProvisioned](out) {
				t.Errorf("state %d, linked %v: %+v", state, linked, out)
			}
			if now, _ := r.account(ada); fmt.Sprintf("%+v", now) != fmt.Sprintf("%+v", was) {
				t.Errorf("state %d, linked %v: %+v, was %+v", state, linked, now, was)
			}
			if got := r.refusals(); !slices.Equal(got, []string{"failure not_active"}) {
				t.Errorf("state %d: %q", state, got)
			}
		}
	}
}

// bare is an account without any factor.
func (r *rig) bare(email string, state identity.UserState) identity.User {
	r.t.Helper()
	id, err := identity.NewIdentifier(identity.Email, email)
	must(r.t, err)
	now := r.clock.Now()
	u := identity.User{
		ID: identity.NewUserID(r.entropy), Tenant: r.tenant, Identifiers: []identity.Identifier{id}, DisplayName: "Ada L.",
		State: state, Detail: identity.StateDetail{Since: now}, WebAuthnHandle: entropy.Bytes32(r.entropy),
		AuditHandle: entropy.Bytes16(r.entropy), CreatedAt: now, UpdatedAt: now, EmailVerifiedAt: now,
	}
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.NewUser{User: u}))
	return u
}

// linked ties somebody to what the issuer calls them, as the product would.
func (r *rig) linked(u identity.User, subject string) identity.Link {
	r.t.Helper()
	l := authn.SealLink(r.index, identity.Link{
		Tenant: u.Tenant, User: u.ID, Issuer: issuer, External: subject, At: r.clock.Now(), By: u.ID,
	})
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutLink{Link: l}))
	return l
}

// AUN-123, AUN-152: a sign-up that waits for the address goes: its password opens
// nothing, its link and its browser finish nothing.
func TestProvision_takes_the_place_of_a_sign_up(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	thief := r.browser()
	link := thief.asks(ada, "thief's horse battery staple")
	sub := provided(t, r.provisioner(open()), vouched("Ada", ada), authn.ProvisionCreated)
	if c, err := thief.confirm(link, ""); !errors.Is(err, authn.ErrTokenInvalid) || c.SignedIn {
		t.Errorf("the sign-up went on: %+v, %v", c, err)
	}
	acct, _ := r.account(ada)
	if acct.User.Subject() != sub || len(acct.Credentials) != 0 || r.opens(ada, "thief's horse battery staple") {
		t.Errorf("%+v", acct)
	}
}

// AUN-151: an account with a factor of its own is linked by whoever shows that
// factor; by its address alone only where it has none, has confirmed the address
// here too, and the policy says so. Sessions of before end, and its owner is told.
func TestProvision_joins_by_address_only_what_has_no_factor(t *testing.T) {
	t.Parallel()
	t.Run("a factor", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.person(ada)
		if out := provides(t, r.provisioner(open()), vouched("Ada", ada)); !is[authn.SignInToLink](out) {
			t.Errorf("%+v", out)
		}
		if acct, _ := r.account(ada); len(acct.Links) != 0 || !slices.Equal(r.refusals(), []string{"failure exists"}) {
			t.Errorf("%+v %q", acct.Links, r.refusals())
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		u := r.bare(ada, identity.Active)
		before, err := r.sessions.Epochs(t.Context(), u.Subject())
		must(t, err)
		if got := provided(t, r.provisioner(open()), vouched("Ada", ada), authn.ProvisionJoined); got != u.Subject() {
			t.Errorf("joined %v", got)
		}
		after, err := r.sessions.Epochs(t.Context(), u.Subject())
		must(t, err)
		if after.User != before.User+1 {
			t.Error("sessions go on")
		}
		if got := r.subjects(); !slices.Equal(got, []string{string(authn.NoteFactorAdded)}) {
			t.Errorf("told %q", got)
		}
		provided(t, r.provisioner(open()), vouched("Ada", ada), authn.ProvisionKnown)
	})
	t.Run("policy without", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.bare(ada, identity.Active)
		p := open()
		p.Issuers[0].LinkByAddress = false
		if out := provides(t, r.provisioner(p), vouched("Ada", ada)); !is[authn.SignInToLink](out) {
			t.Errorf("%+v", out)
		}
	})
	t.Run("address not confirmed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		id, err := identity.NewIdentifier(identity.Email, ada)
		must(t, err)
		must(t, r.stores.Identity.Apply(t.Context(), identity.NewUser{User: identity.User{
			ID: identity.NewUserID(r.entropy), Tenant: r.tenant, Identifiers: []identity.Identifier{id}, State: identity.Active,
			Detail: identity.StateDetail{Since: r.clock.Now()}, WebAuthnHandle: [32]byte{1}, AuditHandle: [16]byte{1},
			CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now(),
		}}))
		if out := provides(t, r.provisioner(open()), vouched("Ada", ada)); !is[authn.NotProvisioned](out) {
			t.Errorf("%+v", out)
		}
	})
	t.Run("a factor comes meanwhile", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		u := r.bare(ada, identity.Active)
		r.ident.hook(func(verb string) error {
			if !strings.HasPrefix(verb, "Apply") {
				return nil
			}
			r.ident.hook(nil)
			body, err := r.hasher.Hash(r.entropy, secret(goodPassword))
			must(t, err)
			return r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)},
				identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())})
		})
		if out := provides(t, r.provisioner(open()), vouched("Ada", ada)); !is[authn.SignInToLink](out) {
			t.Errorf("%+v", out)
		}
	})
}

// AUN-152: of 64 first logins of one person one makes the account, all find it, and
// only one is counted.
func TestProvision_64_at_once_make_one_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	policy := open()
	policy.PerHour = 100
	p := r.provisioner(policy)
	var wg sync.WaitGroup
	outs := make([]authn.ProvisionOutcome, 64)
	start := make(chan struct{})
	for i := range outs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			var err error
			if outs[i], err = p.Provision(t.Context(), vouched("Ada", ada)); err != nil {
				t.Error(err)
			}
		}()
	}
	close(start)
	wg.Wait()
	made := 0
	for _, out := range outs {
		got, ok := out.(authn.Provisioned)
		if !ok || got.Subject != outs[0].(authn.Provisioned).Subject {
			t.Fatalf("%+v beside %+v", out, outs[0])
		}
		if got.How == authn.ProvisionCreated {
			made++
		}
	}
	if made != 1 || len(r.users()) != 1 {
		t.Errorf("made %d, there are %d", made, len(r.users()))
	}
	for i := range 99 {
		provided(t, p, vouched(fmt.Sprint(i), fmt.Sprintf("p%d@example.org", i)), authn.ProvisionCreated)
	}
	if out := provides(t, p, vouched("one too many", "many@example.org")); !is[authn.NotProvisioned](out) {
		t.Errorf("beyond the allowance: %+v", out)
	}
}

// AUN-152: who finds no link and then, a moment later, the account that another
// login of the same person has just made, has found their own.
func TestProvision_finds_what_was_made_between_two_looks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	policy := open()
	policy.Issuers[0].LinkByAddress = false
	p := r.provisioner(policy)
	r.ident.hook(func(verb string) error {
		if verb == "AccountByIdentifier" {
			r.ident.hook(nil)
			provided(t, p, vouched("Ada", ada), authn.ProvisionCreated)
		}
		return nil
	})
	provided(t, p, vouched("Ada", ada), authn.ProvisionKnown)
	if got := r.refusals(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// AUN-152: a tenant's allowance of new accounts stops nobody who has one, and is
// there again after an hour.
func TestProvision_is_bounded_by_the_hour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	policy := open()
	policy.PerHour = 2
	p := r.provisioner(policy)
	provided(t, p, vouched("1", "one@example.org"), authn.ProvisionCreated)
	provided(t, p, vouched("2", "two@example.org"), authn.ProvisionCreated)
	if out := provides(t, p, vouched("3", "three@example.org")); !is[authn.NotProvisioned](out) {
		t.Errorf("%+v", out)
	}
	if got := r.refusals(); !slices.Equal(got, []string{"failure limit"}) {
		t.Errorf("%q", got)
	}
	provided(t, p, vouched("1", "one@example.org"), authn.ProvisionKnown)
	r.clock.Advance(time.Hour + time.Second)
	provided(t, p, vouched("3", "three@example.org"), authn.ProvisionCreated)
}

// AUN-150, AUN-I16: a link that somebody has written into the table leads nowhere,
// whichever field they changed, raises an alarm, and is suspicious.
func TestProvision_follows_no_forged_link(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(l *identity.Link, victim identity.User){
		"another's":    func(l *identity.Link, victim identity.User) { l.User = victim.ID },
		"no mac":       func(l *identity.Link, _ identity.User) { l.MAC = [32]byte{} },
		"another time": func(l *identity.Link, _ identity.User) { l.At = l.At.Add(time.Second) },
		"another hand": func(l *identity.Link, victim identity.User) { l.By = victim.ID },
		"subject":      func(l *identity.Link, _ identity.User) { l.External = "Eve" },
	} {
		r := newRig(t)
		u, victim := r.bare("eve@example.org", identity.Active), r.bare(ada, identity.Active)
		l := r.linked(u, "Ada")
		must(t, r.stores.Identity.Apply(t.Context(), identity.DropLink{Subject: u.Subject(), Issuer: l.Issuer, External: l.External}))
		forge(&l, victim)
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutLink{Link: l}))
		if out := provides(t, r.provisioner(open()), vouched(l.External, "eve@example.org")); !is[authn.NotProvisioned](out) {
			t.Errorf("%s: %+v", name, out)
		}
		if got := r.refusals(); !slices.Equal(got, []string{"suspicious integrity"}) || !strings.Contains(r.logs.String(), "link_not_authentic") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// AUN-153: what the policy names follows the issuer, nothing else, and what the
// issuer does not say stays.
func TestProvision_takes_over_what_is_named(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.provisioner(open())
	provided(t, p, vouched("Ada", ada), authn.ProvisionCreated)
	told := strings.Count(r.audited(), "user_updated")
	for _, e := range []authn.External{
		{Issuer: issuer, Subject: "Ada", Email: "other@example.org", EmailVerified: true, DisplayName: "Ada King", Language: "fr"},
		{Issuer: issuer, Subject: "Ada"},
		{Issuer: issuer, Subject: "Ada", DisplayName: "bell\a"},
		{Issuer: issuer, Subject: "Ada", DisplayName: "Ada King"},
	} {
		provided(t, p, e, authn.ProvisionKnown)
		acct, ok := r.account(ada)
		if !ok || acct.User.DisplayName != "Ada King" || acct.User.Language != "de" || len(acct.User.Identifiers) != 1 {
			t.Errorf("%+v: %+v", e, acct.User)
		}
	}
	if n := strings.Count(r.audited(), "user_updated") - told; n != 1 || !strings.Contains(r.audited(), `"fields":["display_name"]`) {
		t.Errorf("%d events", n)
	}
	all := open()
	all.Issuers[0].Sync = append(all.Issuers[0].Sync, authn.AttributeLanguage)
	provided(t, r.provisioner(all), authn.External{Issuer: issuer, Subject: "Ada", Language: "no tag"}, authn.ProvisionKnown)
	provided(t, r.provisioner(all), authn.External{Issuer: issuer, Subject: "Ada", Language: "fr"}, authn.ProvisionKnown)
	if acct, _ := r.account(ada); acct.User.Language != "fr" {
		t.Errorf("language %q", acct.User.Language)
	}
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			return errPlug
		}
		return nil
	})
	provided(t, p, vouched("Ada", ada), authn.ProvisionKnown) // what cannot be taken over stops nobody
	if !strings.Contains(r.logs.String(), "provision_sync") {
		t.Error("and nobody hears of it")
	}
}
