package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// newCodes names the codes of a set that was just made, in the session of who made it:
// sealed, for codesShown at most, until they say that they have them.
const (
	newCodes   machine.CeremonyKind = "recovery_codes"
	codesShown                      = 10 * time.Minute
)

// codeSet is a fresh set: the changes that store it, and the codes, which are shown to
// their owner and forgotten. The zero set is none.
type codeSet struct {
	changes []identity.Change
	codes   []recovery.Code
}

// firstCodes is a set for somebody who gets a second factor in the same commit and has
// no codes yet (FAC-005).
func (a *Accounts) firstCodes(ctx context.Context, acct identity.Account, now time.Time) (codeSet, error) {
	if holds(acct, factor.Recovery) {
		return codeSet{}, nil
	}
	return a.freshCodes(ctx, acct, now)
}

// freshCodes is a set in the place of all that the account has. Each write is
// conditioned on the version that was read: of using a code of the old set and
// replacing it one succeeds (FAC-I11). It is a new row, so that no sign-in that began
// before takes a code of it (FAC-007).
func (a *Accounts) freshCodes(ctx context.Context, acct identity.Account, now time.Time) (set codeSet, err error) {
	u := acct.User
	codes, rec := recovery.New(a.entropy, u.ID)
	row, err := a.newCredential(u.Subject(), factor.Recovery, "", rec.Encode(), now)
	if err != nil {
		return codeSet{}, err
	}
	set.changes = append(dropCodes(acct), identity.PutCredential{Credential: row})
	set.changes = append(set.changes, a.events.changes(a.events.codesGenerated(ctx, u, len(codes)))...)
	set.codes = codes
	return set, nil
}

// dropCodes takes away every set of an account, switched off or not.
func dropCodes(acct identity.Account) []identity.Change {
	var out []identity.Change
	for _, c := range acct.Credentials {
		if c.Kind == factor.Recovery {
			out = append(out, identity.DropCredential{Subject: acct.User.Subject(), ID: c.ID, Expect: c.Version})
		}
	}
	return out
}

// hand puts the codes into the session of their owner, with its next write. It is called
// before the commit: a set that nobody could be shown is not made. Whoever loses them
// there later makes others.
func (a *Accounts) hand(ctx context.Context, sess *session.Session, set codeSet) error {
	if len(set.codes) == 0 {
		return nil
	}
	text := recovery.Text(set.codes)
	defer text.Wipe()
	return sess.PutCeremony(ctx, newCodes, a.clock.Now().Add(codesShown), text.Reveal())
}

// unhand takes them back after a commit that did not happen. What is left there of a
// session that is over is nobody's, and opens nothing.
func unhand(ctx context.Context, sess *session.Session, set codeSet, err error) {
	var half *RevocationError
	if err != nil && len(set.codes) > 0 && (!errors.As(err, &half) || !half.Changed) {
		_ = sess.DropCeremony(ctx, newCodes)
	}
}

// NewCodes are the recovery codes of a set that was made in this session within the
// last ten minutes, until [Accounts.CodesKept]; they are shown nowhere else and never
// again. Looking changes nothing. Error: ErrNoEnrolment when there are none.
func (*Accounts) NewCodes(ctx context.Context, sess *session.Session) ([]recovery.Code, error) {
	text, ok := sess.PeekCeremony(ctx, newCodes)
	if !ok {
		return nil, ErrNoEnrolment
	}
	defer clear(text)
	var out []recovery.Code
	for line := range strings.Lines(string(text)) {
		c, ok := recovery.Parse(seal.NewSecret([]byte(strings.TrimSuffix(line, "\n"))))
		if !ok {
			return nil, fmt.Errorf("authn: new codes: %w", recovery.ErrCorrupt)
		}
		out = append(out, c)
	}
	return out, nil
}

// CodesKept says that the person has their new codes: the session forgets them. None is
// success. Errors: store errors.
func (*Accounts) CodesKept(ctx context.Context, sess *session.Session) error {
	if err := sess.DropCeremony(ctx, newCodes); err != nil {
		return fmt.Errorf("authn: codes kept: %w", overtaken(err))
	}
	return nil
}

// ReplaceCodes gives the signed-in person a fresh set of recovery codes, which
// [Accounts.NewCodes] shows in this session; all earlier ones are void in the same
// commit, which also ends every other session. It asks for a fresh second factor, and a
// code is none (FAC-073, AUN-104).
//
// Outcome: Completed. Errors: as [Accounts.ConfirmTOTP]; store.ErrNotFound for who has
// no second factor that works: there is nothing that a code would stand for.
func (a *Accounts) ReplaceCodes(ctx context.Context, sess *session.Session) (FactorOutcome, error) {
	acct, err := a.own(ctx, sess, "replace codes")
	if err != nil {
		return nil, err
	}
	if !a.hasSecond(ctx, acct) {
		return nil, store.ErrNotFound
	}
	if _, err := a.provenIn(ctx, sess, acct, "replace codes"); err != nil {
		return nil, err
	}
	now := a.clock.Now()
	set, err := a.freshCodes(ctx, acct, now)
	if err != nil {
		return nil, err
	}
	if err := a.hand(ctx, sess, set); err != nil {
		return nil, fmt.Errorf("authn: replace codes: %w", overtaken(err))
	}
	note := Note{Kind: NoteRecoveryRenewed, At: now, Client: sess.View().Client}
	out, err := a.changeFactors(ctx, sess, acct, set.changes, nil, note, nil)
	unhand(ctx, sess, set, err)
	return out, err
}

// hasSecond reports a second factor that somebody could prove now.
func (s *Service) hasSecond(ctx context.Context, acct identity.Account) bool {
	return slices.ContainsFunc(s.held(ctx, acct), s.isSecondKind)
}

func (s *Service) isSecondKind(k identity.Kind) bool { return s.factors.Traits(k).IsSecond() }
