package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
)

// Dialer makes the connections. [*net.Dialer] is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Config of a [Directory]. URL and Form are required.
type Config struct {
	// URL is ldaps://host[:port], or ldap://host[:port] together with StartTLS.
	URL string
	// StartTLS makes a connection to an ldap URL TLS before anything else is said.
	StartTLS bool
	// InsecureLoopback speaks to an ldap URL in clear. Its host is this machine by its
	// text: localhost, 127.0.0.0/8 or ::1.
	InsecureLoopback bool
	// ServerName is the name in the server's certificate; empty: the host of URL.
	ServerName string
	// Roots are the authorities that sign for the server; nil: the system's.
	Roots *x509.CertPool

	// Form says who binds for a name: [DN], [UPN], [DownLevel] or [SearchThenBind].
	Form Form

	// Attributes of a person's entry that are read after the bind, and no others. They
	// need a form that knows the entry, [DN] or [SearchThenBind].
	Attributes []string
	// Groups that a person is in are searched after the bind; zero: they are not.
	Groups Groups
	// RequireGroups makes a sign-in depend on reading attributes and groups. Otherwise
	// [Result.Incomplete] says that they could not be read.
	RequireGroups bool

	// DecoyBinds asks the directory for people who do not exist, too, instead of waiting
	// as long as it took with others. An answer about somebody is then as slow for a name
	// that nobody has, at the price of a bind for each guess.
	DecoyBinds bool

	// MaxBinds are under way at a time: 1 to 256. Zero: 32.
	MaxBinds int

	Clock   clock.Clock    // nil: the system's
	Entropy entropy.Source // nil: the system's; draws delays and names nobody has
	Dialer  Dialer         // nil: the system's
}

// ErrConfig answers a [Config] that cannot be used.
var ErrConfig = errors.New("ldap: bad configuration")

func bad(field, rule string) error { return fmt.Errorf("%w: %s %s", ErrConfig, field, rule) }

// The bounds of what a directory may take (FAC-095, FAC-096).
const (
	connectLimit = 5 * time.Second // dial and TLS
	stepLimit    = 5 * time.Second // each operation
	wholeLimit   = 10 * time.Second
	maxBinds     = 32
)

// Directory asks one directory. It is safe for concurrent use.
type Directory struct {
	address  string
	tls      *tls.Config // nil: in clear to this machine
	startTLS bool
	form     form
	wanted   []string
	groups   groups
	required bool
	always   bool

	clock   clock.Clock
	sched   sched.Sched
	entropy entropy.Source
	dialer  Dialer
	places  *sched.Sem
	breaker breaker
	samples samples
	service pool
}

// New checks the configuration in full and asks nobody. Error: [ErrConfig], joined, one
// for each problem.
func New(cfg Config) (*Directory, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	if cfg.Entropy == nil {
		cfg.Entropy = entropy.System()
	}
	if cfg.Dialer == nil {
		cfg.Dialer = &net.Dialer{}
	}
	if cfg.MaxBinds == 0 {
		cfg.MaxBinds = maxBinds
	}
	var errs []error
	if cfg.MaxBinds < 1 || cfg.MaxBinds > 256 {
		errs = append(errs, bad("MaxBinds", "must be 1 to 256"))
		cfg.MaxBinds = 1
	}
	host, port, errURL := cfg.where()
	d := &Directory{
		address: net.JoinHostPort(host, port), startTLS: cfg.StartTLS,
		wanted: slices.Clone(cfg.Attributes), required: cfg.RequireGroups, always: cfg.DecoyBinds,
		clock: cfg.Clock, sched: sched.Of(cfg.Clock), entropy: cfg.Entropy, dialer: cfg.Dialer,
		places: sched.Of(cfg.Clock).NewSem(cfg.MaxBinds),
	}
	if !cfg.InsecureLoopback {
		d.tls = &tls.Config{
			ServerName: cfg.serverName(host),
			RootCAs:    cfg.Roots,
			MinVersion: tls.VersionTLS12,
			Time:       cfg.Clock.Now,
		}
	}
	var errForm, errGroups error
	if cfg.Form == nil {
		errForm = bad("Form", "is required")
	} else {
		d.form, errForm = cfg.Form.parse()
	}
	if errForm == nil {
		d.groups, errGroups = cfg.Groups.parse(d.form)
		errs = append(errs, cfg.attributes(d.form))
	}
	if err := errors.Join(append(errs, errURL, errForm, errGroups)...); err != nil {
		return nil, err
	}
	return d, nil
}

// Close ends the connections that searches keep. Call it when nobody verifies any more.
func (d *Directory) Close() { d.service.close() }

// where is the host and port that the URL names.
func (cfg Config) where() (host, port string, err error) {
	u, err := url.Parse(cfg.URL)
	switch {
	case cfg.URL == "":
		return "", "", bad("URL", "is required")
	case err != nil || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" || u.Hostname() == "":
		// The text may hold a password: it is not repeated.
		return "", "", bad("URL", "must be ldaps://host or ldap://host, with a port at most")
	}
	host, port = u.Hostname(), u.Port()
	switch u.Scheme {
	case "ldaps":
		if cfg.StartTLS {
			return "", "", bad("StartTLS", "contradicts ldaps, which is TLS from its first byte")
		}
		if cfg.InsecureLoopback {
			return "", "", bad("InsecureLoopback", "contradicts ldaps")
		}
		if port == "" {
			port = "636"
		}
	case "ldap":
		switch {
		case cfg.StartTLS && cfg.InsecureLoopback:
			return "", "", bad("InsecureLoopback", "contradicts StartTLS")
		case cfg.InsecureLoopback && !isLoopback(host):
			return "", "", bad("InsecureLoopback", "is for this machine alone: localhost, 127.0.0.0/8 or ::1")
		case !cfg.StartTLS && !cfg.InsecureLoopback:
			return "", "", bad("URL", "is ldap without StartTLS: a password would travel in clear")
		}
		if port == "" {
			port = "389"
		}
	default:
		return "", "", bad("URL", "must begin with ldaps:// or ldap://")
	}
	return host, port, nil
}

func (cfg Config) serverName(host string) string {
	if cfg.ServerName != "" {
		return cfg.ServerName
	}
	return host
}

func (cfg Config) attributes(f form) error {
	for _, a := range cfg.Attributes {
		if !isAttribute(a) {
			return bad("Attributes", "holds something that is no name of an attribute")
		}
	}
	if len(cfg.Attributes) > 0 && !f.knowsEntry() {
		return bad("Attributes", "needs a form that knows the entry: DN or SearchThenBind")
	}
	return nil
}

// isAttribute reports whether s is the name or number of an attribute (RFC 4512 §2.5).
func isAttribute(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if !isAlphanumeric(c) && c != '-' && c != '.' && c != ';' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isLoopback reports whether a host is this machine by its very text.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() && !a.Is4In6()
}
