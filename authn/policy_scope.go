package authn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Resolved is the policy of one kind that holds for somebody, and where it is from.
type Resolved struct {
	// Policy is what holds.
	Policy Policy
	// Scope it is from; Global is the configuration of the program.
	Scope identity.Scope
	// Clamped are the fields that were saved below a floor that was raised since.
	Clamped []string
	// Reason and Until belong to User scope; zero: no end.
	Reason string
	Until  time.Time
}

// forUsers reports whether one user may have a policy of a kind of their own. The
// numbers of a lock are the tenant's: one's own would show on the page, to whoever
// guesses, that there is such an account (AUN-I18).
func forUsers(kind identity.PolicyKind) bool { return kind != PolicyLockout }

// resolve finds the first record of a kind on the chain user, tenant, program
// (IDN-071): whole records, no merging of fields. A user's that is over counts as
// absent. Error: store.ErrCorrupt; what cannot be read falls through to nothing.
func (s *Service) resolve(program Policy, tenant, own []identity.Policy, now time.Time) (Resolved, error) {
	kind := program.Kind()
	of := func(list []identity.Policy) int {
		return slices.IndexFunc(list, func(p identity.Policy) bool { return p.Kind == kind })
	}
	row := identity.Policy{Scope: identity.GlobalScope()}
	if at := of(own); at >= 0 && forUsers(kind) && own[at].Holds(now) {
		row = own[at]
	} else if at := of(tenant); at >= 0 {
		row = tenant[at]
		row.Reason, row.ExpiresAt = "", time.Time{} // a user's alone has them
	} else {
		return Resolved{Policy: program, Scope: row.Scope}, nil
	}
	p, err := decodePolicy(kind, row.Body)
	if err != nil {
		return Resolved{}, err
	}
	p, clamped := p.under(s.floors)
	return Resolved{Policy: p, Scope: row.Scope, Clamped: clamped, Reason: row.Reason, Until: row.ExpiresAt}, nil
}

// resolved is resolve for one type.
func resolved[P Policy](s *Service, program P, tenant, own []identity.Policy, now time.Time) (P, error) {
	r, err := s.resolve(program, tenant, own, now)
	if err != nil {
		return program, err
	}
	p, ok := r.Policy.(P)
	if !ok {
		return program, fmt.Errorf("authn: %s policy: %w", program.Kind(), store.ErrCorrupt)
	}
	return p, nil
}

// filledTOTP is a policy of package totp with its defaults filled in.
func filledTOTP(p totp.Policy) TOTPPolicy {
	return TOTPPolicy(p.Complete())
}

// flowRules are what of the policies of a tenant, and of the person, a flow takes
// along: they are read when it begins, and no step reads them again.
type flowRules struct {
	Device    *DevicePolicy    `json:"device,omitempty"`
	Lockout   *LockPolicy      `json:"lockout,omitempty"`
	TOTP      *TOTPPolicy      `json:"totp,omitempty"`
	Session   *SessionPolicy   `json:"session,omitempty"`
	Enrolment *EnrolmentPolicy `json:"enrolment,omitempty"`
}

// flowRules encodes what is not the program's; empty in most tenants.
func (s *Service) flowRules(tenant, own []identity.Policy, now time.Time) (string, error) {
	if len(tenant) == 0 && len(own) == 0 {
		return "", nil
	}
	var r flowRules
	var errs []error
	for _, program := range []Policy{s.device, s.levers.user, filledTOTP(s.totp), SessionPolicy{}, s.inline} {
		x, err := s.resolve(program, tenant, own, now)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if x.Scope.Kind() == identity.ScopeGlobal {
			continue
		}
		switch p := x.Policy.(type) {
		case DevicePolicy:
			r.Device = &p
		case LockPolicy:
			r.Lockout = &p
		case TOTPPolicy:
			r.TOTP = &p
		case SessionPolicy:
			r.Session = &p
		case EnrolmentPolicy:
			r.Enrolment = &p
		case PasswordPolicy, StepUpPolicy:
		}
	}
	if r == (flowRules{}) || len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	b, err := json.Marshal(r)
	return string(b), err
}

// rulesOf reads what a flow took along.
func rulesOf(text string) (flowRules, error) {
	var r flowRules
	if text == "" {
		return r, nil
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("authn: rules of a flow: %w: %w", store.ErrCorrupt, err)
	}
	return r, nil
}

func (r flowRules) devices(program DevicePolicy) DevicePolicy {
	if r.Device == nil {
		return program
	}
	return *r.Device
}

func (r flowRules) lock(program LockPolicy) LockPolicy {
	if r.Lockout == nil {
		return program
	}
	return *r.Lockout
}

// inline says who may set up a factor on the way in.
func (r flowRules) inline(program EnrolmentPolicy) InlineEnrolment {
	if r.Enrolment == nil {
		return program.Inline
	}
	return r.Enrolment.Inline
}

func (r flowRules) limit() *session.LimitPolicy {
	if r.Session == nil {
		return nil
	}
	return &session.LimitPolicy{Max: r.Session.Max, RefuseNew: r.Session.RefuseNew}
}

// ownClamps are the events of the records of one person. They come with the sign-in
// that they have passed: before, that there is one more would tell of an account
// (AUN-033).
func (s *Service) ownClamps(ctx context.Context, acct identity.Account, now time.Time) []store.Row {
	own := slices.DeleteFunc(slices.Clone(acct.Policies), func(p identity.Policy) bool { return !forUsers(p.Kind) || !p.Holds(now) })
	return s.clamps(ctx, aboutUser(acct.User), audit.ScopeUser, own)
}

// clamps are the events of the records of a scope that are below a floor, once for
// each record while this process runs.
func (s *Service) clamps(ctx context.Context, of audit.Of, scope audit.Scope, list []identity.Policy) []store.Row {
	var rows []store.Row
	for _, row := range list {
		p, err := decodePolicy(row.Kind, row.Body)
		if err != nil {
			continue // whoever needs it says so
		}
		if _, fields := p.under(s.floors); len(fields) > 0 && s.noticed.first(row) {
			rows = append(rows, s.events.row(ctx, of, audit.PolicyClamped{
				Policy: string(row.Kind), Scope: scope, Fields: fields,
			})...)
			s.log.WarnContext(ctx, "authn: a policy is below the floor and counts as the floor", "policy", row.Kind, "tenant", row.Scope.Subject().Tenant, "fields", fields)
		}
	}
	return rows
}

// ruledBy is a verifier under the rules of a flow.
func ruledBy(v factor.Verifier, r flowRules) factor.Verifier {
	if r.TOTP != nil && v.Traits().Kind == factor.TOTP {
		return totp.Policy(*r.TOTP).Verifier()
	}
	return v
}

// noticed remembers which records were reported, so that one that is below a floor is
// not reported at every login.
type noticed struct {
	mu   sync.Mutex
	seen map[noticedRow]struct{}
}

type noticedRow struct {
	scope   identity.Scope
	kind    identity.PolicyKind
	version uint64
}

// first is true once for a row, and always beyond a number that nobody reaches who
// looks after their tenants.
func (n *noticed) first(p identity.Policy) bool {
	const most = 4096
	n.mu.Lock()
	defer n.mu.Unlock()
	row := noticedRow{p.Scope, p.Kind, p.Version}
	if _, seen := n.seen[row]; seen {
		return false
	}
	if len(n.seen) < most {
		n.seen[row] = struct{}{}
	}
	return true
}
