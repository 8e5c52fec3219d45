package safehttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/axess-go/axess/clock"
)

// Errors of [Client.Do] and [Client.URL].
var (
	ErrInsecureURL      = errors.New("safehttp: the address is not https, or says too much") // OAU-011, OAU-012
	ErrBlockedAddress   = errors.New("safehttp: the name leads to an address that is not for strangers")
	ErrRedirect         = errors.New("safehttp: the server answered with a redirect")
	ErrResponseTooLarge = errors.New("safehttp: the answer is too large")
	ErrContentType      = errors.New("safehttp: the answer is of another type than asked for")
)

// Config of a [Client].
type Config struct {
	Clock clock.Clock // required
	// Timeout is for a whole call, 10 s unless given, 1 to 30 s.
	Timeout time.Duration
	// Roots replaces the system's certificate authorities, for an issuer with its own.
	Roots *x509.CertPool
	// Allow are networks that may be reached although [Blocked] says no. They are for
	// operators, never for tenants.
	Allow []netip.Prefix
	// InsecureLoopback lets http and the addresses of this machine through, for a URL
	// whose host is localhost, 127.0.0.0/8 or ::1 by its text.
	InsecureLoopback bool
	// Transport replaces ours, and with it the check of addresses and of TLS: an
	// adopter's service mesh, a simulated network. Everything else stays.
	Transport http.RoundTripper
}

const (
	defaultTimeout = 10 * time.Second
	dialTimeout    = 5 * time.Second
	defaultBody    = 64 << 10
	maxHeader      = 32 << 10
)

// Client makes calls. It is safe for concurrent use.
type Client struct {
	http     *http.Client
	own      *http.Transport // nil for a transport of the adopter
	clock    clock.Clock
	timeout  time.Duration
	allow    []netip.Prefix
	insecure bool
}

// New returns a client.
func New(cfg Config) (*Client, error) {
	if cfg.Clock == nil {
		return nil, errors.New("safehttp: Config.Clock is missing")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Timeout < time.Second || cfg.Timeout > 30*time.Second {
		return nil, fmt.Errorf("safehttp: Config.Timeout is %v, want 1s to 30s", cfg.Timeout)
	}
	for _, p := range cfg.Allow {
		if !p.IsValid() || p.Bits() == 0 {
			return nil, fmt.Errorf("safehttp: Config.Allow holds %v, want networks smaller than everything", p)
		}
	}
	c := &Client{clock: cfg.Clock, timeout: cfg.Timeout, allow: slices.Clone(cfg.Allow), insecure: cfg.InsecureLoopback}
	rt := cfg.Transport
	if rt == nil {
		c.own = &http.Transport{
			// No Proxy: that of the environment would make the connection for us, to
			// addresses that we have not judged (OAU-017).
			DialContext: c.dial,
			TLSClientConfig: &tls.Config{
				MinVersion: tls.VersionTLS12,
				RootCAs:    cfg.Roots,
				Time:       cfg.Clock.Now,
			},
			TLSHandshakeTimeout:    dialTimeout,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			// A compressed answer is a small one that becomes large; nobody is asked
			// for one, and whoever sends one is refused.
			DisableCompression: true,
		}
		rt = c.own
	}
	c.http = &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close ends connections that nobody uses.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// dial is called for each connection, with the host as the URL has it. What it asks is
// answered after the name has been resolved, for each address of the name.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("safehttp: dial: %w", err)
	}
	d := net.Dialer{Timeout: dialTimeout, ControlContext: c.control(host)}
	return d.DialContext(ctx, network, address)
}

// control judges the address of a connection that is about to be made for host.
func (c *Client) control(host string) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrBlockedAddress
		}
		a := at.Addr().Unmap()
		switch {
		case c.insecure && isLoopback(host):
			// The text said "this machine", and http may have been let through for
			// that: a resolver that leads elsewhere sends it over a wire.
			if a.IsLoopback() {
				return nil
			}
		case !Blocked(a), within(c.allow, a):
			return nil
		}
		return ErrBlockedAddress
	}
}

// URL parses an address and returns it if [Client.Do] would go there.
func (c *Client) URL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Hostname() == "" || u.User != nil || strings.Contains(raw, "#") || len(raw) > 2048 {
		return nil, ErrInsecureURL
	}
	for _, r := range u.Host {
		if r <= ' ' || r > '~' {
			return nil, ErrInsecureURL
		}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.insecure || !isLoopback(u.Hostname())) {
		return nil, ErrInsecureURL
	}
	return u, nil
}

// Request is one call.
type Request struct {
	Method string // GET unless given
	URL    string
	Header http.Header
	Body   []byte
	// MaxBody is how many bytes the answer may have, 64 KiB unless given.
	MaxBody int64
	// Accept are the media types of a good answer, JSON of any kind unless given.
	Accept []string
}

// Response is an answer, read to its end.
type Response struct {
	Status int // never 3xx
	Header http.Header
	Body   []byte
}

// Do makes one call. An answer with a status of 200 to 299 has one of the types of
// Accept; what others say is for no parser. Errors tell the host at most.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := c.URL(r.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := clock.WithTimeout(ctx, c.clock, c.timeout)
	defer cancel()
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("safehttp: %s: %w", u.Host, err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if r.Accept == nil {
		req.Header.Set("Accept", "application/json")
	} else {
		req.Header.Set("Accept", strings.Join(r.Accept, ", "))
	}
	got, err := c.http.Do(req)
	if err != nil {
		return nil, failed(ctx, u, err)
	}
	defer got.Body.Close()
	if got.StatusCode/100 == 3 {
		return nil, fmt.Errorf("%w: %s", ErrRedirect, u.Host)
	}
	if r.MaxBody == 0 {
		r.MaxBody = defaultBody
	}
	if got.ContentLength > r.MaxBody {
		return nil, fmt.Errorf("%w: %s", ErrResponseTooLarge, u.Host)
	}
	text, err := io.ReadAll(io.LimitReader(got.Body, r.MaxBody+1))
	if err != nil {
		return nil, failed(ctx, u, err)
	}
	if int64(len(text)) > r.MaxBody {
		return nil, fmt.Errorf("%w: %s", ErrResponseTooLarge, u.Host)
	}
	if got.StatusCode/100 == 2 && !accepted(r.Accept, got.Header) {
		return nil, fmt.Errorf("%w: %s", ErrContentType, u.Host)
	}
	return &Response{got.StatusCode, got.Header, text}, nil
}

// failed drops the URL that net/http writes into its errors: a query may hold a secret.
func failed(ctx context.Context, u *url.URL, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return fmt.Errorf("safehttp: %s: %w", u.Host, err)
}

// accepted reports whether the answer is of a type that the caller parses.
func accepted(accept []string, h http.Header) bool {
	if h.Get("Content-Encoding") != "" {
		return false
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false
	}
	if accept == nil {
		return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
	}
	return slices.Contains(accept, kind)
}
