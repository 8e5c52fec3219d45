package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func (b *browser) links(p *authn.Provisioner, e authn.External) error {
	b.r.t.Helper()
	_, err := b.act(func(ctx context.Context, s *session.Session) error { return p.Link(ctx, s, e) })
	return err
}

func (b *browser) unlinks(p *authn.Provisioner, subject string) error {
	b.r.t.Helper()
	_, err := b.act(func(ctx context.Context, s *session.Session) error { return p.Unlink(ctx, s, issuer, subject) })
	return err
}

func (b *browser) listsLinks(p *authn.Provisioner) (out []string) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		list, err := p.Links(ctx, s)
		must(b.r.t, err)
		for _, l := range list {
			out = append(out, l.Subject)
		}
	})
	return out
}

// ownersAlone takes the issuer's word for who comes to a linked account.
func ownersAlone() authn.ProvisioningPolicy {
	return authn.ProvisioningPolicy{Issuers: []authn.IssuerPolicy{{Issuer: issuer}}}
}

// AUN-151: whoever is signed in and has shown their strongest factor lately
// links what the issuer calls them: other sessions end, this one goes on, they are
// told, and the issuer leads to their account from then on.
func TestLink_ties_an_issuer_to_the_signed_in_person(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	p := r.provisioner(ownersAlone())
	other := r.browser().signIn(ada)
	b := r.browser().signIn(ada)
	old := b.ref()
	must(t, b.links(p, authn.External{Issuer: issuer, Subject: "Ada", Email: "anything"}))
	if !b.signedIn() || b.ref() == old || other.signedIn() {
		t.Errorf("this one %v, the other %v", b.signedIn(), other.signedIn())
	}
	if got := provided(t, p, vouched("Ada", "another@example.org"), authn.ProvisionKnown); got != u.Subject() {
		t.Errorf("leads to %v", got)
	}
	if got := b.listsLinks(p); !slices.Equal(got, []string{"Ada"}) {
		t.Errorf("links %q", got)
	}
	if got := r.subjects(); !slices.Equal(got, []string{string(authn.NoteFactorAdded)}) {
		t.Errorf("told %q", got)
	}
	now := b.ref()
	must(t, b.links(p, vouched("Ada", ada))) // again
	if b.ref() != now || strings.Count(r.audited(), `"identity_linked"`) != 1 || !strings.Contains(r.audited(), `"by":"self"`) {
		t.Error("a repetition is a change")
	}
	must(t, b.unlinks(p, "Ada"))
	if out := provides(t, p, vouched("Ada", ada)); !is[authn.NotProvisioned](out) || len(b.listsLinks(p)) != 0 || !b.signedIn() {
		t.Errorf("after the end: %+v", out)
	}
	if err := b.unlinks(p, "Ada"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
	if got := r.subjects(); !slices.Equal(got, []string{string(authn.NoteFactorAdded), string(authn.NoteFactorRemoved)}) {
		t.Errorf("told %q", got)
	}
}

// AUN-151, AUN-104, AUN-142: a stolen cookie links nothing and unlinks nothing once
// the factor is old, a weaker one is not enough, and nobody does it in another's
// name.
func TestLink_asks_for_a_fresh_factor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.provisioner(ownersAlone())
	r.linked(r.person(ada), "Mine")
	b := r.browser().signIn(ada)
	r.clock.Advance(authn.DefaultMaxAge + time.Second)
	refused := func(what string, b *browser, want error) {
		t.Helper()
		if err := b.links(p, vouched("Eve", ada)); !errors.Is(err, want) {
			t.Errorf("%s links: %v", what, err)
		}
		if err := b.unlinks(p, "Mine"); !errors.Is(err, want) {
			t.Errorf("%s unlinks: %v", what, err)
		}
	}
	refused("an old factor", b, authn.ErrStepUpRequired)
	refused("a guest", r.browser(), authn.ErrNotAuthenticated)
	b = r.browser().signIn(ada)
	acct, _ := r.account(ada)
	r.app(acct.User)
	refused("the weaker factor", b, authn.ErrStepUpRequired)
	r.person(boss)
	refused("somebody else", r.browser().signIn(boss).acts(acct.User), authn.ErrImpersonating)
	if acct, _ := r.account(ada); len(acct.Links) != 1 || strings.Contains(r.audited(), "identity_") {
		t.Errorf("%+v", acct.Links)
	}
}

