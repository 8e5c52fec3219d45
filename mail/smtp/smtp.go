// Package smtp delivers mails to a mail server, over TLS with a verified name.
//
//	out, err := smtp.New(smtp.Config{
//		Host: "smtp.example.com", From: "Example <no-reply@example.com>",
//		Username: "no-reply", Password: seal.NewSecret(password),
//	})
//	if err != nil {
//		return err // every wrong field, why, and what to do
//	}
//	auth, err := axess.New(ctx, axess.Config{Mail: out, …})
//
// [New] reaches for nothing: the first mail shows whether server and password
// are right. What [Sender.Send] returns then is an [*Error], which names the step
// and the server's reply code, and never what the server wrote, the recipient or
// a secret: servers repeat the address that they refuse.
//
// The connection is TLS from its first byte ([ImplicitTLS], the default, RFC
// 8314) or becomes it by a STARTTLS that must succeed ([StartTLS], RFC 3207);
// nothing but the greeting and that command ever crosses the wire in the open.
// Name and password go over TLS only, by AUTH PLAIN or LOGIN. A server that
// offers less is an error, never a reason for less.
//
// What is on the wire is [mail.Message.Format], byte for byte. A server that
// refuses this recipient or this text for good ends the tries for that mail
// ([mail.ErrRejected]); one that refuses us (password, sender, relaying) does
// not, because a mended setting delivers the mails that wait.
//
// Each mail has a connection of its own, so between two mails there is nothing
// to keep alive, watch or close, and no goroutine outlives Send. A server that
// takes a mail and loses the connection before it says so gets it again, under
// the same Message-ID.
//
// It is not a queue ([mail.Queue] is), signs nothing (the server does DKIM), and
// looks up no MX: it hands mails to your provider or your own relay.
//
// Requirements: UIX-093 (the SMTP sender), UIX-091 and FUZ-F30 (on the wire).
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/seal"
)

// quitLimit is how long a goodbye may take: the mail is delivered by then.
const quitLimit = 2 * time.Second

// Sender is a mail.Sender that speaks SMTP (RFC 5321). It is safe for concurrent
// use.
type Sender struct {
	host, port string
	mode       Mode
	from       string // as in the header
	envelope   string // bare
	domain     string // of from, what we greet with
	username   string
	password   seal.Secret
	roots      *x509.CertPool
	timeout    time.Duration
	clock      clock.Clock
	sched      sched.Sched
}

var _ mail.Sender = (*Sender)(nil)

// New checks cfg in full and connects to nothing. Its error joins one line for
// each wrong field, with the reason and the cure.
func New(cfg Config) (*Sender, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Sender{
		host: cfg.Host, port: strconv.Itoa(cfg.Port), mode: cfg.Mode, from: cfg.From,
		username: cfg.Username, password: cfg.Password,
		timeout: cfg.Timeout, clock: cfg.Clock, sched: sched.Of(cfg.Clock),
	}
	if cfg.Roots != nil {
		s.roots = cfg.Roots.Clone()
	}
	address, err := netmail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fault("From", "cannot be parsed", "")
	}
	s.envelope = address.Address
	s.domain = s.envelope[strings.LastIndexByte(s.envelope, '@')+1:]
	return s, nil
}

// Send delivers m and returns nil once the server has taken it.
//
// Errors: one wrapping [mail.ErrBadMessage] for a message that never can be
// sent; otherwise an [*Error], which wraps [mail.ErrRejected] if the server
// refused this mail for good, and the context's error if ctx ended or the
// Timeout of the Config passed.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	text, err := m.Format(s.from)
	if err != nil {
		return err
	}
	ctx, cancel := clock.WithTimeout(ctx, s.clock, s.timeout)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return failed(ctx, StepConnect, err)
	}
	// Reads and writes of a connection know no context: whoever waits on the
	// context closes the connection under them.
	done := s.sched.NewGate("smtp.done")
	watch := s.sched.Go(ctx, "smtp.watch", func(ctx context.Context) error {
		if done.Wait(ctx) != nil {
			return conn.Close()
		}
		return nil
	})
	defer func() {
		done.Open()
		_ = watch.Wait(context.WithoutCancel(ctx)) // only that it is gone counts
		_ = conn.Close()                           // the mail is taken or it is not: nothing depends on this
	}()
	return s.deliver(ctx, conn, m.To, text)
}

func (s *Sender) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, err
	}
	if s.mode.kind == insecure && !isLoopback(conn.RemoteAddr()) {
		_ = conn.Close() // unused
		return nil, errNotLoopback
	}
	return &bounded{Conn: conn, left: maxReplies}, nil
}

// deliver runs one SMTP session over a fresh connection.
func (s *Sender) deliver(ctx context.Context, conn net.Conn, to string, text []byte) error {
	talk := conn
	if s.mode.kind == implicitTLS {
		secured := tls.Client(conn, s.tlsConfig())
		if err := secured.HandshakeContext(ctx); err != nil {
			return failed(ctx, StepTLS, err)
		}
		talk = secured
	}
	client, err := gosmtp.NewClient(talk, s.host)
	if err != nil {
		return failed(ctx, StepGreeting, err)
	}
	err = s.transact(ctx, client, to, text)
	if err == nil || answered(err) {
		// Polite, and without say in the outcome: a mail that was taken is
		// delivered, and saying otherwise would send it twice.
		hurry := s.clock.AfterFunc(quitLimit, "smtp.quit", func() { _ = conn.Close() })
		_ = client.Quit()
		hurry.Stop()
	}
	return err
}

func (s *Sender) transact(ctx context.Context, client *gosmtp.Client, to string, text []byte) error {
	if err := client.Hello(s.domain); err != nil {
		return failed(ctx, StepGreeting, err)
	}
	if err := s.startTLS(ctx, client); err != nil {
		return err
	}
	if err := s.authenticate(ctx, client); err != nil {
		return err
	}
	// SMTPUTF8 (RFC 6531) is asked for only where it is needed: a server may
	// refuse to pass such a mail on.
	international := !isASCII(to)
	client.SkipSMTPUTF8(!international)
	if offered, _ := client.Extension("SMTPUTF8"); international && !offered {
		return &Error{Step: StepRecipient, cause: errNoUTF8, final: true}
	}
	if err := client.Mail("<" + s.envelope + ">"); err != nil {
		return failed(ctx, StepSender, err)
	}
	if err := client.Rcpt("<" + to + ">"); err != nil {
		return failed(ctx, StepRecipient, err)
	}
	w, err := client.Data()
	if err != nil {
		return failed(ctx, StepContent, err)
	}
	if _, err := w.Write(text); err != nil {
		return failed(ctx, StepContent, err)
	}
	if err := w.Close(); err != nil { // waits for the server's word
		return failed(ctx, StepContent, err)
	}
	return nil
}
