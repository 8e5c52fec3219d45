package audit

import (
	"context"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/useragent"
	"github.com/axess-go/axess/middleware/clientip"
)

// MaxUserAgent bounds the User-Agent kept in events, in bytes (AUD-007).
const MaxUserAgent = 512

// Context is where events come from: the request that is being served. All of
// it may be missing.
type Context struct {
	// Client is the answer of clientip; nothing else can make an address
	// (AUD-007).
	Client clientip.Addr
	// UserAgent is the header as it came; events keep it without control
	// characters and at most [MaxUserAgent] bytes of it.
	UserAgent string
	// RequestID is dropped unless it is 1 to 128 of [A-Za-z0-9._-].
	RequestID string
	// Session is the one that the request came with. Events carry a keyed digest
	// of it (AUD-008).
	Session identity.SessionID
}

// Key is the context key under which a [Context] lies, for chains that keep
// several values in one context: a pointer to it, which nobody changes any more.
// Others use [With].
type Key struct{}

// With returns a context under which every event says where it came from
// (AUD-006). Middleware does it once per request.
func With(ctx context.Context, c Context) context.Context {
	return context.WithValue(ctx, Key{}, &c)
}

// From returns what [With] put there. Without it the address is still the one
// that clientip found.
func From(ctx context.Context) Context {
	if c, ok := ctx.Value(Key{}).(*Context); ok {
		return *c
	}
	return Context{Client: clientip.From(ctx)}
}

// write adds request id and client to an envelope.
func (c Context) write(ev *object) {
	if validRequestID(c.RequestID) {
		ev.set("request_id", text(c.RequestID))
	}
	var client object
	if ip := c.Client.IP(); ip.IsValid() {
		client.set("ip", text(ip.String()))
		client.set("ip_prefix", text(reduceIP(ip).String()))
		client.set("ip_source", text(c.Client.Source().String()))
	}
	if ua := cleanUserAgent(c.UserAgent); ua != "" {
		client.set("user_agent", text(ua))
		if sum := summary(c.UserAgent); sum != "" {
			client.set("ua_summary", text(sum))
		}
	}
	if len(client) > 0 {
		ev.set("client", nested(client))
	}
}

// reduceIP keeps what says where in the network, not who: /24 or /48.
func reduceIP(ip netip.Addr) netip.Prefix {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(ip.WithZone(""), bits).Masked()
}

func summary(userAgent string) string {
	browser, platform := useragent.Reduce(userAgent)
	switch {
	case browser == "":
		return platform
	case platform == "":
		return browser
	}
	return browser + " on " + platform
}

// cleanUserAgent drops control characters and what turns or breaks the line that
// shows it, and cuts on a whole character.
func cleanUserAgent(ua string) string {
	// A header can be a megabyte; four times the limit leaves room for what is
	// dropped.
	ua = strings.ToValidUTF8(ua[:min(len(ua), 4*MaxUserAgent)], "\uFFFD")
	ua = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, ua)
	if len(ua) <= MaxUserAgent {
		return ua
	}
	end := MaxUserAgent
	for !utf8.RuneStart(ua[end]) {
		end--
	}
	return ua[:end]
}

func validRequestID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= 128
}
