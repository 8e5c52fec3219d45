package authn

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// LoginRequest is what a person says about who they are.
type LoginRequest struct {
	// Tenant is zero for that of the context (WithTenant), else the configured one.
	Tenant identity.TenantID
	// Identifier is an e-mail address, a phone number with its country code or a
	// user name, as typed.
	Identifier string
	// Method picks from the menu; empty takes the first (AUN-012).
	Method string
	// Switch signs out whoever is signed in here. Without it a live login is
	// never replaced (AUN-021).
	Switch bool
	// Forget asks for a cookie that ends with the browser (UIX-060).
	Forget bool
}

// claim is who a login is about, as far as the store can tell.
type claim struct {
	subject identity.Subject
	decoy   bool
	reason  audit.Reason // why it is a decoy; empty for a real one
	method  identity.Method
	steps   []identity.Step
	menu    []string
	account identity.Account
	network uint64 // the tenant's version, if it has a rule of networks
	rules   string // of the policies of tenant and person
	clamped []store.Row
	mac     string // keyed digest of what was typed, for the event (AUD-011)
}

// BeginLogin starts a flow. Unknown tenants and people, accounts that may not
// sign in and malformed input all lead to a decoy flow: same outcome, same store
// work, same session, and it runs to the end without ever passing (AUN-030,
// AUN-033). Port calls: tenant, account, epochs, session (AUN: four).
//
// Errors: ErrFlowSuperseded when another request of this session was first;
// session.ErrStoreUnavailable, store.ErrUnavailable; never one that depends on who was
// named.
func (s *Service) BeginLogin(ctx context.Context, sess *session.Session, req LoginRequest) (LoginOutcome, error) {
	if machine.IsAuthenticated(sess.State()) && (!req.Switch || machine.ActorOf(sess.State()) != nil) {
		// Who acts as somebody else stops that first (AUN-141).
		return AlreadyAuthenticated{}, nil
	}
	now := s.clock.Now()
	who, suspended, err := s.claim(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("authn: begin login: %w", err)
	}
	if suspended {
		return TenantSuspended{}, nil
	}
	epochs, err := s.sessions.Epochs(ctx, who.subject)
	if err != nil {
		return nil, fmt.Errorf("authn: begin login: %w", err)
	}
	flow := machine.FlowData{
		ID:      machine.FlowID(entropy.Bytes16(s.entropy)),
		Subject: who.subject, Decoy: who.decoy,
		Method: who.method.Name, Menu: who.menu, Steps: who.steps,
		Started: now, Deadline: now.Add(s.flowDeadline),
		Epochs: epochs, Identifier: shown(req.Identifier), Policy: who.network, Rules: who.rules,
	}
	persistent := !req.Forget
	_, err = sess.Transition(ctx, machine.Begin{Flow: flow}, session.Commit{
		Also:       append(s.events.loginAttempt(ctx, who, flow), who.clamped...),
		Persistent: &persistent,
	})
	if err != nil {
		return nil, fmt.Errorf("authn: begin login: %w", overtaken(err))
	}
	s.metrics.began(flowInteractive)
	if who.decoy {
		s.metrics.Count(MetricDecoys, metric.L(metric.Reason, string(who.reason)))
	}
	return StepRequired{menu(&flow)}, nil
}