// AUN-150, AUN-151: what belongs to somebody else, of another tenant or of an issuer
// that the tenant does not believe is refused alike, and the event says why.
func TestLink_refuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.provisioner(ownersAlone())
	r.linked(r.bare("bob@example.org", identity.Active), "Bob")
	u := r.person(ada)
	forged := authn.SealLink(r.index, identity.Link{Tenant: u.Tenant, User: u.ID, Issuer: issuer, External: "Forged", At: r.clock.Now(), By: u.ID})
	forged.MAC[0] ^= 1
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutLink{Link: forged}))
	b := r.browser().signIn(ada)
	for _, tc := range []struct {
		who authn.External
		why string
	}{
		{vouched("Bob", ada), "failure exists"},
		{authn.External{Issuer: "https://other.example", Subject: "Ada"}, "failure unlinked"},
		{authn.External{Issuer: issuer, Subject: ""}, "failure bad_input"},
		{authn.External{Issuer: issuer, Subject: "Ada", Tenant: identity.NewTenantID(r.entropy)}, "failure bad_input"},
		{vouched("Forged", ada), "suspicious integrity"},
	} {
		n := len(r.refusals())
		if err := b.links(p, tc.who); !errors.Is(err, authn.ErrLinkRefused) {
			t.Errorf("%s: %v", tc.why, err)
		}
		if got := r.refusals(); len(got) != n+1 || got[n] != tc.why {
			t.Errorf("%s: %q", tc.why, got)
		}
	}
	if acct, _ := r.account(ada); len(acct.Links) != 1 || len(b.listsLinks(p)) != 0 {
		t.Errorf("%+v", acct.Links)
	}
	for i := range identity.MaxLinks - 1 {
		r.linked(u, fmt.Sprint("many-", i))
	}
	if err := b.links(p, vouched("straw", ada)); !errors.Is(err, authn.ErrLimit) {
		t.Errorf("one too many: %v", err)
	}
}

// AUN-151: the last way to sign in stays; a link that this program has not written,
// or whose issuer the tenant does not believe, is no other way.
func TestUnlink_leaves_a_way_in(t *testing.T) {
	t.Parallel()
	// Their password opens nothing any more, though it is fresh in this session.
	stuck := func(t *testing.T) (*rig, *browser, identity.User) {
		t.Helper()
		r := newRig(t)
		u := r.person(ada)
		r.linked(u, "Ada")
		b := r.browser().signIn(ada)
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: authn.MFAMethods()[0]}))
		return r, b, u
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		r, b, u := stuck(t)
		p := r.provisioner(ownersAlone())
		if err := b.unlinks(p, "Ada"); !errors.Is(err, authn.ErrLastFactor) {
			t.Errorf("%v", err)
		}
		l := r.linked(u, "Bad")
		must(t, r.stores.Identity.Apply(t.Context(), identity.DropLink{Subject: u.Subject(), Issuer: issuer, External: "Bad"}))
		l.MAC[3] ^= 1
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutLink{Link: l}))
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutLink{Link: authn.SealLink(r.index, identity.Link{
			Tenant: u.Tenant, User: u.ID, Issuer: "https://other.example", External: "x", At: r.clock.Now(), By: u.ID,
		})}))
		if err := b.unlinks(p, "Ada"); !errors.Is(err, authn.ErrLastFactor) {
			t.Errorf("beside links that lead nowhere: %v", err)
		}
	})
	t.Run("another link, two at once", func(t *testing.T) {
		t.Parallel()
		for range 20 {
			r, b, u := stuck(t)
			p := r.provisioner(ownersAlone())
			r.linked(u, "Second")
			thief := b.jar()
			var wg sync.WaitGroup
			errs := make([]error, 2)
			for i, by := range []*browser{b, thief} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					errs[i] = by.unlinks(p, []string{"Ada", "Second"}[i])
				}()
			}
			wg.Wait()
			acct, _ := r.account(ada)
			if len(acct.Links) != 1 || errs[0] == nil && errs[1] == nil {
				t.Fatalf("%d links, %v", len(acct.Links), errs)
			}
		}
	})
}

