package jwt

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/regular"
	"github.com/axess-go/axess/internal/safehttp"
)

// ErrNoDocument: the server says that there is nothing at the address.
var ErrNoDocument = errors.New("jwt: no document there")

// FetchRequest is what a [Fetcher] is asked for.
type FetchRequest struct {
	URL string
	// NoCache asks caches on the way for what the issuer has now.
	NoCache bool
}

// Document is what a [Fetcher] brings.
type Document struct {
	Body []byte
	// MaxAge is how long the server lets it be kept; negative if it does not say.
	MaxAge time.Duration
}

// Fetcher is the way to the documents of issuers. An address that is not https, or that
// leads where no issuer of strangers may lead, is refused by it; so are answers other
// than 200, too large or too late. Errors repeat neither body nor query. 404 is
// [ErrNoDocument].
type Fetcher interface {
	Fetch(ctx context.Context, r FetchRequest) (Document, error)
}

// FetchConfig is for [NewFetcher]. Clock is required.
type FetchConfig struct {
	Clock clock.Clock
	// Roots replaces the system's certificate authorities.
	Roots *x509.CertPool
	// Allow are networks inside that may be reached: an issuer in the cluster. They
	// are for operators to set, never for tenants.
	Allow []netip.Prefix
	// InsecureLoopback lets http through to a URL whose host is localhost, 127.0.0.0/8
	// or ::1, for development.
	InsecureLoopback bool
	// Transport replaces the HTTP transport, and with it the checks of addresses and of
	// TLS.
	Transport http.RoundTripper
	// BearerFile holds a token that is sent to BearerHost (as the URL has it, with its
	// port if there is one) and to nobody else. It is read anew each time: Kubernetes
	// exchanges it.
	BearerFile, BearerHost string
}

// maxBearer is far above any token that is put into a file.
const maxBearer = 16 << 10

// HTTPFetcher is the [Fetcher] over HTTPS.
type HTTPFetcher struct {
	client *safehttp.Client
	cfg    FetchConfig
}

// NewFetcher returns a fetcher.
func NewFetcher(cfg FetchConfig) (*HTTPFetcher, error) {
	if (cfg.BearerFile == "") != (cfg.BearerHost == "") {
		return nil, errors.New("jwt: FetchConfig: BearerFile and BearerHost go together")
	}
	c, err := safehttp.New(safehttp.Config{
		Clock: cfg.Clock, Timeout: fetchTimeout, Roots: cfg.Roots, Allow: cfg.Allow,
		InsecureLoopback: cfg.InsecureLoopback, Transport: cfg.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("jwt: FetchConfig: %w", err)
	}
	return &HTTPFetcher{c, cfg}, nil
}

// Close ends connections that nobody uses.
func (f *HTTPFetcher) Close() { f.client.Close() }

// Fetch implements [Fetcher].
func (f *HTTPFetcher) Fetch(ctx context.Context, r FetchRequest) (Document, error) {
	u, err := f.client.URL(r.URL)
	if err != nil {
		return Document{}, fmt.Errorf("jwt: fetch: %w", err)
	}
	header := http.Header{}
	if r.NoCache {
		header.Set("Cache-Control", "no-cache")
	}
	if f.cfg.BearerFile != "" && u.Host == f.cfg.BearerHost {
		token, _, err := regular.Read(f.cfg.BearerFile, maxBearer)
		if err != nil {
			return Document{}, fmt.Errorf("jwt: fetch: bearer token: %w", err)
		}
		header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	got, err := f.client.Do(ctx, safehttp.Request{URL: r.URL, Header: header, MaxBody: maxSet})
	switch {
	case err != nil:
		return Document{}, fmt.Errorf("jwt: fetch: %w", err)
	case got.Status == http.StatusNotFound:
		return Document{}, ErrNoDocument
	case got.Status != http.StatusOK:
		return Document{}, fmt.Errorf("jwt: fetch: status %d", got.Status)
	}
	return Document{Body: got.Body, MaxAge: maxAge(got.Header)}, nil
}

// maxAge reads the max-age of an answer (RFC 9111 §5.2.2.1), negative for none.
func maxAge(h http.Header) time.Duration {
	for _, line := range h.Values("Cache-Control") {
		for directive := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch strings.ToLower(name) {
			case "no-store", "no-cache":
				return 0
			case "max-age":
				n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
				if err != nil {
					return 0
				}
				return time.Duration(n) * time.Second
			}
		}
	}
	return -1
}
