package csrf

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
)

// Mode says how the site's own pages send tokens.
type Mode uint8

const (
	// Forms is for pages that the server renders: the cookie is hidden from
	// scripts and set when a page asks for a token.
	Forms Mode = iota
	// SPA is for pages that live in the browser: scripts may read the cookie and
	// send its value in [Header]; every navigation sets it.
	SPA
)

// Config is what a [Protection] is made of. Keys and Entropy are required.
type Config struct {
	// Keys are the rings of the program; only Cookie is used.
	Keys    seal.Keys
	Entropy entropy.Source

	// SessionCookie is the name of the session's cookie: "__Host-axess" unless
	// given, with InsecureHTTP "axess-dev". The CSRF cookie is called the same
	// with "-csrf" behind it.
	SessionCookie string
	// InsecureHTTP is for development on plain http: cookies without Secure, and
	// http origins.
	InsecureHTTP bool
	Mode         Mode

	// TrustedOrigins may post across origins: "https://app.example.com". They
	// still need a token. Upper case, default ports and international names are
	// put into the form that browsers send; anything that is no origin is an
	// error.
	TrustedOrigins []string
	// InsecureBypass are patterns in the syntax of http.ServeMux whose unsafe
	// requests are not checked, for callers that can not hold a token, such as
	// webhooks. All cookies are taken from such a request, so it runs as a guest.
	// A pattern matches only directly, not where a mux would redirect.
	InsecureBypass []string
	// Uploads are routes whose multipart forms are searched for the token; see
	// [Multipart]. Elsewhere such a body needs the header.
	Uploads []Upload

	// Metrics is [metric.Discard] and Logger is [slog.Default] unless given.
	Metrics metric.Sink
	Logger  *slog.Logger
	// Events hears of every refusal. It is called on the request's goroutine
	// before the answer is written.
	Events func(ctx context.Context, e Event)
}

const (
	defaultSessionCookie  = "__Host-axess"
	insecureSessionCookie = "axess-dev"
	maxCookieName         = 64
)

// complete fills in the defaults and names the first field that is wrong.
func (c *Config) complete() error {
	switch {
	case c.Keys.Cookie == nil || c.Keys.Cookie.Purpose() != seal.Cookie:
		return errors.New("Keys.Cookie: missing or of another purpose")
	case c.Entropy == nil:
		return errors.New("no Entropy")
	case c.Mode > SPA:
		return errors.New("Mode: want Forms or SPA")
	}
	if c.SessionCookie == "" {
		c.SessionCookie = defaultSessionCookie
		if c.InsecureHTTP {
			c.SessionCookie = insecureSessionCookie
		}
	}
	if len(c.SessionCookie) > maxCookieName || strings.ContainsFunc(c.SessionCookie, notToken) {
		return errors.New("SessionCookie: want 1 to 64 token characters")
	}
	// Browsers match the prefixes without regard to case (RFC 6265bis §5.4).
	if lower := strings.ToLower(c.SessionCookie); c.InsecureHTTP &&
		(strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__secure-")) {
		return errors.New("SessionCookie: a __Host- or __Secure- cookie needs Secure, which InsecureHTTP leaves out")
	}
	if c.Metrics == nil {
		c.Metrics = metric.Discard{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Events == nil {
		c.Events = func(context.Context, Event) {}
	}
	return nil
}

// notToken is the complement of tchar (RFC 9110 §5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

// bypassMux answers which patterns match. A mux panics on a pattern that it
// does not understand; here that is a wrong setting like any other.
func bypassMux(patterns []string) (mux *http.ServeMux, err error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	mux = http.NewServeMux()
	for _, p := range patterns {
		if err := register(mux, "InsecureBypass", p, passes{}); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

func register(mux *http.ServeMux, field, pattern string, h http.Handler) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %q: %v", field, pattern, v)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

// passes marks a direct match. A request that the mux would redirect gets the
// mux's own redirect handler instead (CVE-2025-47910).
type passes struct{}

func (passes) ServeHTTP(http.ResponseWriter, *http.Request) {}
