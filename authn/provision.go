package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// ProvisionerConfig wires a [Provisioner]. Accounts is required.
type ProvisionerConfig struct {
	Accounts *Accounts
	// Default holds in tenants that have no policy of their own. Zero: that of
	// Config.Provisioning.
	Default ProvisioningPolicy
}

// Provisioner finds or makes the account of somebody whom an issuer has verified.
// What leads from one to the other is the link of tenant, issuer and subject, never
// an address alone (AUN-150). It signs nobody in and verifies no assertion: whoever
// calls it has checked signature, audience, times and issuer, and that the answer
// belongs to this browser. It is immutable and safe for concurrent use.
type Provisioner struct {
	a   *Accounts
	def ProvisioningPolicy
}

// NewProvisioner checks the configuration. The error is a *[FieldError].
func NewProvisioner(cfg ProvisionerConfig) (*Provisioner, error) {
	if cfg.Accounts == nil {
		return nil, fieldError("Accounts", "is required")
	}
	if err := cfg.Default.Validate(); err != nil {
		return nil, prefixed("Default", err)
	}
	if len(cfg.Default.Issuers) == 0 {
		cfg.Default = cfg.Accounts.provisions
	}
	return &Provisioner{cfg.Accounts, cfg.Default.clone()}, nil
}

// External is somebody as an issuer has verified them.
type External struct {
	// Tenant is zero for the configured one.
	Tenant identity.TenantID
	// Issuer and Subject are the link: 1 to 255 bytes of visible ASCII each,
	// compared byte for byte.
	Issuer, Subject string
	// Email counts only with EmailVerified, and for the domains that the policy
	// leaves to this issuer.
	Email         string
	EmailVerified bool
	// DisplayName and Language are what the issuer says beyond; what cannot be
	// stored is left out.
	DisplayName, Language string
}

// ProvisionOutcome is what provisioning led to. The set is closed.
//
//sumtype:decl
type ProvisionOutcome interface{ provisionOutcome() }

type (
	// Provisioned means that there is one account, which may sign in.
	Provisioned struct {
		Subject identity.Subject
		How     Provision
	}
	// SignInToLink means that the address belongs to an account with factors of its
	// own: its owner signs in with them and links there ([Provisioner.Link]).
	SignInToLink struct{}
	// NotProvisioned is every refusal; which it was is in the event alone.
	NotProvisioned struct{}
)

func (Provisioned) provisionOutcome()    {}
func (SignInToLink) provisionOutcome()   {}
func (NotProvisioned) provisionOutcome() {}

// Provision says how an account was come by.
type Provision uint8

// The ways. The zero value is none of them.
const (
	// ProvisionKnown: there was a link.
	ProvisionKnown Provision = iota + 1
	// ProvisionJoined: the address led to an account that had no factor of its own.
	ProvisionJoined
	// ProvisionCreated: the account was made now.
	ProvisionCreated
)

func (p Provision) word() string {
	switch p {
	case ProvisionKnown:
		return "known"
	case ProvisionJoined:
		return "joined"
	case ProvisionCreated:
		return "created"
	}
	return ""
}

// provisioning is one call of a Provisioner.
type provisioning struct {
	External
	mac    string // keyed digest of issuer and subject, for events
	issuer IssuerPolicy
	hourly int
	now    time.Time
}

// Provision finds the account of somebody: by the link; else, where the policy
// leaves the address to the issuer, by the address, if the account has no factor of
// its own; else it makes one, if the policy says so. What is stored of an account
// that exists is never changed but for a link and for the attributes that the policy
// names: neither state nor credentials nor roles (AUN-152, AUN-I16). Of any number
// of calls for one person at once one makes the account, and all find it.
//
// Errors: store errors; after one the call may be repeated.
func (p *Provisioner) Provision(ctx context.Context, e External) (ProvisionOutcome, error) {
	out, err := p.provision(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("authn: provision: %w", err)
	}
	if done, ok := out.(Provisioned); ok {
		p.a.metrics.provisioned(done.How.word(), "")
	}
	return out, nil
}

