package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"

	gosmtp "github.com/wneessen/go-mail/smtp"
)

// What a server lacks, and what we do not go on without.
var (
	ErrNoTLS  = errors.New("the server does not offer STARTTLS: use its port for implicit TLS, or a server that has TLS")
	ErrNoAuth = errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN over TLS")

	errNotLoopback = errors.New("InsecurePlaintext is for servers on this machine, and this one is not")
	errTooMuch     = errors.New("the server sent more than any mail server would")
	errNotTLS      = errors.New("the connection is not TLS")
)

func (s *Sender) tlsConfig() *tls.Config {
	return &tls.Config{
		ServerName: s.host,
		RootCAs:    s.roots,
		MinVersion: tls.VersionTLS12,
		Time:       s.clock.Now,
	}
}

// startTLS makes the connection TLS if it is not yet. What the server said in
// the open is forgotten: the client asks for its abilities again over TLS, and
// bytes that were sent together with the answer to STARTTLS are never read (RFC
// 3207 §4.2, §6).
func (s *Sender) startTLS(ctx context.Context, client *gosmtp.Client) error {
	if s.mode.kind != startTLS {
		return nil
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return failed(ctx, StepTLS, ErrNoTLS)
	}
	if err := client.StartTLS(s.tlsConfig()); err != nil {
		return failed(ctx, StepTLS, err)
	}
	return nil
}

func (s *Sender) authenticate(ctx context.Context, client *gosmtp.Client) error {
	if s.username == "" {
		return nil
	}
	// The modes see to it already; the library would send a password in the open
	// to localhost.
	if _, isTLS := client.TLSConnectionState(); !isTLS {
		return failed(ctx, StepAuth, errNotTLS)
	}
	_, offered := client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	var auth gosmtp.Auth
	switch password := string(s.password.Reveal()); {
	case slices.Contains(mechanisms, "PLAIN"):
		auth = gosmtp.PlainAuth("", s.username, password, s.host, false)
	case slices.Contains(mechanisms, "LOGIN"):
		auth = gosmtp.LoginAuth(s.username, password, s.host, false)
	default:
		return failed(ctx, StepAuth, ErrNoAuth)
	}
	if err := client.Auth(auth); err != nil {
		return failed(ctx, StepAuth, err)
	}
	return nil
}

// maxReplies bounds what is read in one session, certificates included: before
// TLS anybody on the way may answer, and the library reads lines of any length.
const maxReplies = 256 << 10

// bounded is a connection that reads no more than that.
type bounded struct {
	net.Conn

	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