// AUN-150: a tenant's own policy stands in the place of the program's, is written
// under the version that was seen, with an event, and one that somebody has put into
// the table takes nobody's word.
func TestSetProvisioning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op, p := opScope(t), r.provisioner(open())
	must(t, r.tenants().SetProvisioning(t.Context(), op, r.tenant, 0, authn.ProvisioningPolicy{}))
	if out := provides(t, p, vouched("Ada", ada)); !is[authn.NotProvisioned](out) {
		t.Errorf("the tenant has closed: %+v", out)
	}
	if !strings.Contains(r.audited(), `"settings":["provisioning"]`) {
		t.Error("no event")
	}
	for _, stale := range []uint64{0, 2} {
		if err := r.tenants().SetProvisioning(t.Context(), op, r.tenant, stale, open()); !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) {
			t.Errorf("version %d: %v", stale, err)
		}
	}
	must(t, r.tenants().SetProvisioning(t.Context(), op, r.tenant, 1, open()))
	got, version, err := r.tenants().Provisioning(t.Context(), op, r.tenant)
	if err != nil || version != 2 || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", open()) {
		t.Errorf("%+v %d %v", got, version, err)
	}
	closed := r.provisioner(authn.ProvisioningPolicy{})
	provided(t, closed, vouched("Ada", ada), authn.ProvisionCreated)

	view, err := r.stores.Identity.TenantByID(t.Context(), r.tenant)
	must(t, err)
	for name, forge := range map[string]func(row *identity.Policy){
		"issuer": func(row *identity.Policy) {
			row.Body = []byte(strings.Replace(string(row.Body), "id.example.org", "id.example.com", 1))
		},
		"version": func(*identity.Policy) {},
		"body":    func(row *identity.Policy) { row.Body = []byte("{}") },
		"tail":    func(row *identity.Policy) { row.Body = append(slices.Clone(row.Body), " {}"...) },
	} {
		row := view.Policies[0]
		forge(&row)
		now, err := r.stores.Identity.TenantByID(t.Context(), r.tenant)
		must(t, err)
		row.Version = now.Policies[0].Version + 1
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutPolicy{Policy: row, Expect: row.Version - 1}))
		if out := provides(t, p, vouched("Ada", ada)); !is[authn.NotProvisioned](out) || !strings.Contains(r.logs.String(), "policy_not_authentic") {
			t.Errorf("%s: %+v", name, out)
		}
		if _, _, err := r.tenants().Provisioning(t.Context(), op, r.tenant); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// AUN-150: a policy that could be misread is refused before anything is asked.
func TestProvisioningPolicy_validates(t *testing.T) {
	t.Parallel()
	one := func(f func(*authn.IssuerPolicy)) authn.ProvisioningPolicy {
		p := open()
		f(&p.Issuers[0])
		return p
	}
	many := make([]string, 33)
	for i := range many {
		many[i] = fmt.Sprintf("d%d.example", i)
	}
	for name, p := range map[string]authn.ProvisioningPolicy{
		"issuer, none":       one(func(i *authn.IssuerPolicy) { i.Issuer = "" }),
		"issuer, an address": one(func(i *authn.IssuerPolicy) { i.Issuer = "ada@example.org" }),
		"issuer, a space":    one(func(i *authn.IssuerPolicy) { i.Issuer = "a b" }),
		"issuer, long":       one(func(i *authn.IssuerPolicy) { i.Issuer = strings.Repeat("x", 256) }),
		"issuer twice":       {Issuers: append(open().Issuers, open().Issuers...)},
		"nine issuers":       {Issuers: make([]authn.IssuerPolicy, 9)},
		"no domain":          one(func(i *authn.IssuerPolicy) { i.Domains, i.LinkByAddress = nil, false }),
		"no domain to link":  one(func(i *authn.IssuerPolicy) { i.Domains, i.Create = nil, false }),
		"upper case":         one(func(i *authn.IssuerPolicy) { i.Domains[0] = "Example.org" }),
		"a wildcard":         one(func(i *authn.IssuerPolicy) { i.Domains[0] = "*.example.org" }),
		"an address":         one(func(i *authn.IssuerPolicy) { i.Domains[0] = "x@example.org" }),
		"nothing":            one(func(i *authn.IssuerPolicy) { i.Domains[0] = "" }),
		"a domain twice":     one(func(i *authn.IssuerPolicy) { i.Domains = []string{"a.example", "a.example"} }),
		"many domains":       one(func(i *authn.IssuerPolicy) { i.Domains = many }),
		"an attribute":       one(func(i *authn.IssuerPolicy) { i.Sync = []authn.Attribute{"email"} }),
		"an attribute twice": one(func(i *authn.IssuerPolicy) { i.Sync = append(i.Sync, i.Sync...) }),
		"less than none":     {PerHour: -1},
		"without bound":      {PerHour: 10001},
	} {
		var field *authn.FieldError
		if err := p.Validate(); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
		r := newRig(t)
		if _, err := authn.NewProvisioner(authn.ProvisionerConfig{Accounts: r.accounts, Default: p}); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
		r.work.take()
		if err := r.tenants().SetProvisioning(t.Context(), opScope(t), r.tenant, 0, p); !errors.As(err, &field) || r.work.take() != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := authn.NewProvisioner(authn.ProvisionerConfig{}); err == nil {
		t.Error("made of nothing")
	}
}
