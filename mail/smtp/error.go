package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/axess-go/axess/mail"
)

// Step is a part of a delivery.
type Step uint8

// The steps in their order.
const (
	StepConnect   Step = iota + 1 // name lookup and TCP
	StepTLS                       // implicit TLS or STARTTLS, the server's name included
	StepGreeting                  // the server's greeting and EHLO
	StepAuth                      // name and password
	StepSender                    // MAIL FROM
	StepRecipient                 // RCPT TO
	StepContent                   // DATA, up to the server's word that it has the mail
)

// String returns the step's name for people.
func (s Step) String() string {
	switch s {
	case StepConnect:
		return "connect"
	case StepTLS:
		return "TLS"
	case StepGreeting:
		return "greeting"
	case StepAuth:
		return "sign-in"
	case StepSender:
		return "sender"
	case StepRecipient:
		return "recipient"
	case StepContent:
		return "content"
	default:
		return "unknown step"
	}
}

// Error says where a delivery ended and why. Its text has the server's codes but
// not its words, which may repeat the recipient.
type Error struct {
	Step Step
	// Code is the server's reply, such as 550 (RFC 5321 §4.2.3); 0 if what
	// failed was not a reply.
	Code int
	// Status is the enhanced status code that came with it, such as "5.1.1"
	// (RFC 3463), or empty.
	Status string

	cause error // nil for a reply
	final bool
}

var (
	errProtocol    = errors.New("the server's answer is not SMTP")
	errNoHandshake = errors.New("the server does not speak TLS here: check Port and Mode")
	errHandshake   = errors.New("the TLS handshake failed")
	errNoUTF8      = errors.New("the address needs SMTPUTF8, which the server does not offer")
)

// Error implements error.
func (e *Error) Error() string {
	text := "smtp: " + e.Step.String() + ": "
	if e.cause != nil {
		return text + oneLine(e.cause.Error())
	}
	text += fmt.Sprintf("the server replied %d", e.Code)
	if e.Status != "" {
		text += " " + e.Status
	}
	switch {
	case e.final:
		text += ", refusing this mail for good"
	case e.Step == StepAuth && e.Code/100 == 5:
		text += ": check Username and Password"
	case e.Step == StepSender && e.Code/100 == 5:
		text += ": check that From may be used with this server"
	}
	return text
}

// oneLine keeps a text from making lines of its own in a log: a certificate that
// nobody vouches for yet has its names in the error about it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), 400)])
}

// Unwrap returns what failed if it was not a reply of the server: a network or
// TLS error, the end of a context, ErrNoTLS, ErrNoAuth.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether the error is [mail.ErrRejected]: a refusal of this mail
// that no other try and no setting can change.
func (e *Error) Is(target error) bool { return target == mail.ErrRejected && e.final }

// failed makes an Error of what a step returned. Of foreign errors only those
// kinds pass, taken out of whatever wraps them, that cannot hold words of the
// server.
func failed(ctx context.Context, step Step, err error) error {
	if ctx.Err() != nil {
		return &Error{Step: step, cause: fmt.Errorf("the server took too long or the sending was ended: %w", ctx.Err())}
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		status := enhanced(reply)
		return &Error{Step: step, Code: reply.Code, Status: status, final: aboutMail(step, reply.Code, status)}
	}
	return &Error{Step: step, cause: known(step, err)}
}

func known(step Step, err error) error {
	for _, ours := range []error{ErrNoTLS, ErrNoAuth, errNotLoopback, errTooMuch, errNotTLS} {
		if errors.Is(err, ours) {
			return ours
		}
	}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, end) {
			return fmt.Errorf("the server hung up: %w", end)
		}
	}
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return refused
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errNoHandshake
	}
	if broken, ok := errors.AsType[net.Error](err); ok {
		return broken
	}
	if step == StepTLS {
		return errHandshake
	}
	return errProtocol
}

// answered reports whether the server is there to say goodbye to.
func answered(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code != 0 || errors.Is(e.cause, ErrNoTLS) || errors.Is(e.cause, ErrNoAuth) || errors.Is(e.cause, errNoUTF8))
}

// enhanced returns the status code at the start of a reply's text, if there is
// one of the reply's own class.
func enhanced(reply *textproto.Error) string {
	status := reply.Msg
	if end := strings.IndexAny(status, " \n"); end >= 0 {
		status = status[:end]
	}
	if !regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`).MatchString(status) || int(status[0]-'0') != reply.Code/100 {
		return ""
	}
	return status
}

// aboutMail reports whether a reply refuses this mail for good, and not us or
// our settings. A wrong password or a relay that does not know us answers 5xx as
// well; giving up mails for that would lose all that wait until somebody mends
// it. When in doubt it is false: the queue gives up by itself after a day.
func aboutMail(step Step, code int, status string) bool {
	if code/100 != 5 || step != StepRecipient && step != StepContent {
		return false
	}
	switch code {
	case 502, 503, 530, 534, 535, 538: // commands that are not there or not yet; authentication (RFC 4954 §6)
		return false
	}
	if status == "" {
		return true
	}
	switch strings.Split(status, ".")[1] { // the subject (RFC 3463 §3)
	case "4", "5": // network and routing; protocol
		return false
	case "3", "7": // the mail system; policy: of the recipient's step "relaying denied"
		return step == StepContent
	}
	return true
}
