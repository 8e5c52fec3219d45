package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ErrAddressKept means that the new address is one that the account has already.
var ErrAddressKept = errors.New("authn: the account has this address already")

// Bounds of changes of an address (AUN-127).
const (
	// UndoLife is how long the former address of an account can undo a change.
	UndoLife = 7 * 24 * time.Hour
	// changesDay is how many changes of an address one person begins in a day: each
	// that is confirmed leaves a link that works for a week.
	changesDay = 5
)

// addressPending remembers, in the session that asked, which address waits to be
// confirmed: for its page alone.
const addressPending machine.CeremonyKind = "address_change"

// BeginAddressChange mails a link to the address that the signed-in person wants
// instead of the present one, which stays until the link is confirmed. They have
// proved the strongest factor that they have lately. Whether the address belongs to
// somebody is not told: then its owner is told instead, and outcome, work and rows are
// the same (AUN-127). A later change replaces one that waits.
//
// Errors: *FieldError for the address, by rules that know nothing of other accounts;
// ErrAddressKept; ErrStepUpRequired; ErrNotAuthenticated; ErrImpersonating; *ThrottledError beyond five
// changes a day; store errors.
func (a *Accounts) BeginAddressChange(ctx context.Context, sess *session.Session, address string) (LinkSent, error) {
	sent, err := a.beginAddress(ctx, sess, address)
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: begin change of address: %w", err)
	}
	return sent, nil
}

func (a *Accounts) beginAddress(ctx context.Context, sess *session.Session, typed string) (LinkSent, error) {
	acct, err := a.Self(ctx, sess)
	if err != nil {
		return LinkSent{}, err
	}
	if err := a.proven(ctx, sess, acct, "address"); err != nil {
		return LinkSent{}, err
	}
	address, err := identity.NewIdentifier(identity.Email, typed)
	if err == nil {
		err = a.reserved.Check(address)
	}
	if err != nil {
		return LinkSent{}, fieldError("email", "is not an address that mail can reach")
	}
	if isNamed(acct.User, address) {
		return LinkSent{}, ErrAddressKept
	}
	now := a.clock.Now()
	t, u := acct.User.Tenant.Bytes(), acct.User.ID.Bytes()
	lever := Lever{a.levers.key('E', t[:], u[:]), mailsIn(changesDay, 24*time.Hour)}
	if within, err := a.charge(ctx, lever, now); err != nil {
		return LinkSent{}, err
	} else if !within {
		return LinkSent{}, &ThrottledError{Until: now.Add(lever.Policy.Lock)}
	}
	owner, taken, err := a.owner(ctx, acct.User.Tenant, address)
	if err != nil {
		return LinkSent{}, err
	}
	kind := mailAddress
	if taken {
		kind = mailTaken
	}
	within, err := a.mayMail(ctx, acct.User.Tenant, kind, []byte(address.Canonical), now)
	if err != nil {
		return LinkSent{}, err
	}
	changes, err := a.addressAsked(ctx, acct.User, address, owner.User, taken, within, now)
	if err != nil {
		return LinkSent{}, err
	}
	if err := a.admin.Apply(ctx, changes...); err != nil {
		return LinkSent{}, err
	}
	a.wake()
	if err := sess.PutCeremony(ctx, addressPending, now.Add(a.linkLife), []byte(address.Typed)); err != nil {
		return LinkSent{}, overtaken(err)
	}
	return LinkSent{address.Typed, a.linkLife}, nil
}

