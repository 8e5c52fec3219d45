package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Refusals of a change of names (IDN-027).
var (
	// ErrNameTaken means that a name is somebody's: a user name, and whatever an
	// administrator gives. Whether an address is, people are not told.
	ErrNameTaken = errors.New("authn: the name belongs to somebody")
	// ErrNameNeeded means that the account cannot be without this name: its primary
	// one, or the address that its mails go to.
	ErrNameNeeded = errors.New("authn: the account needs this name")
	// ErrNamesFull means that the account has as many names as allowed.
	ErrNamesFull = errors.New("authn: the account has eight names")
)

// namesDay is how many changes of names one person makes in a day. It bounds what they
// can find out about the user names of others, and how many mails they get.
const namesDay = 20

// AddUsername gives the signed-in person another name to sign in with. They have proved
// the strongest factor that they have lately. User names are public by nature, so a
// person is told that one is taken, which nobody could hide from who wants to have it;
// but only who has an account and has just proved it, twenty times a day, so that nobody
// finds a list of them. Every other session ends, all addresses are told.
//
// Errors: *FieldError for what is no user name or reserved; ErrAddressKept; ErrNamesFull;
// ErrNameTaken; ErrStepUpRequired; ErrRecoveryHold; ErrNotAuthenticated;
// ErrImpersonating; *ThrottledError beyond twenty changes a day; ErrFlowSuperseded when
// something else changed the account meanwhile; *RevocationError; store errors.
func (a *Accounts) AddUsername(ctx context.Context, sess *session.Session, typed string) error {
	return a.named(ctx, sess, "add username", func(u identity.User, _ time.Time) (renaming, error) {
		return a.withUsername(u, typed)
	})
}

// withUsername adds a user name to the names of somebody.
func (a *Accounts) withUsername(u identity.User, typed string) (renaming, error) {
	kind, _, ok := a.canonical(typed)
	name, err := identity.NewIdentifier(identity.Username, typed)
	switch {
	// What a sign-in would take for an address or a number leads nowhere as a name.
	case !ok || kind != identity.Username || err != nil || strings.Contains(name.Canonical, "@") || a.reserved.Check(name) != nil:
		return renaming{}, fieldError("name", "is not a user name that can be had")
	case isNamed(u, name):
		return renaming{}, ErrAddressKept
	case len(u.Identifiers) >= identity.MaxIdentifiers:
		return renaming{}, ErrNamesFull
	}
	return renaming{next: append(slices.Clone(u.Identifiers), name), what: NamesUsernameAdded}, nil
}

// RemoveName takes a name away from the signed-in person: a user name, a number or an
// address, found by kind and canonical form. Not the primary name, nor the address that
// mails go to: another one is made the primary one first. With an address every link
// goes that was mailed to any. The address is told, and all others; it gets no link to
// undo this: who removes a mailbox that a thief reads must be rid of it, and where it
// was the first one until lately, the link of that change still works (AUN-127).
//
// Errors: store.ErrNotFound for a name that the account does not have; ErrNameNeeded;
// others as [Accounts.AddUsername].
func (a *Accounts) RemoveName(ctx context.Context, sess *session.Session, name identity.Identifier) error {
	return a.named(ctx, sess, "remove name", func(u identity.User, _ time.Time) (renaming, error) {
		main, _ := u.Email()
		if isNamed(u, name) && (sameName(u.Primary(), name) || sameName(main, name)) {
			return renaming{}, ErrNameNeeded
		}
		return withoutName(u, name)
	})
}

// withoutName takes a name away that a person may have typed: what an issuer calls
// somebody is no name of theirs to give up.
func withoutName(u identity.User, name identity.Identifier) (renaming, error) {
	at := slices.IndexFunc(u.Identifiers, func(i identity.Identifier) bool { return sameName(i, name) })
	what := map[identity.IdentifierKind]NamesChange{
		identity.Username: NamesUsernameRemoved, identity.Email: NamesAddressRemoved, identity.Phone: NamesPhoneRemoved,
	}[name.Kind]
	if at < 0 || what == "" {
		return renaming{}, store.ErrNotFound
	}
	r := renaming{next: slices.Delete(slices.Clone(u.Identifiers), at, at+1), what: what}
	if name.Kind == identity.Email {
		r.also = voided(u.Subject())
	}
	return r, nil
}

