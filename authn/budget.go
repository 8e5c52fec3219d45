package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Bounds of the mails that somebody can cause who has proven nothing (AUN-128): of
// each kind so many to one recipient, and of all kinds together so many in a tenant.
const (
	mailsHour = 3
	mailsDay  = 10
)

// DefaultTenantMails is how many an hour, if [AccountsConfig.TenantMails] is zero.
const DefaultTenantMails = 1000

// errTenantMails is what an operator is told: people of the tenant wait for mails
// that do not come.
var errTenantMails = errors.New("the tenant has had its mails of this hour")

// mailKind is a purpose with an allowance of its own: whoever asks for many links of
// one kind keeps nobody from one of another.
type mailKind byte

const (
	mailSignUp  mailKind = 'm'
	mailTaken   mailKind = 'M' // the owner of an address that somebody else has typed
	mailReset   mailKind = 'r'
	mailAddress mailKind = 'e'
	mailCode    mailKind = 'c'
)

// mailBudget lets a number of messages an hour go to one address (AUN-122,
// AUN-128): the charge that fills it closes it for an hour.
func mailBudget(perHour int) LockPolicy { return mailsIn(perHour, time.Hour) }

func mailsIn(n int, window time.Duration) LockPolicy {
	return LockPolicy{Threshold: n, Window: window, Lock: window, Factor: 1, Cap: window, Decay: window}
}

// mayMail takes one mail to a recipient from all its budgets, or from none. The
// ledger keeps the count, so the answer outside is unchanged, and so is the work,
// though one budget is spent before the other.
func (a *Accounts) mayMail(ctx context.Context, tenant identity.TenantID, kind mailKind, to []byte, now time.Time) (bool, error) {
	perHour := mailsHour
	if kind == mailTaken {
		perHour = 1
	}
	t := tenant.Bytes()
	key := func(span string) Key { return a.levers.key(byte(kind), t[:], []byte(span), to) }
	within, err := a.chargeEvenly(ctx, []Lever{
		{key("hour"), mailsIn(perHour, time.Hour)},
		{key("day"), mailsIn(mailsDay, 24*time.Hour)},
		{a.levers.key('t', t[:]), mailsIn(a.tenantMails, time.Hour)},
	}, now)
	if over := new(ThrottledError); errors.As(err, &over) {
		if over.Lever == 2 && over.First {
			a.alarm(ctx, alarmTenantMails, errTenantMails)
		}
		return false, nil
	}
	return within, err
}

// mayMailUser is mayMail for a recipient that is somebody's account, or nobody's.
func (a *Accounts) mayMailUser(ctx context.Context, kind mailKind, s identity.Subject, now time.Time) (bool, error) {
	u := s.User.Bytes()
	return a.mayMail(ctx, s.Tenant, kind, u[:], now)
}

// chargeEvenly is charge with the same calls and writes whether the allowance was
// there or not: otherwise the second sign-up for one address would tell by what it
// costs whether somebody has that address, or asked for it an hour ago (AUN-I2).
// What is not charged to the levers is charged to some that nobody else has. What
// has refused comes back as *ThrottledError.
func (s *Service) chargeEvenly(ctx context.Context, levers []Lever, now time.Time) (bool, error) {
	others := make([]Lever, len(levers))
	for i, l := range levers {
		random := entropy.Bytes32(s.entropy)
		others[i] = Lever{s.levers.key('x', random[:]), l.Policy}
	}
	spare, err := s.ledger.Reserve(ctx, Attempt{Levers: others}, now)
	var t *ThrottledError
	if errors.As(err, &t) {
		// Nobody else has those levers: the message arrived twice.
		return false, fmt.Errorf("spare allowance: %w: %s", store.ErrUnavailable, err.Error())
	}
	if err != nil {
		return false, err
	}
	res, refused := s.ledger.Reserve(ctx, Attempt{Levers: levers}, now)
	switch {
	case errors.As(refused, &t):
		res, levers = spare, others
	case refused != nil:
		return false, refused
	}
	if _, err := s.ledger.Commit(ctx, res, Failed, levers, now); err != nil {
		return false, err
	}
	return refused == nil, refused
}

// charge takes one unit of an allowance and reports whether there was one.
func (s *Service) charge(ctx context.Context, l Lever, now time.Time) (bool, error) {
	res, err := s.ledger.Reserve(ctx, Attempt{Levers: []Lever{l}}, now)
	var t *ThrottledError
	if errors.As(err, &t) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = s.ledger.Commit(ctx, res, Failed, []Lever{l}, now)
	return true, err
}
