package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// enrolTOTP names the pending seed in the session, where it waits for enrolLife
// (FAC-006).
const (
	enrolTOTP machine.CeremonyKind = "totp_enrol"
	enrolLife                      = 10 * time.Minute
)

// Enrolment is what a person needs to set up an authenticator app. The seed in
// it is shown and forgotten; the copy that counts is sealed in the session.
type Enrolment struct {
	// Key is the seed for typing; URI and QR carry it to an app (FAC-036, FAC-037).
	Key, URI seal.Secret
	QR       totp.QR
	// Account is what the app calls the account.
	Account string
}

// BeginTOTP makes a seed and keeps it, sealed, in this session for 10 min; an
// earlier one is replaced. Errors: ErrNotAuthenticated, ErrImpersonating, ErrLimit.
func (a *Accounts) BeginTOTP(ctx context.Context, sess *session.Session) (Enrolment, error) {
	acct, err := a.own(ctx, sess, "begin totp")
	if err != nil {
		return Enrolment{}, err
	}
	if count(acct, factor.TOTP) >= totp.MaxCredentials {
		return Enrolment{}, ErrLimit
	}
	view, err := a.tenantView(ctx, acct.User.Tenant)
	if err != nil {
		return Enrolment{}, fmt.Errorf("authn: begin totp: %w", err)
	}
	rules, err := a.totpRules(view, acct.Policies, a.clock.Now())
	if err != nil {
		return Enrolment{}, fmt.Errorf("authn: begin totp: %w", err)
	}
	rec, err := a.newSeed(ctx, sess, rules)
	if err != nil {
		return Enrolment{}, fmt.Errorf("authn: begin totp: %w", err)
	}
	return a.enrolment(acct, rec)
}

// PendingTOTP shows the enrolment in progress again, after a wrong code.
// Errors: ErrNotAuthenticated, ErrImpersonating, ErrNoEnrolment.
func (a *Accounts) PendingTOTP(ctx context.Context, sess *session.Session) (Enrolment, error) {
	acct, err := a.own(ctx, sess, "pending totp")
	if err != nil {
		return Enrolment{}, err
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return Enrolment{}, err
	}
	return a.enrolment(acct, rec)
}

func (a *Accounts) enrolment(acct identity.Account, rec totp.Record) (Enrolment, error) {
	e, err := a.show(rec, acct.User.Primary().Typed)
	if err != nil {
		return e, fmt.Errorf("authn: enrolment: %w", err)
	}
	return e, nil
}

// appLabel cuts an address to what an authenticator app is given to show.
func appLabel(address string) string {
	const limit = 128 // bytes, totp.Record.URI
	if len(address) <= limit {
		return address
	}
	cut := limit - len("…")
	for !utf8.RuneStart(address[cut]) {
		cut--
	}
	return address[:cut] + "…"
}

func (a *Accounts) pending(ctx context.Context, sess *session.Session) (totp.Record, error) {
	body, ok := sess.PeekCeremony(ctx, enrolTOTP)
	if !ok {
		return totp.Record{}, ErrNoEnrolment
	}
	rec, err := totp.Decode(body)
	if err != nil {
		return rec, fmt.Errorf("authn: pending enrolment: %w", err)
	}
	return rec, nil
}