// addressAsked are the changes of a request, as many whether the address is taken or
// not, and whether a mail goes out or not.
func (a *Accounts) addressAsked(ctx context.Context, u identity.User, address identity.Identifier, owner identity.User, taken, mailed bool, now time.Time) ([]identity.Change, error) {
	l := newLink(a.entropy)
	token := identity.Token{
		Purpose: identity.TokenAddress, Tenant: u.Tenant, User: u.ID, Address: address.Canonical,
		CreatedAt: now, ExpiresAt: now.Add(a.linkLife),
	}
	note := Note{Kind: NoteAddress, Language: u.Language, At: now, Link: a.baseOf(u.Tenant) + "/address?token=" + l.text(), Works: a.linkLife}
	if taken {
		token.Purpose, token.Address = identity.TokenVoid, toNobody
		note.Kind, note.Language, note.Link, note.Works = NoteAddressTaken, owner.Language, a.baseOf(u.Tenant)+"/sign-in", 0
	}
	message, err := a.notes.row(ctx, address.Canonical, note)
	if err != nil {
		return nil, err
	}
	if !mailed {
		message.Topic, message.Body = store.TopicVoid, nil
	}
	changes := []identity.Change{
		identity.VoidTokens{Subject: u.Subject(), Purpose: identity.TokenAddress},
		identity.PutToken{Token: a.tokens.sealed(token, l)},
		identity.Append{Row: message},
	}
	return append(changes, a.events.changes(a.events.addressAsked(ctx, u))...), nil
}

// owner is who has an address now. A Candidate has proven nothing, so the address is
// free; what cannot be read is not.
func (a *Accounts) owner(ctx context.Context, tenant identity.TenantID, address identity.Identifier) (acct identity.Account, taken bool, err error) {
	acct, err = a.ident.AccountByIdentifier(ctx, tenant, address.Kind, address.Canonical)
	switch {
	case err == nil:
		return acct, acct.User.State != identity.Candidate, nil
	case errors.Is(err, store.ErrNotFound):
		return identity.Account{}, false, nil
	case errors.Is(err, store.ErrCorrupt):
		a.alarm(ctx, alarmDataIntegrity, err)
		return identity.Account{}, true, nil
	}
	return acct, false, err
}

// isNamed reports whether a user has an identifier already.
func isNamed(u identity.User, i identity.Identifier) bool {
	return slices.ContainsFunc(u.Identifiers, func(o identity.Identifier) bool {
		return o.Kind == i.Kind && o.Canonical == i.Canonical
	})
}

// PendingAddress is the address that waits to be confirmed, as typed in this session;
// empty if none does.
func (a *Accounts) PendingAddress(ctx context.Context, sess *session.Session) string {
	body, ok := sess.PeekCeremony(ctx, addressPending)
	if !ok {
		return ""
	}
	return string(body)
}

// CancelAddressChange voids the link of a change that waits. None is success.
// Errors: ErrNotAuthenticated, ErrImpersonating, store errors.
func (a *Accounts) CancelAddressChange(ctx context.Context, sess *session.Session) error {
	acct, err := a.Self(ctx, sess)
	if err == nil {
		err = themselves(loginOf(sess.State()), "cancel change of address")
	}
	if err != nil {
		return err
	}
	err = a.admin.Apply(ctx, identity.VoidTokens{Subject: acct.User.Subject(), Purpose: identity.TokenAddress})
	if err == nil {
		err = overtaken(sess.DropCeremony(ctx, addressPending))
	}
	if err != nil {
		return fmt.Errorf("authn: cancel change of address: %w", err)
	}
	return nil
}

// ViewAddress describes the link of a change of address: the new one, masked unless
// the person is signed in here. Looking consumes nothing. Errors: ErrTokenInvalid,
// store errors.
func (a *Accounts) ViewAddress(ctx context.Context, sess *session.Session, text string) (LinkView, error) {
	t, _, err := a.token(ctx, text, a.clock.Now(), identity.TokenAddress)
	if err != nil {
		return LinkView{}, viewed("view change of address", err)
	}
	if a.theirs(sess, identity.Subject{Tenant: t.Tenant, User: t.User}) != nil {
		return LinkView{Address: t.Address}, nil
	}
	return LinkView{Address: maskAddress(t.Address)}, nil
}

