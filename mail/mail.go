// Package mail is what a mail is, and the port through which it leaves.
//
// A mail is plain text to one address. Whoever composes it makes [Message.Check]
// pass; whoever delivers it implements [Sender]. Senders that need no
// server are here: [Terminal] writes to a terminal, [Outbox] keeps the last mails
// for a page, [Files] puts each into a file, [Tee] combines.
//
//	var box mail.Outbox
//	out := mail.Tee(mail.Terminal(os.Stderr), &box)
//	err := out.Send(ctx, mail.Message{
//		ID: id, To: "ada@example.com", Kind: "verify", At: clk.Now(),
//		Subject: "Confirm your address", Text: "Open this page:\nhttps://example.com/auth/verify\n",
//	})
//
// Package mail/smtp has the sender that delivers; [Message.Format] makes what it
// puts on the wire. A sender does not retry: mails wait in the outbox table, and
// [Queue] carries them from there.
//
// It is not a template engine: package ui has the texts.
//
// Requirements: UIX-090, UIX-091, UIX-092 (form and headers), UIX-093 (the port).
package mail

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Columns is the width of a mail's lines in characters. A link that stands
// alone on its line may be longer: a broken link is of no use.
const Columns = 78

// Limits of a message in bytes.
const (
	MaxTo      = 254
	MaxSubject = 200
	MaxText    = 64 << 10
)

// ErrBadMessage is what Check, Clean and every sender return for a message that
// breaks a rule. The text names the rule, never the content.
var ErrBadMessage = errors.New("mail: bad message")

// ErrRejected is what errors of a sender wrap when the other side has refused
// this very mail for good: sending it again would have the same end. A refusal
// that a change of settings can cure is not one.
var ErrRejected = errors.New("mail: rejected for good")

// Message is one mail to one person.
type Message struct {
	// ID is that of the outbox row. It makes the Message-ID, so a mail that is
	// delivered twice is recognised as one.
	ID [16]byte
	// To is a bare address, `local@domain`.
	To string
	// Subject is one line and holds nothing a user chose.
	Subject string
	// Text is UTF-8 with \n line ends, at most Columns wide.
	Text string
	// Kind is the catalogue entry, such as "verify".
	Kind string
	// At is when the mail was composed.
	At time.Time
	// Until, unless zero, is when it is of no use any more: a [Queue] forgets it then
	// instead of sending it.
	Until time.Time
}

// Sender delivers mails. Implementations are safe for concurrent use.
type Sender interface {
	// Send returns nil once the other side has taken the mail. It returns an
	// error wrapping ErrBadMessage for one that never can be sent, and one
	// wrapping ErrRejected for one that the other side refused for good; after
	// any other error the same message may be sent again. It ends soon after
	// its context; a [Queue] gives it SendLimit.
	Send(ctx context.Context, m Message) error
}

// MessageID returns the mail's id at a domain, without angle brackets.
func (m Message) MessageID(domain string) string {
	return hex.EncodeToString(m.ID[:]) + "@" + domain
}

// Check returns the first rule that m breaks. Composing code passes it before a
// message is stored.
func (m Message) Check() error {
	if err := m.deliverable(); err != nil {
		return err
	}
	clean, err := m.Clean()
	switch {
	case err != nil:
		return err
	case clean.Subject != m.Subject:
		return bad("Subject has characters that do not belong in a line, or is too long")
	case clean.Text == m.Text:
		return nil
	case cleanText(m.Text) != m.Text:
		return bad("Text has control or bidi characters, or is not UTF-8")
	default:
		return bad(fmt.Sprintf("Text has a line of more than %d characters", Columns))
	}
}

// Clean returns m in a form that can do no harm, whatever found its way into
// it: control and bidi characters are gone, the subject is one line, long lines
// are folded. Every sender sends the clean form. What has no harmless form, a
// missing id or time or an unusable address, is an error.
func (m Message) Clean() (Message, error) {
	if err := m.deliverable(); err != nil {
		return Message{}, err
	}
	m.Subject = cleanLine(m.Subject)
	m.Text = fold(cleanText(m.Text))
	return m, nil
}

func (m Message) deliverable() error {
	switch {
	case m.ID == [16]byte{}:
		return bad("ID is missing")
	case m.At.IsZero():
		return bad("At is missing")
	case !addressable(m.To):
		return bad("To is not a bare address")
	case len(m.Text) > MaxText:
		return bad("Text is too long")
	}
	return nil
}

func bad(rule string) error { return fmt.Errorf("%w: %s", ErrBadMessage, rule) }

// addressable reports whether s is one address with nothing around it. The
// parser accepts names, comments, quotes and folded lines, so its result must be
// what was given; it accepts bidi controls too, so those are looked for first.
func addressable(s string) bool {
	if len(s) > MaxTo || !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || harmful(r) }) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}
