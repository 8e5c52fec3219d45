package valkey

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Delete implements [session.Store].
func (s sessions) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	const verb = "delete"
	if ref.IsZero() || !portargs.WholeSubject(sub) {
		return s.b.malformed(verb, "ref or subject")
	}
	if err := portargs.Rows(also); err != nil {
		return s.b.failed(verb, err)
	}
	ctx, cancel, err := s.begin(ctx, verb)
	if err != nil {
		return err
	}
	defer cancel()
	if err := s.end(ctx, verb, ref, sub, false); err != nil {
		return err
	}
	return s.follow(ctx, verb, also)
}

// end removes a record (of a subject, unless it is zero) with the half that hangs on
// it. A half in another home goes first: as long as the record is there, whoever
// repeats the call finds both. alone leaves the other half to the caller.
func (s sessions) end(ctx context.Context, verb string, ref session.Ref, sub identity.Subject, alone bool) error {
	at := homeOf(ref, sub)
	if sub.IsZero() {
		var err error
		if at, _, _, err = s.find(ctx, verb, ref); err != nil {
			return err
		}
	}
	filter := ""
	if !sub.IsZero() {
		filter = subjectText(sub)
	}
	force := false
	for range tries {
		m, err := s.b.runDurable(ctx, verb, "session_delete", s.index(at.shard), refText(ref), filter, flag(force))
		if err != nil {
			return err
		}
		r, err := s.reply(verb, m)
		if err != nil {
			return err
		}
		switch r.verdict {
		case done:
			return s.tidyEnd(ctx, verb, r)
		case moving:
			if err := s.stop(ctx, verb, ref, at); err != nil {
				return err
			}
		case away:
			force = true
			if alone {
				continue
			}
			halves, err := s.refs(verb, r, 0)
			if err != nil {
				return err
			}
			for _, half := range halves {
				if err := s.end(ctx, verb, half, identity.Subject{}, true); err != nil {
					return err
				}
			}
		default:
			return nil
		}
	}
	return s.b.failed(verb, store.ErrUnavailable)
}

// stop decides at once that a move does not happen, unless it has: what is to end may
// not go on elsewhere.
func (s sessions) stop(ctx context.Context, verb string, ref session.Ref, at home) error {
	_, err := s.settle(ctx, verb, ref, at, time.Time{}, forthwith)
	return err
}

// tidyEnd forgets where the removed records were.
func (s sessions) tidyEnd(ctx context.Context, verb string, r reply) error {
	gone, err := s.refs(verb, r, 0)
	if err != nil || len(gone) == 0 {
		return err
	}
	return s.forgetAll(ctx, verb, gone)
}
