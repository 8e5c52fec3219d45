package session

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/axess-go/axess/seal"
)

// CookieConfig says how the cookie looks. The zero value is right for a site on
// https. HttpOnly, Path=/ and the absence of Domain are not settings (SES-125).
type CookieConfig struct {
	// Name is 1 to 64 token characters. Empty is "__Host-axess", with
	// InsecureHTTP "axess-dev".
	Name string
	// SameSite is Lax unless set. None needs Secure.
	SameSite http.SameSite
	// Partitioned asks the browser for a jar per embedding site (CHIPS).
	Partitioned bool
	// InsecureHTTP leaves Secure out, so that a development server on plain http
	// works. Anybody on the path can then take sessions (SES-132).
	InsecureHTTP bool
	// ClearSiteData adds Clear-Site-Data to the answer of a logout. It empties
	// every cookie and storage of the site, the application's own included.
	ClearSiteData bool
}

const (
	defaultCookieName  = "__Host-axess"
	insecureCookieName = "axess-dev"
	maxCookieName      = 64

	cookieVersion = 0x01
	cookieHead    = 1 + 1 + 4 + 16 // version, kind, kid, ID: what the MAC covers
	cookieBytes   = cookieHead + 32
	cookieChars   = 72
	// maxCandidates bounds the work that a request can ask for (SES-124).
	maxCandidates = 4
)

// cookieKind tells a stored session from an anchor, which has no record.
type cookieKind byte

const (
	kindStored cookieKind = 0x01
	kindAnchor cookieKind = 0x02
)

// held is a cookie that verified.
type held struct {
	id   secretID
	kid  seal.KeyID
	kind cookieKind // 0: nothing was held
}

// Reasons why a cookie was not used. They are for metrics: to the client all
// failures look alike (SES-123).
var (
	errCookieFormat    = errors.New("format")
	errCookieKey       = errors.New("unknown_key")
	errCookieMAC       = errors.New("mac")
	errCookieAmbiguous = errors.New("ambiguous")
	errCookieTooMany   = errors.New("too_many")
)

// cookieCodec signs and verifies the cookies of one name.
type cookieCodec struct {
	name string
	ring *seal.Ring
	mac  *seal.MAC
	// head opens every message: prefix and name. The name in it stops a value
	// from being moved to another cookie (SES-121).
	head []byte
	attr string
	b64  *base64.Encoding
}

func newCookieCodec(cfg CookieConfig, ring *seal.Ring) (*cookieCodec, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	c := &cookieCodec{
		name: cfg.Name,
		ring: ring,
		mac:  ring.MAC(seal.LabelSessionCookie),
		attr: cfg.attributes(),
		b64:  base64.RawURLEncoding.Strict(),
	}
	c.head = append(append([]byte(seal.PrefixSessionCookie), byte(len(c.name))), c.name...)
	return c, nil
}

func (c *CookieConfig) complete() error {
	if c.Name == "" {
		c.Name = defaultCookieName
		if c.InsecureHTTP {
			c.Name = insecureCookieName
		}
	}
	if len(c.Name) > maxCookieName || strings.ContainsFunc(c.Name, notToken) {
		return wrong("Cookie.Name", "want 1 to 64 token characters")
	}
	if c.SameSite == 0 {
		c.SameSite = http.SameSiteLaxMode
	}
	if c.SameSite < http.SameSiteLaxMode || c.SameSite > http.SameSiteNoneMode {
		return wrong("Cookie.SameSite", "want Lax, Strict or None")
	}
	if !c.InsecureHTTP {
		return nil
	}
	// Browsers match the prefixes without regard to case (RFC 6265bis §5.4).
	lower := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(lower, "__host-"), strings.HasPrefix(lower, "__secure-"):
		return wrong("Cookie.Name", "a __Host- or __Secure- cookie needs Secure, which InsecureHTTP leaves out")
	case c.SameSite == http.SameSiteNoneMode:
		return wrong("Cookie.SameSite", "None needs Secure, which InsecureHTTP leaves out")
	case c.Partitioned:
		return wrong("Cookie.Partitioned", "needs Secure, which InsecureHTTP leaves out")
	}
	return nil
}

// notToken is the complement of tchar (RFC 9110 §5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

func (c *CookieConfig) attributes() string {
	attr := "; Path=/; HttpOnly"
	if !c.InsecureHTTP {
		attr += "; Secure"
	}
	switch c.SameSite {
	case http.SameSiteStrictMode:
		attr += "; SameSite=Strict"
	case http.SameSiteNoneMode:
		attr += "; SameSite=None"
	case http.SameSiteDefaultMode, http.SameSiteLaxMode:
		attr += "; SameSite=Lax"
	}
	if c.Partitioned {
		attr += "; Partitioned"
	}
	return attr
}

