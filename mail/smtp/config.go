package smtp

import (
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/seal"
)

// Limits and default of Config.Timeout. A mail must be done before the lease on
// its row ends.
const (
	MinTimeout     = time.Second
	MaxTimeout     = 2 * time.Minute
	DefaultTimeout = 30 * time.Second
)

// Config is where mails go. Host and From are required.
type Config struct {
	// Host is the server's name, which its certificate must bear, or its IP
	// address.
	Host string
	// Port is 465 for ImplicitTLS and 587 for StartTLS if it is zero.
	Port int
	// Mode is ImplicitTLS if it is zero.
	Mode Mode
	// From is the address that mails come from, bare or with a name:
	// "Example <no-reply@example.com>". The address is ASCII.
	From string
	// Username and Password are both set or both empty: then the server must
	// know us otherwise. The Secret is read at each sending: do not wipe it
	// while the Sender is in use.
	Username string
	Password seal.Secret
	// Roots are the certificate authorities that may vouch for the server; nil:
	// the system's. A private authority goes in here, alone.
	Roots *x509.CertPool
	// Timeout is for a mail as a whole, from the name lookup to the server's
	// word; zero: DefaultTimeout.
	Timeout time.Duration
	Clock   clock.Clock // nil: the system's
}

// Mode is how the connection to the server is secured. The zero Mode is
// ImplicitTLS.
type Mode struct {
	kind   kind
	reason string
}

type kind uint8

const (
	implicitTLS kind = iota
	startTLS
	insecure
)

// ImplicitTLS is TLS from the first byte, on port 465 (RFC 8314 §3.3).
func ImplicitTLS() Mode { return Mode{kind: implicitTLS} }

// StartTLS is for servers without ImplicitTLS: the connection begins in the open,
// on port 587, and must become TLS before anything is said.
func StartTLS() Mode { return Mode{kind: startTLS} }

// InsecurePlaintext sends mails in the open to a server on this machine, such as
// a mail catcher for tests, and says why that is enough. It knows no password.
func InsecurePlaintext(reason string) Mode { return Mode{kind: insecure, reason: reason} }

func (c Config) withDefaults() Config {
	if c.Port == 0 {
		switch c.Mode.kind {
		case implicitTLS:
			c.Port = 465
		case startTLS:
			c.Port = 587
		case insecure: // catchers have no port of their own
		}
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	return c
}

// check joins everything that is wrong, in the order of the fields.
func (c Config) check() error {
	return errors.Join(c.checkHost(), c.checkPort(), c.checkMode(), c.checkFrom(), c.checkCredentials(), c.checkTimeout())
}

func fault(field, reason, cure string) error {
	return fmt.Errorf("smtp: Config.%s: %s; cure: %s", field, reason, cure)
}

func (c Config) checkHost() error {
	const cure = `set Host: "smtp.example.com", the name in the server's certificate`
	switch _, err := netip.ParseAddr(c.Host); {
	case c.Host == "":
		return fault("Host", "is missing", cure)
	case err == nil:
		return nil
	case strings.Contains(c.Host, "://"), strings.ContainsAny(c.Host, "/:[]"):
		return fault("Host", "holds more than a name", cure+", and the port in Port")
	case len(c.Host) > 253 || !regexp.MustCompile(`^([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}$`).MatchString(c.Host):
		return fault("Host", "is not a host name", cure)
	}
	return nil
}

// checkPort refuses the pairs that would wait for each other: on 465 the server
// waits for TLS, on 25 and 587 it speaks first.
func (c Config) checkPort() error {
	switch {
	case c.Port == 0 && c.Mode.kind == insecure:
		return fault("Port", "is missing", "set the port of the server on this machine, such as Port: 1025")
	case c.Port < 1 || c.Port > 65535:
		return fault("Port", "is not between 1 and 65535", "leave it zero for 465 or, with StartTLS, 587")
	case c.Port == 465 && c.Mode.kind == startTLS:
		return fault("Port", "465 is for implicit TLS", "set Mode: smtp.ImplicitTLS(), or Port: 587")
	case (c.Port == 587 || c.Port == 25) && c.Mode.kind == implicitTLS:
		return fault("Port", fmt.Sprintf("%d is for STARTTLS", c.Port), "set Mode: smtp.StartTLS(), or Port: 465")
	}
	return nil
}

func (c Config) checkMode() error {
	const cure = "set Mode: smtp.ImplicitTLS() or smtp.StartTLS()"
	if c.Mode.kind != insecure {
		return nil
	}
	address, err := netip.ParseAddr(c.Host)
	switch {
	case strings.TrimSpace(c.Mode.reason) == "":
		return fault("Mode", "InsecurePlaintext has no reason", "say why mails may cross the wire in the open, or "+cure)
	case c.Host != "localhost" && (err != nil || !address.IsLoopback()):
		return fault("Mode", "InsecurePlaintext is for a server on this machine, and Host is not: mails hold links that sign in", cure)
	case c.Roots != nil:
		return fault("Roots", "InsecurePlaintext verifies nothing", "leave Roots nil, or "+cure)
	}
	return nil
}

func (c Config) checkFrom() error {
	const cure = `set From: "Example <no-reply@example.com>"`
	if c.From == "" {
		return fault("From", "is missing", cure)
	}
	address, err := netmail.ParseAddress(c.From)
	if err != nil || strings.ContainsFunc(c.From, unicode.IsControl) || !utf8.ValidString(c.From) {
		return fault("From", "is not one address", cure)
	}
	if !isASCII(address.Address) {
		return fault("From", "the address is not ASCII", "write its domain in the form xn--…; the name may be in any script")
	}
	// Whether mails can be made with it is for package mail to say.
	probe := mail.Message{ID: [16]byte{1}, To: "probe@example.com", At: time.Unix(1, 0)}
	if _, err := probe.Format(c.From); err != nil {
		return fault("From", "is not a plain address", cure)
	}
	return nil
}

func (c Config) checkCredentials() error {
	password := string(c.Password.Reveal())
	switch {
	case c.Username == "" && password == "":
		return nil
	case c.Mode.kind == insecure:
		return fault("Username", "a password would cross the wire in the open", "use ImplicitTLS or StartTLS, or leave Username and Password empty")
	case c.Username == "":
		return fault("Username", "is missing, and Password is not", "set both or none")
	case password == "":
		return fault("Password", "is empty, and Username is not", "set both or none; a wiped Secret is empty")
	case badCredential(c.Username):
		return fault("Username", "has control characters or is not UTF-8", "remove them")
	case strings.HasSuffix(password, "\r") || strings.HasSuffix(password, "\n"):
		return fault("Password", "ends in a line end", "trim what was read from the file")
	case badCredential(password):
		return fault("Password", "has control characters or is not UTF-8", "remove them")
	}
	return nil
}

// badCredential finds what AUTH PLAIN cannot carry (RFC 4616 §2).
func badCredential(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

func (c Config) checkTimeout() error {
	if c.Timeout < MinTimeout || c.Timeout > MaxTimeout {
		return fault("Timeout", fmt.Sprintf("is not between %v and %v", MinTimeout, MaxTimeout), "leave it zero for 30 seconds")
	}
	return nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
