package portargs

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// NewRecord refuses what cannot be a new record with its claim.
func NewRecord(rec *session.Record, c *session.Claim, also []store.Row) error {
	stamp := c.Expect
	if c.Raise {
		stamp.User++
	}
	switch {
	case rec.Ref.IsZero(), rec.Rev != 1, rec.Superseded, !rec.Prev.IsZero():
		return fmt.Errorf("ref, rev or predecessor: %w", store.ErrBadArgument)
	case c.Now.IsZero(), rec.CreatedAt.IsZero(), rec.IdleUntil.IsZero(), rec.AbsUntil.IsZero():
		return fmt.Errorf("time: %w", store.ErrBadArgument)
	case rec.Subject != c.Subject, !WholeSubject(c.Subject), c.Limit.Max < 0:
		return fmt.Errorf("subject or limit: %w", store.ErrBadArgument)
	case rec.Actor != c.Actor, !WholeSubject(c.Actor), !c.Actor.IsZero() && (c.Subject.IsZero() || c.Raise || c.Actor == c.Subject):
		return fmt.Errorf("actor: %w", store.ErrBadArgument)
	case c.Subject.IsZero() && c.Raise:
		return fmt.Errorf("raise without subject: %w", store.ErrBadArgument)
	case !c.Subject.IsZero() && rec.Epochs != stamp:
		return fmt.Errorf("stamp: %w", store.ErrBadArgument)
	case len(rec.Sealed) > session.MaxSealed:
		return store.ErrTooLarge
	}
	return Rows(also)
}

// Resealed refuses what cannot be a body sealed anew.
func Resealed(rec *session.Record, now time.Time) error {
	switch {
	case rec.Ref.IsZero(), rec.Rev == 0, now.IsZero():
		return fmt.Errorf("ref, rev or time: %w", store.ErrBadArgument)
	case len(rec.Sealed) > session.MaxSealed:
		return store.ErrTooLarge
	}
	return nil
}

// WholeSubject reports that both ids are there, or none.
func WholeSubject(s identity.Subject) bool { return s.IsZero() || s.Valid() }

// MaxPage bounds one page of a session list (SES-205).
const MaxPage = 100