// sign returns the one text form of an id (SES-120).
func (c *cookieCodec) sign(kind cookieKind, id secretID) (string, error) {
	var buf [cookieBytes]byte
	for range 3 {
		kid := c.ring.Primary()
		b := append(buf[:0], cookieVersion, byte(kind))
		b = append(append(b, kid[:]...), id[:]...)
		tag, err := c.mac.SumWith(kid, c.head, b)
		if err == nil {
			return c.b64.EncodeToString(append(b, tag[:]...)), nil
		}
		// The ring was replaced between the two calls: ask for the new primary.
	}
	return "", fmt.Errorf("session: sign cookie: %w", seal.ErrUnknownKey)
}

// verify checks in an order in which only the last step touches secret data
// (SES-123).
func (c *cookieCodec) verify(value string) (held, error) {
	if len(value) != cookieChars {
		return held{}, errCookieFormat
	}
	var text [cookieChars]byte
	var buf [cookieBytes]byte
	copy(text[:], value)
	// The decoder skips CR and LF even in strict mode: the length tells.
	if n, err := c.b64.Decode(buf[:], text[:]); err != nil || n != cookieBytes {
		return held{}, errCookieFormat
	}
	h := held{kind: cookieKind(buf[1]), kid: seal.KeyID(buf[2:6]), id: secretID(buf[6:cookieHead])}
	if buf[0] != cookieVersion || h.kind != kindStored && h.kind != kindAnchor {
		return held{}, errCookieFormat
	}
	switch err := c.mac.Verify(h.kid, buf[cookieHead:], c.head, buf[:cookieHead]); {
	case errors.Is(err, seal.ErrUnknownKey):
		return held{}, errCookieKey
	case err != nil:
		return held{}, errCookieMAC
	}
	return h, nil
}

// find looks at every pair of the name in every Cookie line. Pairs that are
// malformed are skipped, never the end of the search: an injected "garbage;"
// would otherwise hide the real cookie. Two different values that both verify
// are cookie tossing, and then neither is used (SES-124). The error is why
// nothing was used, nil if there was nothing.
func (c *cookieCodec) find(lines []string) (held, error) {
	var found held
	var first string
	var why error
	candidates := 0
	for _, line := range lines {
		for line != "" {
			pair := line
			if i := strings.IndexByte(line, ';'); i >= 0 {
				pair, line = line[:i], line[i+1:]
			} else {
				line = ""
			}
			value, ok := c.match(pair)
			if !ok {
				continue
			}
			if candidates++; candidates > maxCandidates {
				if why == nil {
					why = errCookieTooMany
				}
				return found, why
			}
			h, err := c.verify(value)
			switch {
			case err != nil:
				why = err
			case found.kind == 0:
				found, first = h, value
			case value != first:
				return held{}, errCookieAmbiguous
			}
		}
	}
	if found.kind != 0 {
		return found, nil
	}
	return held{}, why
}

func (c *cookieCodec) match(pair string) (string, bool) {
	for pair != "" && (pair[0] == ' ' || pair[0] == '\t') {
		pair = pair[1:]
	}
	n := len(c.name)
	if len(pair) <= n || pair[n] != '=' || pair[:n] != c.name {
		return "", false
	}
	return pair[n+1:], true
}

// maxAge is the Max-Age of a cookie in seconds, or one of these.
type maxAge int64

const (
	browserSession maxAge = -1 // no Max-Age: the browser decides when its session ends
	expireNow      maxAge = 0
)

// line is the value of a Set-Cookie header. Max-Age alone is used: Expires
// would depend on the browser's clock.
func (c *cookieCodec) line(value string, age maxAge) string {
	if age == browserSession {
		return c.name + "=" + value + c.attr
	}
	return c.name + "=" + value + "; Max-Age=" + strconv.FormatInt(int64(age), 10) + c.attr
}

// strip removes cookies of the name that a handler set itself and reports
// whether there were any (SES-080).
func (c *cookieCodec) strip(h http.Header) bool {
	lines := h["Set-Cookie"]
	for i, l := range lines {
		if _, ok := c.match(l); !ok {
			continue
		}
		kept := append([]string(nil), lines[:i]...)
		for _, l := range lines[i+1:] {
			if _, ok := c.match(l); !ok {
				kept = append(kept, l)
			}
		}
		if len(kept) == 0 {
			delete(h, "Set-Cookie")
		} else {
			h["Set-Cookie"] = kept
		}
		return true
	}
	return false
}