// MakePrimary makes an address of the signed-in person the one that mails go to, and
// their primary name. It was proven when it was added. The address that was it until
// now stays, and is told, with a link that undoes this for a week (AUN-127). What is the
// primary name already is success.
//
// Errors: store.ErrNotFound for an address that the account does not have, or that was
// never proven; others as [Accounts.AddUsername].
func (a *Accounts) MakePrimary(ctx context.Context, sess *session.Session, name identity.Identifier) error {
	return a.named(ctx, sess, "make primary", func(u identity.User, now time.Time) (renaming, error) {
		at := slices.IndexFunc(u.Identifiers, func(i identity.Identifier) bool { return sameName(i, name) })
		former, _ := u.Email()
		switch {
		case at < 0 || name.Kind != identity.Email || u.EmailVerifiedAt.IsZero():
			return renaming{}, store.ErrNotFound
		case at == 0:
			return renaming{}, nil
		}
		r := renaming{what: NamesPrimary}
		r.next = slices.Insert(slices.Delete(slices.Clone(u.Identifiers), at, at+1), 0, u.Identifiers[at])
		if sameName(former, name) {
			return r, nil
		}
		undo, err := a.undoable(ctx, u, former, Note{Kind: NotePrimaryChanged, At: now, Client: sess.View().Client})
		r.also, r.told = undo, former.Canonical
		return r, err
	})
}

func sameName(a, b identity.Identifier) bool { return a.Kind == b.Kind && a.Canonical == b.Canonical }

// renaming is a change of the names of an account.
type renaming struct {
	next []identity.Identifier // nil: nothing is to be done
	what NamesChange
	also []identity.Change
	told string // the address that also tells
}

// named carries out a change of their names by a person.
func (a *Accounts) named(ctx context.Context, sess *session.Session, verb string, plan func(identity.User, time.Time) (renaming, error)) error {
	if err := a.rename(ctx, sess, verb, plan); err != nil {
		return fmt.Errorf("authn: %s: %w", verb, err)
	}
	return nil
}

func (a *Accounts) rename(ctx context.Context, sess *session.Session, verb string, plan func(identity.User, time.Time) (renaming, error)) error {
	acct, err := a.own(ctx, sess, verb)
	if err != nil {
		return err
	}
	if err := a.proven(ctx, sess, acct, verb); err != nil {
		return err
	}
	login, now, u := loginOf(sess.State()), a.clock.Now(), acct.User
	if login == nil {
		return ErrNotAuthenticated
	}
	r, err := plan(u, now)
	if err != nil || r.next == nil {
		return err
	}
	t, id := u.Tenant.Bytes(), u.ID.Bytes()
	lever := Lever{a.levers.key('N', t[:], id[:]), mailsIn(namesDay, 24*time.Hour)}
	if within, err := a.charge(ctx, lever, now); err != nil {
		return err
	} else if !within {
		return &ThrottledError{Until: now.Add(lever.Policy.Lock)}
	}
	if err := a.AbandonStepUp(ctx, sess); err != nil {
		return err
	}
	changes, err := a.renamed(ctx, u, r, Note{At: now, Client: sess.View().Client}, u.ID, aboutUser(u), audit.BySelf)
	if err != nil {
		return err
	}
	changes = append(changes, identity.RaiseEpoch{Scope: identity.UserScope(u.Subject()), Check: true, From: login.Epochs.User})
	switch err := a.admin.Apply(ctx, changes...); {
	case failedAt(err, 0, store.ErrExists):
		return ErrNameTaken
	case errors.Is(err, identity.ErrNotRevoked):
		a.wake()
		return &RevocationError{Changed: true, Err: err}
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	case err != nil:
		return err
	}
	a.wake()
	return a.goesOn(ctx, sess, login.Epochs, u, r.next)
}

// renamed words a change of names for one commit: the names first, whose condition are
// those that were read, then links, notes and event. The end of the sessions is the
// caller's.
func (a *Accounts) renamed(ctx context.Context, u identity.User, r renaming, note Note, by identity.UserID, of audit.Of, who audit.By) ([]identity.Change, error) {
	note.Kind, note.Names = NoteNames, r.what
	notes, err := a.everywhere(ctx, u, note, r.told)
	if err != nil {
		return nil, err
	}
	changes := []identity.Change{identity.SetIdentifiers{Subject: u.Subject(), Was: u.Identifiers, Next: r.next, By: by, At: note.At}}
	changes = append(append(changes, r.also...), notes...)
	says := audit.UserUpdated{Outcome: audit.Success, Fields: []string{"identifiers"}, By: who}
	return append(changes, a.events.changes(a.events.row(ctx, of, says))...), nil
}