func (p *Provisioner) provision(ctx context.Context, e External) (ProvisionOutcome, error) {
	if e.Tenant.IsZero() {
		e.Tenant = p.a.tenantOf(ctx, e.Tenant)
	}
	call := &provisioning{External: e, mac: p.externalMAC(e), now: p.a.clock.Now()}
	reason, _, err := p.admit(ctx, call)
	if err != nil || reason != "" {
		return p.refuse(ctx, call, reason), err
	}
	const tries = 3
	for n := 1; ; n++ {
		out, err := p.resolve(ctx, call)
		lost := errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound)
		if !lost || n == tries {
			return out, err
		}
	}
}

// admit judges what does not depend on who it is: the form, the tenant, its rule of
// networks, and whether it takes the issuer's word. An empty reason lets them pass.
func (p *Provisioner) admit(ctx context.Context, call *provisioning) (audit.Reason, identity.TenantView, error) {
	var view identity.TenantView
	if identity.CheckLink(call.Issuer, call.Subject) != nil || identity.IsReserved(call.Tenant) {
		return audit.ReasonBadInput, view, nil //nolint:nilerr // what an issuer says is refused, not an error
	}
	view, err := p.a.ident.TenantByID(ctx, call.Tenant)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return audit.ReasonTenantInactive, view, nil
	case err != nil:
		return "", view, err
	case view.Tenant.Status != identity.TenantActive:
		return audit.ReasonTenantInactive, view, nil
	case !admits(ctx, view):
		return audit.ReasonNetwork, view, nil
	}
	policy := p.policy(ctx, view)
	taken := false
	call.issuer, taken = policy.of(call.Issuer)
	call.hourly = policy.hourly()
	if !taken {
		return audit.ReasonUnlinked, view, nil
	}
	return "", view, nil
}

// resolve goes through the order once. An error that means a lost race makes the
// caller begin again.
func (p *Provisioner) resolve(ctx context.Context, call *provisioning) (ProvisionOutcome, error) {
	acct, err := p.a.ident.AccountByLink(ctx, call.Tenant, call.Issuer, call.Subject)
	switch {
	case err == nil:
		return p.known(ctx, call, acct), nil
	case errors.Is(err, store.ErrCorrupt):
		p.a.alarm(ctx, alarmDataIntegrity, err)
		return p.refuse(ctx, call, audit.ReasonIntegrity), nil
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	address, err := identity.NewIdentifier(identity.Email, call.Email)
	switch {
	case !call.issuer.Create && !call.issuer.LinkByAddress:
		return p.refuse(ctx, call, audit.ReasonUnlinked), nil
	case err != nil || !call.EmailVerified || !call.issuer.decides(address):
		return p.refuse(ctx, call, audit.ReasonDomain), nil //nolint:nilerr // as above
	}
	holder, err := p.a.ident.AccountByIdentifier(ctx, call.Tenant, address.Kind, address.Canonical)
	switch {
	case errors.Is(err, store.ErrCorrupt):
		p.a.alarm(ctx, alarmDataIntegrity, err)
		return p.refuse(ctx, call, audit.ReasonIntegrity), nil
	case err == nil && holder.User.State != identity.Candidate:
		return p.join(ctx, call, holder.User.Subject(), address)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, err
	case !call.issuer.Create:
		return p.refuse(ctx, call, audit.ReasonUnlinked), nil
	case p.a.reserved.Check(address) != nil:
		return p.refuse(ctx, call, audit.ReasonBadInput), nil //nolint:nilerr // as above
	}
	return p.create(ctx, call, address, holder)
}

// known judges the account that a link leads to. A row that this program has not
// written leads nowhere.
func (p *Provisioner) known(ctx context.Context, call *provisioning, acct identity.Account) ProvisionOutcome {
	at := slices.IndexFunc(acct.Links, call.is)
	if at < 0 || acct.Links[at].Subject() != acct.User.Subject() || !p.a.links.genuine(acct.Links[at]) || identity.IsReserved(acct.User.ID) {
		p.a.alarm(ctx, alarmLink, fmt.Errorf("authn: link is not authentic: %w", store.ErrCorrupt))
		return p.refuse(ctx, call, audit.ReasonIntegrity)
	}
	if !usable(acct, call.now) {
		return p.refuse(ctx, call, audit.ReasonNotActive)
	}
	p.sync(ctx, call, acct.User)
	return Provisioned{acct.User.Subject(), ProvisionKnown}
}

// join links an account by its address, if that proves enough: the account has no
// factor of its own that its owner could be asked for (OAU-098), and the address was
// confirmed here too. Any change of factors raises the epoch that the commit is
// conditioned on.
func (p *Provisioner) join(ctx context.Context, call *provisioning, sub identity.Subject, address identity.Identifier) (ProvisionOutcome, error) {
	before, err := p.a.sessions.Epochs(ctx, sub)
	if err != nil {
		return nil, err
	}
	acct, err := p.a.ident.AccountByID(ctx, sub)
	if err != nil {
		return nil, err
	}
	u := acct.User
	switch {
	case slices.ContainsFunc(acct.Links, call.is):
		// Another login of this person has made it since we looked.
		return p.known(ctx, call, acct), nil
	case identity.IsReserved(u.ID), !usable(acct, call.now):
		return p.refuse(ctx, call, audit.ReasonNotActive), nil
	case u.EmailVerifiedAt.IsZero() || !owns(u, address.Canonical):
		return p.refuse(ctx, call, audit.ReasonExists), nil
	case !call.issuer.LinkByAddress || len(acct.Credentials) > 0:
		p.refuse(ctx, call, audit.ReasonExists)
		return SignInToLink{}, nil
	case len(acct.Links) >= identity.MaxLinks:
		return p.refuse(ctx, call, audit.ReasonLimit), nil
	}
	changes := []identity.Change{
		identity.PutLink{Link: p.a.links.sealed(call.link(sub, identity.SystemUser))},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: before.User},
	}
	rows := append(p.a.events.linked(ctx, bySystem(u), call.Issuer, audit.BySystem),
		p.a.told(ctx, u, Note{Kind: NoteFactorAdded, At: call.now, Factor: kindFederated, Label: call.Issuer})...)
	err = p.a.admin.Apply(ctx, append(changes, p.a.events.changes(rows)...)...)
	if errors.Is(err, identity.ErrNotRevoked) {
		return nil, &RevocationError{Changed: true, Err: err}
	}
	if err != nil {
		return nil, err
	}
	p.a.wake()
	return Provisioned{sub, ProvisionJoined}, nil
}

