package authn

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// maxStreak is how many wrong guesses in a row, whatever the time between them,
// switch a factor off (AUN-058).
const maxStreak = 100

// streak is the policy of that lever. It locks for as long as it remembers: a crash
// between the last failure and the write that switches the factor off leaves it shut.
func streak(remembers time.Duration) LockPolicy {
	return LockPolicy{
		Streak: true, Threshold: maxStreak, Window: remembers,
		Lock: remembers, Factor: 1, Cap: remembers, Decay: remembers,
	}
}

// How long a streak is remembered: for as long as anybody could want, and of nobody
// only as long as other guesses, or made-up names would fill the table.
const (
	streakOfSomebody = 100 * 365 * 24 * time.Hour
	streakOfNobody   = time.Hour
)

// streakKey is the lever of one kind of factor of a person: a guess is at all
// credentials of a kind at once.
func (l levers) streakKey(s identity.Subject, kind identity.Kind) Key {
	t, u := s.Tenant.Bytes(), s.User.Bytes()
	return l.key('k', t[:], u[:], []byte(kind))
}

// exhausted reports that what refused an attempt is a streak that is full, not one
// that waits for attempts in flight.
func exhausted(at Attempt, t *ThrottledError, now time.Time) bool {
	return t.Lever < len(at.Levers) && at.Levers[t.Lever].Policy.Streak && t.Until.After(now.Add(streakOfNobody/2))
}

// disableKind switches off what has been guessed at too often, and tells its owner.
// Whatever fails is made good by the next attempt, which the lever refuses. Only then
// the lever is cleared: it counts anew for whatever takes the place.
func (s *Service) disableKind(ctx context.Context, acct identity.Account, kind identity.Kind, now time.Time) error {
	u := acct.User
	for _, row := range acct.Credentials {
		if row.Kind != kind || row.State != identity.CredentialActive {
			continue
		}
		changes, err := s.disabled(ctx, u, row, now)
		if err == nil {
			err = s.ident.Record(ctx, changes...)
		}
		if errors.Is(err, store.ErrNotFound) {
			continue // gone meanwhile
		}
		if err != nil {
			return err
		}
		s.wake()
	}
	return s.ledger.Clear(ctx, s.levers.streakKey(u.Subject(), kind), now)
}

func (s *Service) disabled(ctx context.Context, u identity.User, row identity.Credential, now time.Time) ([]identity.LogChange, error) {
	off, err := s.switched(row, identity.CredentialDisabled)
	if err != nil {
		return nil, err
	}
	of := aboutUser(u)
	of.Actor = identity.SystemUser
	rows := append(
		s.events.row(ctx, of, audit.FactorDisabled{Outcome: audit.Success, Factor: row.Kind, Credential: row.ID, By: audit.BySystem}),
		s.told(ctx, u, Note{Kind: NoteFactorDisabled, At: now, Factor: row.Kind, Label: row.Label})...)
	return append([]identity.LogChange{identity.AdvanceCredential{Credential: off}}, s.events.logChanges(rows)...), nil
}

// switched is the next version of a row in another state, sealed anew. A row that
// cannot be opened is store.ErrCorrupt.
func (s *Service) switched(row identity.Credential, to identity.CredentialState) (identity.Credential, error) {
	body, err := s.vault.Open(row)
	if err != nil {
		return row, errors.Join(store.ErrCorrupt, err)
	}
	row.Version++
	row.State = to
	return s.vault.Seal(row, body)
}

// overdrawn answers an attempt at a factor that has been guessed at too often, like a
// wrong one: what is switched off looks no different. The account is read for
// everybody, and what a crash has left undone is done.
func (s *Service) overdrawn(ctx context.Context, sub identity.Subject, kind identity.Kind, now time.Time) {
	acct, err := s.account(ctx, sub)
	if err == nil && !acct.User.ID.IsZero() {
		err = s.disableKind(ctx, acct, kind, now)
	}
	if err != nil {
		s.alarm(ctx, alarmStreak, err)
	}
}
