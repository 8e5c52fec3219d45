package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// ChangePassword sets a new password for the signed-in person, who gives the current
// one, through the ledger like any guess, and has proved the strongest kind of factor
// that they have in the last five minutes; where that is the password, giving it is
// enough (AUN-104, AUN-130). Every other session ends in the same commit, and every
// link of a reset is void; this session goes on under a new id. The person is told by
// mail.
//
// Outcomes: Completed, Rejected for the current password, Throttled, Busy,
// Unavailable. Errors: *password.PolicyError for the new one; ErrStepUpRequired;
// ErrRecoveryHold; ErrNotAuthenticated; ErrImpersonating; ErrNoMethod for somebody who
// has no password; ErrFlowSuperseded; *RevocationError; store errors.
func (a *Accounts) ChangePassword(ctx context.Context, sess *session.Session, current Password, next seal.Secret) (FactorOutcome, error) {
	defer current.Wipe()
	defer next.Wipe()
	acct, err := a.own(ctx, sess, "change password")
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	held := a.open(ctx, acct, factor.Password, time.Time{})
	if len(held) == 0 {
		return nil, fmt.Errorf("authn: change password: %w", ErrNoMethod)
	}
	if recovering(acct, now) {
		return nil, fmt.Errorf("authn: change password: %w", ErrRecoveryHold)
	}
	view, err := a.tenantView(ctx, acct.User.Tenant)
	if err != nil {
		return nil, fmt.Errorf("authn: change password: %w", err)
	}
	need := a.strongest(ctx, acct, view)
	if !a.PasswordServes(need) && !a.Meets(sess.State(), need) {
		return nil, ErrStepUpRequired
	}
	rules, err := a.passwordRules(view, acct.Policies, now)
	if err != nil {
		return nil, fmt.Errorf("authn: change password: %w", err)
	}
	if err := a.judgeNew(ctx, rules, next, known(acct.User)...); err != nil {
		return nil, err
	}
	if out, err := a.checkPassword(ctx, acct, view, current); out != nil || err != nil {
		return out, err
	}
	row, err := a.replaced(ctx, held[0], next, rules, now)
	switch {
	case errors.Is(err, password.ErrBusy):
		return busy(err)
	case err != nil:
		return nil, err
	}
	changes := []identity.Change{
		identity.PutCredential{Credential: row, Expect: row.Version - 1},
		identity.VoidTokens{Subject: acct.User.Subject(), Purpose: identity.TokenReset},
	}
	note := Note{Kind: NotePasswordSet, At: now, Client: sess.View().Client}
	return a.changeFactors(ctx, sess, acct, changes, a.events.passwordReplaced(ctx, acct.User), note,
		[]identity.Evidence{password.Evidence(row.ID, now)})
}

// replaced is the next version of a password's row. A password that the account has
// already is refused, and one that it had lately where the policy remembers them: who
// changes it means to have another one. What it remembers is in the one sealed body of
// the row, so that password and history are one write; the mark that others know it
// goes with it (AUN-137, FAC-023).
//
// For callers who have proven the old password, or read the person's mailbox: what a
// refusal says about a password is not for others.
func (a *Accounts) replaced(ctx context.Context, old factor.Record, next seal.Secret, rules password.Policy, now time.Time) (identity.Credential, error) {
	if err := a.unused(ctx, old, next, rules); err != nil {
		return identity.Credential{}, err
	}
	body, err := a.hash(ctx, next)
	if err != nil {
		return identity.Credential{}, fmt.Errorf("authn: set password: %w", err)
	}
	body = password.Replace(old.Body, body, rules.History)
	row := old.Credential
	row.Version++
	row.State, row.LastUsedAt = identity.CredentialActive, now
	row, err = a.vault.Seal(row, body)
	seal.NewSecret(body).Wipe()
	if err != nil {
		return row, fmt.Errorf("authn: set password: %w", err)
	}
	return row, nil
}

// unused refuses the password that a credential has, and the earlier ones that the
// policy remembers. Every one is judged under what it was made with, whatever the ones
// before it said.
func (a *Accounts) unused(ctx context.Context, old factor.Record, next seal.Secret, rules password.Policy) error {
	entries, err := password.Records(old.Body)
	if err != nil {
		entries = [][]byte{old.Body} // the work of a miss; the sign-in has alarmed
	}
	var rule password.Rule
	for i, entry := range entries[:min(len(entries), rules.History+1)] {
		pass, err := a.hashing(ctx, a.hasher.Cost(entry))
		if err != nil {
			return fmt.Errorf("authn: set password: %w", err)
		}
		hit := a.hasher.Verify(a.clock.Now(), entry, next).Verdict == factor.Accepted
		pass.Leave()
		switch {
		case hit && i == 0:
			rule = password.RuleSame
		case hit && rule == "":
			rule = password.RuleReused
		}
	}
	if rule != "" {
		return &password.PolicyError{Rules: []password.Rule{rule}, Min: rules.Min}
	}
	return nil
}

// known are the words that anybody may know of a person (FAC-022).
func known(u identity.User) []string {
	words := []string{u.DisplayName}
	for _, i := range u.Identifiers {
		words = append(words, i.Canonical)
	}
	return words
}