// refuse leaves the reason in an event and says nothing of it.
func (p *Provisioner) refuse(ctx context.Context, call *provisioning, reason audit.Reason) ProvisionOutcome {
	if reason != "" {
		outcome := audit.Failure
		if reason == audit.ReasonIntegrity {
			outcome = audit.Suspicious
		}
		p.a.metrics.provisioned(outcome.String(), reason)
		p.a.events.record(ctx, p.a.ident, p.a.events.provisionRefused(ctx, call, reason))
	}
	return NotProvisioned{}
}

// externalMAC names somebody at an issuer in events.
func (p *Provisioner) externalMAC(e External) string {
	return p.a.events.identifierMAC(e.Tenant, e.Issuer+"\n"+e.Subject)
}

func (c *provisioning) is(l identity.Link) bool {
	return l.Issuer == c.Issuer && l.External == c.Subject
}

// link is the row of a call, without MAC.
func (c *provisioning) link(sub identity.Subject, by identity.UserID) identity.Link {
	return identity.Link{Tenant: sub.Tenant, User: sub.User, Issuer: c.Issuer, External: c.Subject, At: c.now, By: by}
}

func bySystem(u identity.User) audit.Of {
	of := aboutUser(u)
	of.Actor = identity.SystemUser
	return of
}

func (e events) linked(ctx context.Context, of audit.Of, issuer string, by audit.By) []store.Row {
	return e.row(ctx, of, audit.IdentityLinked{Outcome: audit.Success, Issuer: issuer, By: by})
}

func (e events) unlinked(ctx context.Context, of audit.Of, issuer string, by audit.By) []store.Row {
	return e.row(ctx, of, audit.IdentityUnlinked{Outcome: audit.Success, Issuer: issuer, By: by})
}

func (e events) provisionRefused(ctx context.Context, call *provisioning, reason audit.Reason) []store.Row {
	// An issuer that the tenant does not name may be anything.
	ev := audit.ProvisionRefused{Outcome: audit.Failure, Issuer: call.issuer.Issuer, IdentifierMAC: call.mac, Reason: reason}
	if reason == audit.ReasonIntegrity {
		ev.Outcome = audit.Suspicious
	}
	return e.row(ctx, audit.Of{Tenant: call.Tenant}, ev)
}