// ConfirmTOTP turns the pending seed into a credential if the code fits, and
// asks for it at every sign-in from now on. The code is spent by this: it cannot
// sign in (FAC-032). Every other session of the person ends in the same commit;
// this one goes on under a new id.
//
// The person has proved the strongest kind that they have lately, else
// ErrStepUpRequired; the enrolment waits while they do (FAC-005, AUN-104).
//
// Outcomes: Completed, Rejected. Errors: ErrNotAuthenticated, ErrImpersonating, ErrNoEnrolment, ErrFlowSuperseded, *FieldError for the
// label, store errors, *RevocationError when the factor is there and the sessions
// are not all accounted for.
func (a *Accounts) ConfirmTOTP(ctx context.Context, sess *session.Session, code Code, label string) (FactorOutcome, error) {
	defer code.Wipe()
	if err := checkLabel(label); err != nil {
		return nil, err
	}
	acct, err := a.own(ctx, sess, "confirm totp")
	if err != nil {
		return nil, err
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	view, err := a.provenIn(ctx, sess, acct, "confirm totp")
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	rules, err := a.totpRules(view, acct.Policies, now)
	if err != nil {
		return nil, fmt.Errorf("authn: confirm totp: %w", err)
	}
	confirmed, verdict := totp.Confirm(now, rules, rec, code.Secret)
	if verdict != factor.Accepted {
		return Rejected{Of: factor.TOTP}, nil
	}
	// Taken, not peeked: of two confirmations of one enrolment one goes on.
	if _, err := sess.TakeCeremony(ctx, enrolTOTP); errors.Is(err, session.ErrConsumed) {
		return nil, fmt.Errorf("%w: %w", ErrNoEnrolment, err)
	} else if err != nil {
		return nil, fmt.Errorf("authn: confirm totp: %w", overtaken(err))
	}
	row, err := a.newCredential(acct.User.Subject(), factor.TOTP, label, confirmed.Encode(), now)
	if err != nil {
		return nil, err
	}
	note := Note{Kind: NoteFactorAdded, At: now, Client: sess.View().Client, Factor: factor.TOTP, Label: label}
	// The mark makes it the only first one: of two at once, here and on somebody's way
	// in, one is stored (AUN-032).
	changes := append([]identity.Change{identity.PutCredential{Credential: row}}, hadNow(acct, factor.TOTP, now)...)
	changes = append(changes, a.asksFor(ctx, view, acct, factor.TOTP)...)
	set, err := a.firstCodes(ctx, acct, now)
	if err == nil {
		err = a.hand(ctx, sess, set)
	}
	if err != nil {
		return nil, fmt.Errorf("authn: confirm totp: %w", overtaken(err))
	}
	out, err := a.changeFactors(ctx, sess, acct, append(changes, set.changes...), a.events.factorAdded(ctx, acct.User, row), note,
		[]identity.Evidence{totp.Evidence(row.ID, now)})
	unhand(ctx, sess, set, err)
	return out, err
}

// RemoveTOTP removes an authenticator app; with the last one goes the second
// step. Who holds a role of the console keeps the last one: ErrRoleNeedsMFA
// (PRD-017), and so does everybody where the tenant asks for an app, or who would
// be left with apps that cannot be read: ErrLastFactor (FAC-005). Otherwise as
// [Accounts.ConfirmTOTP]; an unknown id is store.ErrNotFound.
func (a *Accounts) RemoveTOTP(ctx context.Context, sess *session.Session, id identity.CredentialID) (FactorOutcome, error) {
	acct, err := a.own(ctx, sess, "remove totp")
	if err != nil {
		return nil, err
	}
	view, err := a.provenIn(ctx, sess, acct, "remove totp")
	if err != nil {
		return nil, err
	}
	var victim identity.Credential
	left := 0
	for _, c := range acct.Credentials {
		switch {
		case c.Kind != factor.TOTP:
		case c.ID == id:
			victim = c
		default:
			left++
		}
	}
	if victim.ID.IsZero() {
		return nil, store.ErrNotFound
	}
	now := a.clock.Now()
	rest := acct
	rest.Credentials = slices.DeleteFunc(slices.Clone(acct.Credentials), func(c identity.Credential) bool { return c.ID == id })
	method := a.asksStill(ctx, rest)
	rest.Methods = after(rest.Methods, method)
	// A row that nobody can open lets nobody in, but asks for a code all the same.
	works := a.working(ctx, rest, factor.TOTP, id) > 0 || len(a.seconds(ctx, rest)) > 0 && a.signsIn(ctx, view, rest, now)
	if !works && acct.HoldsConsole() {
		return nil, ErrRoleNeedsMFA
	}
	if !works && (left > 0 || demandsApp(a.methodsOf(view))) {
		return nil, ErrLastFactor
	}
	changes := append([]identity.Change{identity.DropCredential{Subject: acct.User.Subject(), ID: id, Expect: victim.Version}}, hadNow(acct, factor.TOTP, now)...)
	changes = append(changes, method...)
	if left == 0 && len(a.seconds(ctx, rest)) == 0 {
		changes = append(changes, dropCodes(acct)...) // they stand for nothing any more
	}
	note := Note{Kind: NoteFactorRemoved, At: now, Client: sess.View().Client, Factor: factor.TOTP, Label: victim.Label}
	return a.changeFactors(ctx, sess, acct, changes, a.events.factorRemoved(ctx, acct.User, victim), note, nil)
}

// changeFactors commits a change of credentials with the raise that ends every
// other session, then moves the acting session onto the new epoch. The raise is
// conditioned on the epoch that this session runs under: if somebody else raised
// it in between, either step fails and this session ends, never stays
// (decisions §3).
func (a *Accounts) changeFactors(ctx context.Context, sess *session.Session, acct identity.Account, changes []identity.Change, events []store.Row, note Note, ev []identity.Evidence) (FactorOutcome, error) {
	login := loginOf(sess.State())
	if login == nil {
		return nil, ErrNotAuthenticated
	}
	if err := themselves(login, "change factors"); err != nil {
		return nil, err
	}
	if err := a.AbandonStepUp(ctx, sess); err != nil {
		return nil, err
	}
	before := login.Epochs
	changes = append(changes,
		identity.RaiseEpoch{Scope: identity.UserScope(acct.User.Subject()), Check: true, From: before.User})
	if address, ok := acct.User.Email(); ok {
		note.Language = acct.User.Language
		notice, err := a.notes.row(ctx, address.Canonical, note)
		if err != nil {
			return nil, err
		}
		changes = append(changes, identity.Append{Row: notice})
	}
	changes = append(changes, a.events.changes(events)...)
	err := a.admin.Apply(ctx, changes...)
	if errors.Is(err, identity.ErrNotRevoked) {
		a.wake()
		return nil, fmt.Errorf("authn: change factors: %w", &RevocationError{Changed: true, Err: err})
	}
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists) {
		return nil, fmt.Errorf("authn: change factors: %w: %w", ErrFlowSuperseded, err)
	}
	if err != nil {
		return nil, fmt.Errorf("authn: change factors: %w", err)
	}
	a.wake()
	after := before
	after.User++
	_, err = sess.Transition(ctx, machine.Regenerate{Epochs: &after, Evidence: ev}, session.Commit{NoGrace: true, Certificate: slices.ContainsFunc(ev, func(e identity.Evidence) bool { return certified(e.Kind) })})
	if err != nil {
		return nil, fmt.Errorf("authn: change factors: %w", &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)})
	}
	return Completed{}, nil
}

// Self reads the account of the signed-in person, active at this moment.
// Errors: ErrNotAuthenticated, store errors.
func (a *Accounts) Self(ctx context.Context, sess *session.Session) (identity.Account, error) {
	login := loginOf(sess.State())
	if login == nil {
		return identity.Account{}, ErrNotAuthenticated
	}
	acct, err := a.ident.AccountByID(ctx, login.Subject)
	if errors.Is(err, store.ErrNotFound) || err == nil && !usable(acct, a.clock.Now()) {
		return acct, ErrNotAuthenticated
	}
	if err != nil {
		return acct, fmt.Errorf("authn: account: %w", err)
	}
	return acct, nil
}

// own is Self for what a person changes of their own account: nobody does it for
// them, not even with their password (AUN-142).
func (a *Accounts) own(ctx context.Context, sess *session.Session, verb string) (identity.Account, error) {
	if err := themselves(loginOf(sess.State()), verb); err != nil {
		return identity.Account{}, err
	}
	return a.Self(ctx, sess)
}
