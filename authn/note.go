package authn

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// NoteKind says what a mail is about.
type NoteKind string

// The mails. The first two answer a sign-up, the others tell somebody what has
// happened to their account (AUN-162).
const (
	NoteVerify            NoteKind = "verify"
	NoteAlreadyRegistered NoteKind = "already_registered"
	NotePasswordSet       NoteKind = "password_set"
	NoteFactorAdded       NoteKind = "factor_added"
	NoteFactorRemoved     NoteKind = "factor_removed"
	NoteSessionsEnded     NoteKind = "sessions_ended"
	NoteSignedInAfterLock NoteKind = "signed_in_after_lock"
	NoteStepUpFailed      NoteKind = "step_up_failed"
	// NoteReset carries the link of a reset; NoteNoPassword answers somebody who
	// asked for one and signs in without a password.
	NoteReset      NoteKind = "reset"
	NoteNoPassword NoteKind = "no_password"
	// NoteActivation carries the link with which somebody whose account was made for
	// them sets it up.
	NoteActivation NoteKind = "activation"
	// NoteRebind says that somebody who looks after accounts has taken the second
	// steps away, and carries the link to set up another; NoteFactorsReset says it to
	// the person's other addresses.
	NoteRebind       NoteKind = "rebind"
	NoteFactorsReset NoteKind = "factors_reset"
	// NoteFactorDisabled and NoteFactorReenabled say that a way to sign in does not
	// work any more, and works again, by somebody else's doing.
	NoteFactorDisabled  NoteKind = "factor_disabled"
	NoteFactorReenabled NoteKind = "factor_reenabled"
	// NotePasswordCompromised says that others know the password, and that the next
	// sign-in asks for another.
	NotePasswordCompromised NoteKind = "password_compromised"
	// NoteRecoveryUsed says that a recovery code has signed in and how many are left,
	// NoteRecoveryRenewed that there is a fresh set.
	NoteRecoveryUsed    NoteKind = "recovery_used"
	NoteRecoveryRenewed NoteKind = "recovery_renewed"
	// NoteImpersonated tells somebody that an administrator acts as them.
	NoteImpersonated NoteKind = "impersonated"
	// NoteAddress carries the link that proves a new address, NoteAddressTaken tells
	// the owner of an address that somebody wanted it for another account, and
	// NoteAddressChanged goes to the former address, with the link that undoes it.
	NoteAddress        NoteKind = "address"
	NoteAddressTaken   NoteKind = "address_taken"
	NoteAddressChanged NoteKind = "address_changed"
	// NoteNewDevice tells somebody that a sign-in came from a browser that they have not
	// used for a while, if ever.
	NoteNewDevice NoteKind = "new_device"
	// NoteAddressAdded goes to the first address of an account that has another one
	// now, NotePrimaryChanged to the one that was the first until now; both with the
	// link that undoes it. NoteNames tells the other addresses, and of every other change
	// of names.
	NoteAddressAdded   NoteKind = "address_added"
	NotePrimaryChanged NoteKind = "primary_changed"
	NoteNames          NoteKind = "names"
	// NoteCode carries a code that a sign-in asks for.
	NoteCode NoteKind = "code"
)

// NamesChange says what was done to the names of an account.
type NamesChange string

// The changes of names.
const (
	NamesUsernameAdded   NamesChange = "username_added"
	NamesAddressAdded    NamesChange = "address_added"
	NamesMoved           NamesChange = "address_changed"
	NamesPrimary         NamesChange = "primary_changed"
	NamesUsernameRemoved NamesChange = "username_removed"
	NamesAddressRemoved  NamesChange = "address_removed"
	NamesPhoneAdded      NamesChange = "phone_added"
	NamesPhoneRemoved    NamesChange = "phone_removed"
)

// NoteKinds are all of them, in the order above.
func NoteKinds() []NoteKind {
	return []NoteKind{
		NoteVerify, NoteAlreadyRegistered, NotePasswordSet, NoteFactorAdded, NoteFactorRemoved,
		NoteSessionsEnded, NoteSignedInAfterLock, NoteStepUpFailed, NoteReset, NoteNoPassword,
		NoteActivation, NoteRebind, NoteFactorsReset, NoteFactorDisabled, NoteFactorReenabled, NotePasswordCompromised,
		NoteRecoveryUsed, NoteRecoveryRenewed, NoteImpersonated,
		NoteAddress, NoteAddressTaken, NoteAddressChanged, NoteNewDevice,
		NoteAddressAdded, NotePrimaryChanged, NoteNames, NoteCode,
	}
}

