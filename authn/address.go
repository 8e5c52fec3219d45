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

// ErrAddressKept means that the new name is one that the account has already.
var ErrAddressKept = errors.New("authn: the account has this name already")

// Bounds of changes of an address (AUN-127).
const (
	// UndoLife is how long the former address of an account can undo a change.
	UndoLife = 7 * 24 * time.Hour
	// changesDay is how many changes of an address one person begins in a day: each
	// that is confirmed leaves a link that works for a week.
	changesDay = 5
)

// asking is one of the two ways to ask for an address: in place of the one that the
// account has, or beside it.
type asking struct {
	purpose identity.TokenPurpose
	// pending remembers, in the session that asked, which address waits to be
	// confirmed: for its page alone.
	pending machine.CeremonyKind
}

func insteadOf() asking { return asking{identity.TokenAddress, "address_change"} }

func beside() asking { return asking{identity.TokenSecondAddress, "second_address"} }

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
	sent, err := a.beginAddress(ctx, sess, insteadOf(), address)
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: begin change of address: %w", err)
	}
	return sent, nil
}

func (a *Accounts) beginAddress(ctx context.Context, sess *session.Session, how asking, typed string) (LinkSent, error) {
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
	switch named := isNamed(acct.User, address); {
	// One that was never proven may be proven.
	case named && (how == insteadOf() || !acct.User.EmailVerifiedAt.IsZero()):
		return LinkSent{}, ErrAddressKept
	case !named && how == beside() && len(acct.User.Identifiers) >= identity.MaxIdentifiers:
		return LinkSent{}, ErrNamesFull
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
	taken = taken && owner.User.ID != acct.User.ID
	kind := mailAddress
	if taken {
		kind = mailTaken
	}
	within, err := a.mayMail(ctx, acct.User.Tenant, kind, []byte(address.Canonical), now)
	if err != nil {
		return LinkSent{}, err
	}
	changes, err := a.addressAsked(ctx, request{how, acct.User, aboutUser(acct.User), address, owner.User, taken, within, now})
	if err != nil {
		return LinkSent{}, err
	}
	if err := a.admin.Apply(ctx, changes...); err != nil {
		return LinkSent{}, err
	}
	a.wake()
	if err := sess.PutCeremony(ctx, how.pending, now.Add(a.linkLife), []byte(address.Typed)); err != nil {
		return LinkSent{}, overtaken(err)
	}
	return LinkSent{address.Typed, a.linkLife}, nil
}

// request is one request for an address.
type request struct {
	asking
	user          identity.User
	of            audit.Of // who asks, and for whom
	address       identity.Identifier
	owner         identity.User // of the address, if it is taken
	taken, mailed bool
	now           time.Time
}

// addressAsked are the changes of a request, as many whether the address is taken or
// not, and whether a mail goes out or not.
func (a *Accounts) addressAsked(ctx context.Context, r request) ([]identity.Change, error) {
	l, u := newLink(a.entropy), r.user
	token := identity.Token{
		Purpose: r.purpose, Tenant: u.Tenant, User: u.ID, Address: r.address.Canonical,
		CreatedAt: r.now, ExpiresAt: r.now.Add(a.linkLife),
	}
	note := Note{Kind: NoteAddress, Language: u.Language, At: r.now, Link: a.baseOf(u.Tenant) + "/address?token=" + l.text(), Works: a.linkLife}
	if r.taken {
		token.Purpose, token.Address = identity.TokenVoid, toNobody
		note.Kind, note.Language, note.Link, note.Works = NoteAddressTaken, r.owner.Language, a.baseOf(u.Tenant)+"/sign-in", 0
	}
	message, err := a.notes.row(ctx, r.address.Canonical, note)
	if err != nil {
		return nil, err
	}
	if !r.mailed {
		message.Topic, message.Body = store.TopicVoid, nil
	}
	changes := []identity.Change{
		identity.VoidTokens{Subject: u.Subject(), Purpose: r.purpose},
		identity.PutToken{Token: a.tokens.sealed(token, l)},
		identity.Append{Row: message},
	}
	says := audit.AddressChangeRequested{Outcome: audit.Success} // taken or not: who asked reads it
	return append(changes, a.events.changes(a.events.row(ctx, r.of, says))...), nil
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
	return pending(ctx, sess, insteadOf())
}

func pending(ctx context.Context, sess *session.Session, how asking) string {
	body, ok := sess.PeekCeremony(ctx, how.pending)
	if !ok {
		return ""
	}
	return string(body)
}

// CancelAddressChange voids the link of a change that waits. None is success.
// Errors: ErrNotAuthenticated, ErrImpersonating, store errors.
func (a *Accounts) CancelAddressChange(ctx context.Context, sess *session.Session) error {
	if err := a.cancelAddress(ctx, sess, insteadOf()); err != nil {
		return fmt.Errorf("authn: cancel change of address: %w", err)
	}
	return nil
}

func (a *Accounts) cancelAddress(ctx context.Context, sess *session.Session, how asking) error {
	acct, err := a.own(ctx, sess, "cancel")
	if err != nil {
		return err
	}
	err = a.admin.Apply(ctx, identity.VoidTokens{Subject: acct.User.Subject(), Purpose: how.purpose})
	if err != nil {
		return err
	}
	return overtaken(sess.DropCeremony(ctx, how.pending))
}

// ViewAddress describes the link of a new address, in place of the one that the
// account has or beside it: masked unless the person is signed in here. Looking
// consumes nothing. Errors: ErrTokenInvalid, store errors.
func (a *Accounts) ViewAddress(ctx context.Context, sess *session.Session, text string) (LinkView, error) {
	t, _, err := a.token(ctx, text, a.clock.Now(), identity.TokenAddress, identity.TokenSecondAddress)
	if err != nil {
		return LinkView{}, viewed("view address", err)
	}
	v := LinkView{Address: t.Address, Second: t.Purpose == identity.TokenSecondAddress}
	if a.theirs(sess, identity.Subject{Tenant: t.Tenant, User: t.User}) == nil {
		v.Address, v.NeedsSignIn = maskAddress(t.Address), v.Second
	}
	return v, nil
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

// ConfirmAddress makes the address that a link was mailed to the account's: in place
// of the one it has, in whatever browser, or as a second one where the person is signed
// in, so that a link which went to a stranger makes no address of theirs. Every session
// ends in the same commit but this one, if the person is signed in here; what was mailed
// before is void. A note goes to the former address, or to the first one, with a link
// that undoes it, for a week (AUN-127), and one without to the other addresses. Of any
// number of calls with one link at most one succeeds.
//
// Errors: ErrTokenInvalid, also when the address has an owner by now or the account
// may not sign in; ErrNotAuthenticated for a second address, if the person is not signed
// in here in person; ErrFlowSuperseded when something else changed the account
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
	m, err := a.moving(ctx, text, now, identity.TokenAddress, identity.TokenSecondAddress)
	if err != nil {
		return Confirmed{}, err
	}
	next, err := m.next()
	if err != nil {
		return Confirmed{}, err
	}
	login := a.theirs(sess, m.subject)
	if login != nil && login.Epochs.User != m.before.User {
		login = nil // it has ended, and does not know yet
	}
	if login == nil && m.second() {
		return Confirmed{}, ErrNotAuthenticated
	}
	if login != nil {
		if err := a.AbandonStepUp(ctx, sess); err != nil {
			return Confirmed{}, err
		}
	}
	changes := append(m.take, m.voids()...)
	changes = append(changes, m.renames(next, now)...)
	told, err := a.moveTold(ctx, &m, sess.View().Client, now)
	if err != nil {
		return Confirmed{}, err
	}
	changes = append(append(changes, told...), a.events.changes(a.events.addressChanged(ctx, m.acct.User))...)
	if err := a.moved(a.admin.Apply(ctx, changes...)); err != nil {
		return Confirmed{}, err
	}
	if login == nil {
		return Confirmed{}, nil
	}
	if err := a.goesOn(ctx, sess, m.before, m.acct.User, next); err != nil {
		return Confirmed{}, err
	}
	how := insteadOf()
	if m.second() {
		how = beside()
	}
	if err := sess.DropCeremony(ctx, how.pending); err != nil {
		return Confirmed{}, overtaken(err)
	}
	return Confirmed{SignedIn: true, Second: m.second()}, nil
}

// goesOn moves the acting session behind the raise that has ended the others, and lets
// its pages call the person by the name that they have now.
func (*Accounts) goesOn(ctx context.Context, sess *session.Session, before identity.Epochs, u identity.User, names []identity.Identifier) error {
	before.User++
	u.Identifiers = names
	shown := profile(u)
	_, err := sess.Transition(ctx, machine.Regenerate{Epochs: &before, Profile: &shown}, session.Commit{NoGrace: true})
	if err != nil {
		return &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	return nil
}

// moveTold are the notes about a new address: the one that it takes the place of, or
// that it comes to stand beside, can undo it. Addresses that were never proven are told
// nothing: they may be anybody's.
func (a *Accounts) moveTold(ctx context.Context, m *move, from session.Client, now time.Time) ([]identity.Change, error) {
	former, had := m.acct.User.Email()
	if !had || m.acct.User.EmailVerifiedAt.IsZero() {
		return nil, nil
	}
	kind, change := NoteAddressChanged, NamesMoved
	if m.second() {
		kind, change = NoteAddressAdded, NamesAddressAdded
	}
	undo, err := a.undoable(ctx, m.acct.User, former, Note{Kind: kind, At: now, Client: from})
	if err != nil {
		return nil, err
	}
	others, err := a.everywhere(ctx, m.acct.User, Note{Kind: NoteNames, Names: change, At: now, Client: from}, former.Canonical)
	return append(undo, others...), err
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

// second reports that the address is to stand beside the others.
func (m *move) second() bool { return m.token.Purpose == identity.TokenSecondAddress }

// next are the names with the new address. Addresses that were never proven do not stay
// beside one that is: EmailVerifiedAt says that all are.
func (m *move) next() ([]identity.Identifier, error) {
	names, u := m.acct.User.Identifiers, m.acct.User
	former, had := u.Email()
	switch {
	case had && u.EmailVerifiedAt.IsZero():
		names = restored(names, m.address)
	case isNamed(u, m.address):
		return nil, ErrTokenInvalid
	case had && !m.second():
		names = slices.Clone(names)
		names[slices.Index(names, former)] = m.address
	default:
		names = append(slices.Clone(names), m.address)
	}
	if len(names) > identity.MaxIdentifiers {
		return nil, ErrTokenInvalid
	}
	return names, nil
}

// moving looks at a link, account and address. All refusals look alike.
func (a *Accounts) moving(ctx context.Context, text string, now time.Time, purposes ...identity.TokenPurpose) (m move, err error) {
	m.token, _, err = a.token(ctx, text, now, purposes...)
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
	m.take = []identity.Change{identity.ConsumeToken{Selector: m.token.Selector, Digest: m.token.Digest, Purpose: m.token.Purpose, Now: now}}
	if !owner.User.ID.IsZero() && !own {
		waiting := owner.User.Subject()
		m.take = append(m.take, identity.EraseUser{Subject: waiting, From: identity.Candidate},
			identity.RaiseEpoch{Scope: identity.UserScope(waiting)})
	}
	return m, nil
}

// voids ends every link that went to an address which the account has now.
func (m *move) voids() []identity.Change { return voided(m.subject) }

// voided ends every link that is bound to the addresses that somebody has, but for
// those that undo: they are what is left to the owner of an address that was taken away.
func voided(s identity.Subject) []identity.Change {
	var out []identity.Change
	for _, p := range []identity.TokenPurpose{
		identity.TokenAddress, identity.TokenSecondAddress, identity.TokenReset, identity.TokenActivation,
	} {
		out = append(out, identity.VoidTokens{Subject: s, Purpose: p})
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

// undoable tells an address what was done, with a link that makes it the only one of
// the account.
func (a *Accounts) undoable(ctx context.Context, u identity.User, former identity.Identifier, note Note) ([]identity.Change, error) {
	l := newLink(a.entropy)
	token := identity.Token{
		Purpose: identity.TokenUndo, Tenant: u.Tenant, User: u.ID, Address: former.Canonical,
		CreatedAt: note.At, ExpiresAt: note.At.Add(UndoLife),
	}
	note.Language, note.Link, note.Works = u.Language, a.baseOf(u.Tenant)+"/undo?token="+l.text(), UndoLife
	notice, err := a.notes.row(ctx, former.Canonical, note)
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

func (e events) addressChanged(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.UserUpdated{
		Outcome: audit.Success, Fields: []string{"email_verified_at", "identifiers"}, By: audit.BySelf,
	})
}