// viewed words what looking at a link led to.
func viewed(verb string, err error) error {
	if errors.Is(err, ErrTokenInvalid) {
		return err
	}
	return fmt.Errorf("authn: %s: %w", verb, err)
}

// theirs is the login of a person in this browser, in person; nil if it is another's.
func (*Accounts) theirs(sess *session.Session, s identity.Subject) *machine.LoginData {
	login := loginOf(sess.State())
	if login == nil || login.Subject != s || login.Actor != nil {
		return nil
	}
	return login
}

// ConfirmAddress makes the address that a link was mailed to the account's, in place
// of the one it has, in whatever browser. Every session ends in the same commit but
// this one, if the person is signed in here; what was mailed to the former address is
// void, and a note goes there with a link that undoes the change, for a week (AUN-127).
// Of any number of calls with one link at most one succeeds.
//
// Errors: ErrTokenInvalid, also when the address has an owner by now or the account
// may not sign in; ErrFlowSuperseded when something else changed the account
// meanwhile, and the link still works; *RevocationError; store errors.
func (a *Accounts) ConfirmAddress(ctx context.Context, sess *session.Session, text string) (Confirmed, error) {
	done, err := a.confirmAddress(ctx, sess, text)
	if err != nil {
		return done, viewed("confirm address", err)
	}
	return done, nil
}

