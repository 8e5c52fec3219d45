package authn

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Refusals of an administrator's order.
var (
	// ErrReason means that the reason is missing, above 512 bytes, or not printable.
	ErrReason = errors.New("authn: a reason of 1 to 512 bytes of printable text is required")
	// ErrSelf means that somebody meant their own account (AUN-110).
	ErrSelf = errors.New("authn: not to one's own account")
)

// maxOrderReason is what the detail of a state holds, in bytes.
const maxOrderReason = 512

// AdminConfig wires [Admin]. Accounts is required.
type AdminConfig struct {
	Accounts *Accounts
	// AllowSelf lets an administrator end their own account.
	AllowSelf bool
	// Veto may keep an account from being erased, before anything is changed; its
	// error is found by errors.Is. It may be asked more than once. Nil: nobody objects.
	Veto func(ctx context.Context, s identity.Subject) error
	// NoImpersonation are roles whose holders nobody acts as. Nil: [identity.RoleAdmin]
	// (AUN-140).
	NoImpersonation []identity.Role
	// WithoutImpersonationNotice, a reason, sends nobody the mail that somebody acts
	// as them; their history says so all the same (AUN-143).
	WithoutImpersonationNotice string
}

// Admin is what administrators do to the accounts of others: it makes them, moves
// them through their states, takes factors away and lifts locks, acts in their name,
// and never sets or shows a secret: what somebody signs in with they choose behind a
// mailed link (AUN-115). Who may give an
// order is decided before, by a guard; here the actor must be an account that may
// sign in, in person, and reaches their own tenant alone. The system
// ([identity.System]) reaches all: that is an operator. It is immutable and safe
// for concurrent use.
type Admin struct {
	people    *Accounts
	allowSelf bool
	veto      func(ctx context.Context, s identity.Subject) error
	protected []identity.Role
	discreet  bool
}

// NewAdmin checks the configuration. The error is a *[FieldError].
func NewAdmin(cfg AdminConfig) (*Admin, error) {
	if cfg.Accounts == nil {
		return nil, fieldError("Accounts", "is required")
	}
	if cfg.Veto == nil {
		cfg.Veto = func(context.Context, identity.Subject) error { return nil }
	}
	if cfg.NoImpersonation == nil {
		cfg.NoImpersonation = []identity.Role{identity.RoleAdmin}
	}
	if cfg.WithoutImpersonationNotice != "" {
		cfg.Accounts.log.Warn("authn: WithoutImpersonationNotice: people are not told by mail who acts as them", "reason", cfg.WithoutImpersonationNotice)
	}
	return &Admin{cfg.Accounts, cfg.AllowSelf, cfg.Veto, slices.Clone(cfg.NoImpersonation), cfg.WithoutImpersonationNotice != ""}, nil
}

// Order says who does what to whom, and why.
type Order struct {
	// Actor is a signed-in person in person, or the system.
	Actor   identity.Human
	Subject identity.Subject
	// Reason is for those who look after accounts: 1 to 512 bytes of printable text,
	// never shown to the person.
	Reason string
	// Until ends a suspension by itself; zero: only [Admin.Activate] does. No other
	// verb has it.
	Until time.Time
}

// order is an Order that was looked into.
type order struct {
	Order
	verb string
	by   audit.By
	now  time.Time
	of   audit.Of // without subject
}

// harm says whether a verb takes something from the account: such an order is not
// for one's own.
type harm uint8

const (
	harmless harm = iota
	harmful
)

// take checks an order before anything is read of the account that it means. The
// account is then read in the tenant of the actor alone.
func (a *Admin) take(ctx context.Context, verb string, o Order, h harm) (order, error) {
	t := order{Order: o, verb: verb, now: a.people.clock.Now(), by: audit.ByAdmin}
	if err := checkReason(o.Reason); err != nil {
		return t, err
	}
	if !o.Until.IsZero() && (verb != "suspend" || !o.Until.After(t.now)) {
		return t, fieldError("Until", "must be the end of a suspension, in the future")
	}
	t.Until = o.Until.Truncate(time.Microsecond) // as it is stored, to know a repetition
	t.of = audit.Of{Tenant: o.Actor.Tenant(), Actor: o.Actor.User()}
	if o.Actor.IsSystem() {
		t.by, t.of.Tenant = audit.BySystem, o.Subject.Tenant
		return t, nil
	}
	if _, acting := o.Actor.Actor(); !o.Actor.Valid() || acting {
		// Who acts in a person's name has that person's rights over nobody (AUN-142).
		return t, ErrNotAuthenticated
	}
	if o.Subject == o.Actor.Subject() {
		if h == harmful && !a.allowSelf {
			return t, ErrSelf
		}
		t.by, t.of.Actor = audit.BySelf, identity.UserID{}
	}
	acct, err := a.people.ident.AccountByID(ctx, o.Actor.Subject())
	if errors.Is(err, store.ErrNotFound) || err == nil && !usable(acct, t.now) {
		return t, ErrNotAuthenticated
	}
	if t.by == audit.ByAdmin {
		t.of.ActorHandle = acct.User.AuditHandle
	}
	return t, err
}

func checkReason(s string) error {
	if s == "" || len(s) > maxOrderReason || !utf8.ValidString(s) {
		return ErrReason
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return ErrReason
		}
	}
	return nil
}

// find reads the account of an order. One of another tenant is not there, at the
// same cost as one that is nowhere, and leaves a trace (IDN-032).
func (a *Admin) find(ctx context.Context, o order) (identity.Account, error) {
	asked := identity.Subject{Tenant: o.of.Tenant, User: o.Subject.User}
	foreign := asked != o.Subject
	acct, err := a.people.ident.AccountByID(ctx, asked)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return acct, err
	}
	if err == nil && !foreign {
		return acct, nil
	}
	return identity.Account{}, a.missing(ctx, o)
}

// missing answers an order for what is not there, or not for this actor.
func (a *Admin) missing(ctx context.Context, o order) error {
	rows := []store.Row{{ID: identity.NewEventID(o.now, a.people.entropy).Bytes(), At: o.now, Topic: store.TopicVoid}}
	if o.Subject.Tenant != o.of.Tenant {
		of := audit.Of{Tenant: o.Actor.Tenant(), Subject: o.Actor.User(), Handle: o.of.ActorHandle}
		rows = a.people.events.row(ctx, of, audit.CrossTenantRefused{Operation: "account." + o.verb, Wanted: o.Subject.Tenant})
	}
	a.people.events.record(ctx, a.people.ident, rows)
	return store.ErrNotFound
}
