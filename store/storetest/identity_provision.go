package storetest

import (
	"log/slog"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// silence words no mail.
type silence struct{}

func (silence) Mail(n authn.Note) (subject, text string) { return string(n.Kind), string(n.Kind) }

// accounts are the verbs of people on the stores of the test.
func (k *kit) accounts(t identity.TenantID) *authn.Accounts {
	k.Helper()
	clk := clock.NewFake(at(0))
	rings, err := keys.Ephemeral(k.src).Load(k.ctx())
	k.must(err)
	sessions, err := session.New(session.Config{
		Logger: slog.New(slog.DiscardHandler),
		Store:  k.s.Session, Keys: rings, Outbox: k.s.Identity, Clock: clk, Entropy: k.src, Cookie: session.CookieConfig{InsecureHTTP: true},
	})
	k.must(err)
	log, err := audit.New(audit.Config{Clock: clk, Entropy: k.src, Keys: rings.Index})
	k.must(err)
	hasher, err := password.New(password.Config{Params: password.InsecureCheap()})
	k.must(err)
	gate, err := password.NewGate(password.GateConfig{Clock: clk, Params: password.InsecureCheap()})
	k.must(err)
	queue, err := mail.NewQueue(mail.QueueConfig{Data: rings.Data, Outbox: k.s.Identity, Sender: &mail.Outbox{}, Clock: clk})
	k.must(err)
	service, err := authn.New(authn.Config{
		Identity: k.s.Identity, Ledger: k.s.Throttle, Sessions: sessions, Audit: log, Vault: factor.NewVault(rings.Data, rings.Index),
		Keys: rings, Clock: clk, Entropy: k.src, Tenant: t, Password: hasher, Gate: gate, Issuer: "storetest",
		Notes: authn.Notes{Texts: silence{}, Mail: queue},
	})
	k.must(err)
	out, err := authn.NewAccounts(authn.AccountsConfig{Service: service, Identity: k.s.Identity, BaseURL: "http://localhost/auth"})
	k.must(err)
	return out
}

// AUN-150, AUN-152, AUN-I16: of 64 first logins of one person at once one makes the
// account, all find it, and it is found by the same link from then on: policy and
// link come back from the store as they were sealed.
func raceProvision(k *kit) {
	const issuer = "https://id.example"
	w := newWorld(k)
	t := k.tenant("provisioned")
	t.Settings = identity.TenantSettings{} // nobody has an address here
	k.apply(identity.NewTenant{Tenant: t, Methods: authn.DefaultMethods()})
	people := k.accounts(t.ID)
	who, err := identity.System("storetest")
	k.must(err)
	op, err := identity.Operate(who)
	k.must(err)
	k.must(authn.NewTenants(people).SetProvisioning(k.ctx(), op, t.ID, 0, authn.ProvisioningPolicy{
		Issuers: []authn.IssuerPolicy{{Issuer: issuer, Domains: []string{"example.test"}, Create: true}},
	}))
	p, err := authn.NewProvisioner(authn.ProvisionerConfig{Accounts: people})
	k.must(err)
	grace := authn.External{Issuer: issuer, Subject: "Grace", Email: "grace@example.test", EmailVerified: true}
	outs := make([]authn.ProvisionOutcome, racers)
	for i, err := range race(func(i int) (err error) {
		outs[i], err = p.Provision(k.ctx(), grace)
		return err
	}) {
		if err != nil {
			k.Errorf("login %d: %v", i, err)
		}
	}
	acct, err := k.s.Identity.AccountByLink(k.ctx(), t.ID, issuer, "Grace")
	k.must(err)
	made := 0
	for i, out := range outs {
		got, ok := out.(authn.Provisioned)
		if !ok || got.Subject != acct.User.Subject() {
			k.Errorf("login %d: %T %+v, want %v", i, out, out, acct.User.Subject())
		}
		if got.How == authn.ProvisionCreated {
			made++
		}
	}
	equal(k, "made", made, 1)
	out, err := p.Provision(k.ctx(), grace)
	k.must(err)
	equal(k, "again", out, authn.ProvisionOutcome(authn.Provisioned{Subject: acct.User.Subject(), How: authn.ProvisionKnown}))
	list, err := k.s.Identity.Users(k.ctx(), t.ID, identity.UserCursor{}, identity.MaxPage)
	k.must(err)
	equal(k, "users", len(list), 1)
	k.fails("another tenant", first(k.s.Identity.AccountByLink(k.ctx(), w.tenant.ID, issuer, "Grace")), store.ErrNotFound)
}