// claim looks up tenant and account with the same calls for every class of
// input. suspended is the one thing that may be said before proof (AUN-023).
func (s *Service) claim(ctx context.Context, req LoginRequest) (c claim, suspended bool, err error) {
	tenant := s.tenantOf(ctx, req.Tenant)
	kind, canonical, wellFormed := s.canonical(req.Identifier)
	c.mac = s.events.identifierMAC(tenant, canonical)
	if !wellFormed {
		c.decoy, c.reason = true, audit.ReasonBadInput
	}

	view, err := s.ident.TenantByID(ctx, tenant)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.decoy, c.reason = true, audit.ReasonTenantInactive
	case err != nil:
		return c, false, err
	case view.Tenant.Status != identity.TenantActive:
		if view.Tenant.Status == identity.TenantSuspended && !s.hideTenant && !view.Tenant.Settings.HideStatus {
			return c, true, nil
		}
		c.decoy, c.reason = true, audit.ReasonTenantInactive
	case !admits(ctx, view):
		c.doubt(audit.ReasonNetwork)
	}
	c.network, c.clamped = ruled(view), s.clamps(ctx, audit.Of{Tenant: tenant}, audit.ScopeTenant, view.Policies)
	now := s.clock.Now()
	if c.rules, err = s.flowRules(view.Policies, nil, now); err != nil {
		// Nobody signs in under rules that cannot be read.
		s.alarm(ctx, alarmDataIntegrity, err)
		c.doubt(audit.ReasonNoMethod)
	}

	acct, err := s.ident.AccountByIdentifier(ctx, tenant, kind, canonical)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.doubt(audit.ReasonUnknownUser)
	case errors.Is(err, store.ErrCorrupt):
		s.alarm(ctx, alarmDataIntegrity, err)
		c.doubt(audit.ReasonUnknownUser)
	case err != nil:
		return c, false, err
	case identity.IsReserved(acct.User.ID): // IDN-I4
		s.alarm(ctx, alarmDataIntegrity, identity.ErrIDReserved)
		c.doubt(audit.ReasonUnknownUser)
	case acct.User.StateAt(now) != identity.Active:
		c.doubt(audit.ReasonNotActive)
	}
	rules, err := s.flowRules(view.Policies, acct.Policies, now)
	if err != nil {
		s.alarm(ctx, alarmDataIntegrity, err)
		c.doubt(audit.ReasonUnknownUser)
	}

	own := inForce(acct.Methods, now)
	if c.decoy {
		own = nil
	}
	menu, personal, ok := s.menuFor(view, own)
	if !ok {
		c.doubt(audit.ReasonNoMethod)
	}
	c.method = menu[0]
	for _, m := range menu {
		c.menu = append(c.menu, m.Name)
		if m.Name == req.Method {
			c.method = m
		}
	}
	steps := c.method.Steps
	if !personal {
		if steps, ok = choose(c.method, own); !ok {
			c.doubt(audit.ReasonNoMethod)
		}
	}
	if c.decoy {
		c.steps = s.recoverable(c.method.Steps, identity.Account{})
		c.subject = s.decoySubject(tenant, kind, canonical)
		return c, false, nil
	}
	c.rules = rules // a decoy's are the tenant's alone, so that it locks like everybody
	c.steps, c.subject, c.account = s.recoverable(s.demanded(steps, acct), acct), acct.User.Subject(), acct
	return c, false, nil
}

// doubt makes the claim a decoy; the first reason stays.
func (c *claim) doubt(r audit.Reason) {
	if !c.decoy {
		c.decoy, c.reason = true, r
	}
}

// canonical brings what was typed into the form that the store is asked for.
// Input that breaks a rule is replaced by a keyed digest that no account can
// have, so that the raw value never reaches a store and the lookup still happens
// (AUN-020, AUN-033).
func (s *Service) canonical(typed string) (identity.IdentifierKind, string, bool) {
	if len(typed) <= MaxIdentifier {
		if strings.ContainsAny(typed, "+＋") {
			// The form alone tells, so that the kind says nothing about what is stored.
			if id, err := identity.NewIdentifier(identity.Phone, typed); err == nil {
				return identity.Phone, id.Canonical, true
			}
		}
		kind := identity.Username
		if strings.Contains(typed, "@") {
			kind = identity.Email
		}
		if id, err := identity.NewIdentifier(kind, typed); err == nil {
			return kind, id.Canonical, true
		}
	}
	d := seal.Digest(digestMalformed, []byte(typed))
	return identity.Email, hex.EncodeToString(d[:]), false
}

// digestMalformed names malformed identifiers for the ledger and the lookup.
const digestMalformed seal.DigestUse = "axess/authn/malformed/v1"

// decoySubject is stable for what was typed, so that a lock or a second try
// behaves as it would for a real account (AUN-051).
func (s *Service) decoySubject(t identity.TenantID, kind identity.IdentifierKind, canonical string) identity.Subject {
	tb := t.Bytes()
	_, tag := s.decoys.Sum(seal.AppendFields(nil, seal.PrefixDecoy, tb[:], []byte(kind), []byte(canonical)))
	return identity.Subject{Tenant: t, User: identity.Derived[identity.UserID](tag)}
}

// shown is what the next page repeats: what was typed, if it is short and
// printable. Anything else would reorder the page around it, or could not be
// stored with the flow.
func shown(typed string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if len(typed) > MaxIdentifier || !utf8.ValidString(typed) || strings.ContainsFunc(typed, unprintable) {
		return ""
	}
	return typed
}