// Note is one mail before it has words.
type Note struct {
	Kind NoteKind
	// Language is that of the account, else that of the request, as a BCP 47 tag;
	// empty when neither is known.
	Language string
	At       time.Time // when it happened
	// Client is the browser and platform that it came from, as far as known.
	Client session.Client
	// Link is the page to open (Verify, AlreadyRegistered, Reset, NoPassword,
	// Activation, Rebind, Address, AddressTaken, AddressChanged, AddressAdded, PrimaryChanged), Works how long it works; for Impersonated, how long it lasts
	// at most.
	Link  string
	Works time.Duration
	// Code is the code to type in (Code), with a space in the middle, good for Works.
	Code string
	// Factor and Label name the factor (FactorAdded, FactorRemoved, FactorDisabled,
	// FactorReenabled); the person chose the label.
	Factor identity.Kind
	Label  string
	// Names is what was done (Names). The names themselves are in no mail: what went to
	// one address does not tell another.
	Names NamesChange
	// Left is how many recovery codes there are (RecoveryUsed).
	Left int
}

// MailTexts words the mails. Package ui implements it: a subject without any word
// that a person chose, and a plain text of at most 78 columns.
type MailTexts interface {
	// Mail is called inside the verb that the note reports: it must not wait.
	Mail(n Note) (subject, text string)
}

// Notes are what a [Service] needs to tell people by mail what has happened to
// their account. The zero Notes tell nobody.
type Notes struct {
	Texts MailTexts
	Mail  *mail.Queue
	// Wake is called after a mail was queued; nil is fine.
	Wake func()
}

type languageKey struct{}

// WithLanguage says which language the person reads whose request this is, as a
// BCP 47 tag. It becomes that of an account that the request makes, and mails to
// somebody whose own language is not known use it.
func WithLanguage(ctx context.Context, tag string) context.Context {
	return context.WithValue(ctx, languageKey{}, tag)
}

// language is what WithLanguage said; empty if it is no tag.
func language(ctx context.Context) string {
	tag, _ := ctx.Value(languageKey{}).(string)
	if identity.CheckLanguage(tag) != nil {
		return ""
	}
	return tag
}

// notes words and queues mails.
type notes struct {
	Notes
	clock   clock.Clock
	entropy entropy.Source
}

func (n notes) silent() bool { return n.Texts == nil || n.Mail == nil }

// row queues a mail in the commit that it reports.
func (n notes) row(ctx context.Context, to string, note Note) (store.Row, error) {
	return n.rowAs(ctx, to, note, identity.NewEventID(n.at(note), n.entropy).Bytes())
}

// until is when a mail is of no use any more: a code that is over only misleads, and its
// row holds it no longer than it is good (FAC-065).
func (n Note) until() time.Time {
	if n.Code == "" {
		return time.Time{}
	}
	return n.At.Add(n.Works)
}

func (n notes) at(note Note) time.Time {
	if note.At.IsZero() {
		return n.clock.Now()
	}
	return note.At
}

// rowAs is row under an id, for a mail that may be queued again.
func (n notes) rowAs(ctx context.Context, to string, note Note, id [16]byte) (store.Row, error) {
	note.At = n.at(note)
	if note.Language == "" {
		note.Language = language(ctx)
	}
	subject, text := n.Texts.Mail(note)
	row, err := n.Mail.Row(mail.Message{
		ID: id, To: to, Kind: string(note.Kind),
		Subject: subject, Text: text, At: note.At, Until: note.until(),
	})
	if err != nil {
		return store.Row{}, fmt.Errorf("authn: queue mail: %w", err)
	}
	return row, nil
}

// perHour is how many notes of one kind one person gets in an hour; further ones
// say nothing new (AUN-162).
const perHour = 3

// told makes the row of a note that accompanies a change but must not stop it:
// what cannot be told is an alarm. No row when nobody is told, or has been often
// enough.
func (s *Service) told(ctx context.Context, u identity.User, note Note) []store.Row {
	return s.toldAs(ctx, u, note, identity.NewEventID(s.notes.at(note), s.entropy).Bytes())
}

// toldAs is told under an id, for a mail that may be queued again.
func (s *Service) toldAs(ctx context.Context, u identity.User, note Note, id [16]byte) []store.Row {
	to, ok := u.Email()
	if s.notes.silent() || !ok {
		return nil
	}
	t, who := u.Tenant.Bytes(), u.ID.Bytes()
	within, err := s.charge(ctx, Lever{s.levers.key('n', t[:], who[:], []byte(note.Kind)), mailBudget(perHour)}, s.clock.Now())
	if err != nil {
		s.alarm(ctx, alarmLedger, err) // telling once too often is the lesser evil
	} else if !within {
		return nil
	}
	note.Language = u.Language
	row, err := s.notes.rowAs(ctx, to.Canonical, note, id)
	if err != nil {
		s.alarm(ctx, alarmNoteLost, err)
		return nil
	}
	return []store.Row{row}
}

// wake hurries the delivery of what was queued.
func (s *Service) wake() {
	if s.notes.Wake != nil {
		s.notes.Wake()
	}
}
