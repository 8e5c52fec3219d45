package authn

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Logout ends this session. If the store does not answer the session and its
// cookie stay, and the error says so: a sign-out that only looks done is worse
// than one that fails (decisions §6). A guest's logout is success. Whoever acts as
// somebody else is signed out of both.
func (s *Service) Logout(ctx context.Context, sess *session.Session) error {
	var rows []store.Row
	if login := loginOf(sess.State()); login != nil {
		rows = append(s.events.loggedOut(ctx, login), s.events.impersonationEnded(ctx, login, audit.CauseLogout, s.clock.Now())...)
	}
	if err := sess.Logout(ctx, rows...); err != nil {
		return fmt.Errorf("authn: logout: %w", err)
	}
	return nil
}

// LogoutOthers ends every other session of the signed-in person in one atomic
// step with the rotation of this one (SES-206).
// Errors: ErrNotAuthenticated, ErrImpersonating, ErrFlowSuperseded, store errors.
func (s *Service) LogoutOthers(ctx context.Context, sess *session.Session) error {
	login := loginOf(sess.State())
	if login == nil {
		return ErrNotAuthenticated
	}
	if err := themselves(login, "logout others"); err != nil {
		return err
	}
	if err := s.AbandonStepUp(ctx, sess); err != nil {
		return err
	}
	note := s.ended(ctx, sess, login.Subject)
	_, err := sess.Transition(ctx, machine.Regenerate{}, session.Commit{
		Raise: true, NoGrace: true,
		Also: append(s.events.othersEnded(ctx, login), note...),
	})
	if err != nil {
		return fmt.Errorf("authn: logout others: %w", overtaken(err))
	}
	s.wake()
	return nil
}

// LogoutEverywhere ends every session of the signed-in person: the raise of the
// user epoch is the revocation, and this session's own end follows (AUN-090).
// Errors: store errors; *RevocationError if all have ended and only this one's
// record and cookie are left; ErrImpersonating. A guest's call is [Service.Logout].
func (s *Service) LogoutEverywhere(ctx context.Context, sess *session.Session) error {
	login := loginOf(sess.State())
	if login == nil {
		return s.Logout(ctx, sess)
	}
	if err := themselves(login, "logout everywhere"); err != nil {
		return err
	}
	rows := append(s.events.loggedOutEverywhere(ctx, login), s.ended(ctx, sess, login.Subject)...)
	if err := s.sessions.InvalidateUser(ctx, login.Subject, rows...); err != nil {
		return fmt.Errorf("authn: logout everywhere: %w", err)
	}
	s.wake()
	if err := sess.Logout(ctx); err != nil {
		return fmt.Errorf("authn: logout everywhere: %w", &RevocationError{Revoked: true, Err: err})
	}
	return nil
}

// ended words the note that sessions of a person were ended together. Who cannot
// be read now is not told: ending sessions must work when little else does.
func (s *Service) ended(ctx context.Context, sess *session.Session, sub identity.Subject) []store.Row {
	if s.notes.silent() {
		return nil
	}
	acct, err := s.ident.AccountByID(ctx, sub)
	if err != nil {
		s.alarm(ctx, alarmNoteLost, err)
		return nil
	}
	return s.told(ctx, acct.User, Note{Kind: NoteSessionsEnded, Client: sess.View().Client})
}

// ActiveSessions lists the sessions of the signed-in person, newest first, at
// most 100 a page. Errors: ErrNotAuthenticated, store errors.
func (s *Service) ActiveSessions(ctx context.Context, sess *session.Session, after session.Ref, limit int) ([]session.Info, error) {
	login := loginOf(sess.State())
	if login == nil {
		return nil, ErrNotAuthenticated
	}
	list, err := s.sessions.Sessions(ctx, login.Subject, after, min(max(limit, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("authn: active sessions: %w", err)
	}
	return list, nil
}

// RevokeSession ends one session of the signed-in person. An unknown ref, or one
// of somebody else, is success without effect (AUN: no oracle).
// Errors: ErrNotAuthenticated; ErrImpersonating for whoever means another session
// than this one; store errors.
func (s *Service) RevokeSession(ctx context.Context, sess *session.Session, ref session.Ref) error {
	login := loginOf(sess.State())
	if login == nil {
		return ErrNotAuthenticated
	}
	if own, ok := sess.Ref(); ok && own == ref {
		return s.Logout(ctx, sess)
	}
	if err := themselves(login, "revoke session"); err != nil {
		return err
	}
	if err := s.sessions.End(ctx, login.Subject, ref, s.events.revoked(ctx, login)...); err != nil {
		return fmt.Errorf("authn: revoke session: %w", err)
	}
	return nil
}

// themselves refuses whoever acts as somebody else: a person's credentials, sessions
// and settings are theirs alone (AUN-142).
func themselves(login *machine.LoginData, verb string) error {
	if login == nil { // it ended between two looks
		return ErrNotAuthenticated
	}
	if login.Actor != nil {
		return fmt.Errorf("authn: %s: %w", verb, ErrImpersonating)
	}
	return nil
}