func (a *Accounts) confirmAddress(ctx context.Context, sess *session.Session, text string) (Confirmed, error) {
	now := a.clock.Now()
	m, err := a.moving(ctx, identity.TokenAddress, text, now)
	if err != nil {
		return Confirmed{}, err
	}
	former, had := m.acct.User.Email()
	next := slices.Clone(m.acct.User.Identifiers)
	if at := slices.Index(next, former); had && at >= 0 {
		next[at] = m.address
	} else {
		next = append(next, m.address)
	}
	if len(next) > identity.MaxIdentifiers {
		return Confirmed{}, ErrTokenInvalid
	}
	login := a.theirs(sess, m.subject)
	if login != nil && login.Epochs.User != m.before.User {
		login = nil // it has ended, and does not know yet
	}
	if login != nil {
		if err := a.AbandonStepUp(ctx, sess); err != nil {
			return Confirmed{}, err
		}
	}
	changes := append(m.take, m.voids()...)
	changes = append(changes, m.renames(next, now)...)
	if had && !m.acct.User.EmailVerifiedAt.IsZero() {
		undo, err := a.undoable(ctx, m.acct.User, former, sess.View().Client, now)
		if err != nil {
			return Confirmed{}, err
		}
		changes = append(changes, undo...)
	}
	changes = append(changes, a.events.changes(a.events.addressChanged(ctx, m.acct.User))...)
	if err := a.moved(a.admin.Apply(ctx, changes...)); err != nil {
		return Confirmed{}, err
	}
	if login == nil {
		return Confirmed{}, nil
	}
	after := m.before
	after.User++
	if _, err := sess.Transition(ctx, machine.Regenerate{Epochs: &after}, session.Commit{NoGrace: true}); err != nil {
		return Confirmed{}, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	if err := sess.DropCeremony(ctx, addressPending); err != nil {
		return Confirmed{}, overtaken(err)
	}
	return Confirmed{SignedIn: true}, nil
}

// move is a change of address whose link is live.
type move struct {
	acct    identity.Account
	subject identity.Subject
	before  identity.Epochs
	token   identity.Token
	address identity.Identifier // that of the link
	// take ends the link, and with it a Candidate that waits for the address: who
	// has proven nothing holds nothing (AUN-123).
	take []identity.Change
}

// moving looks at a link, account and address. All refusals look alike.
func (a *Accounts) moving(ctx context.Context, purpose identity.TokenPurpose, text string, now time.Time) (m move, err error) {
	m.token, _, err = a.token(ctx, text, now, purpose)
	if err != nil {
		return m, err
	}
	m.subject = identity.Subject{Tenant: m.token.Tenant, User: m.token.User}
	if m.before, err = a.sessions.Epochs(ctx, m.subject); err != nil { // before what the commit rests on
		return m, err
	}
	m.acct, err = a.ident.AccountByID(ctx, m.subject)
	if errors.Is(err, store.ErrNotFound) || err == nil && !usable(m.acct, now) {
		return m, ErrTokenInvalid
	}
	if err != nil {
		return m, err
	}
	if m.address, err = identity.NewIdentifier(identity.Email, m.token.Address); err != nil {
		return m, ErrTokenInvalid
	}
	owner, taken, err := a.owner(ctx, m.subject.Tenant, m.address)
	own := owner.User.Subject() == m.subject
	switch {
	case err != nil:
		return m, err
	case taken && !own:
		return m, ErrTokenInvalid
	}
	m.take = []identity.Change{identity.ConsumeToken{Selector: m.token.Selector, Digest: m.token.Digest, Purpose: purpose, Now: now}}
	if !owner.User.ID.IsZero() && !own {
		waiting := owner.User.Subject()
		m.take = append(m.take, identity.EraseUser{Subject: waiting, From: identity.Candidate},
			identity.RaiseEpoch{Scope: identity.UserScope(waiting)})
	}
	return m, nil
}

// voids ends every link that went to an address which the account has now.
func (m *move) voids() []identity.Change {
	var out []identity.Change
	for _, p := range []identity.TokenPurpose{identity.TokenAddress, identity.TokenReset, identity.TokenActivation} {
		out = append(out, identity.VoidTokens{Subject: m.subject, Purpose: p})
	}
	return out
}

// renames sets the names and ends the sessions (IDN-025).
func (m *move) renames(next []identity.Identifier, now time.Time) []identity.Change {
	return []identity.Change{
		identity.SetIdentifiers{
			Subject: m.subject, Was: m.acct.User.Identifiers, Next: next, EmailVerifiedAt: now, By: m.subject.User, At: now,
		},
		identity.RaiseEpoch{Scope: identity.UserScope(m.subject), Check: true, From: m.before.User},
	}
}

// undoable tells the former address, with a link that gives it back.
func (a *Accounts) undoable(ctx context.Context, u identity.User, former identity.Identifier, from session.Client, now time.Time) ([]identity.Change, error) {
	l := newLink(a.entropy)
	token := identity.Token{
		Purpose: identity.TokenUndo, Tenant: u.Tenant, User: u.ID, Address: former.Canonical,
		CreatedAt: now, ExpiresAt: now.Add(UndoLife),
	}
	notice, err := a.notes.row(ctx, former.Canonical, Note{
		Kind: NoteAddressChanged, Language: u.Language, At: now, Client: from,
		Link: a.baseOf(u.Tenant) + "/undo?token=" + l.text(), Works: UndoLife,
	})
	if err != nil {
		return nil, err
	}
	return []identity.Change{identity.PutToken{Token: a.tokens.sealed(token, l)}, identity.Append{Row: notice}}, nil
}

// moved says what a commit led to: the loser of a race for the link or for the address
// has an invalid link, the loser of another race may try again.
func (a *Accounts) moved(err error) error {
	var which *identity.ChangeError
	switch {
	case err == nil:
		a.wake()
		return nil
	case errors.Is(err, identity.ErrNotRevoked):
		a.wake()
		return &RevocationError{Changed: true, Err: err}
	case errors.As(err, &which) && which.Index == 0 && errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrExists):
		return ErrTokenInvalid
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	}
	return err
}

// addressAsked does not say whether the address is taken: whoever asked reads it in
// their history.
func (e events) addressAsked(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.AddressChangeRequested{Outcome: audit.Success})
}

func (e events) addressChanged(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.UserUpdated{
		Outcome: audit.Success, Fields: []string{"email_verified_at", "identifiers"}, By: audit.BySelf,
	})
}
