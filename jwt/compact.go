package jwt

import (
	"encoding/base64"
	"strings"

	"github.com/axess-go/axess/internal/strictjson"
)

const (
	maxToken  = 8 << 10  // WKL-004
	mostToken = 32 << 10 // the largest a Config may ask for: an ID token (OAU)
	maxHeader = 2 << 10
	maxKid    = 256
	// maxMembers and maxNesting hold for header and payload (WKL-011).
	maxMembers = 256
	maxNesting = 16
)

// compact is a token taken apart, with nothing of it believed.
type compact struct {
	signed    string // header and payload as the signature covers them
	payload   string // still encoded: nobody reads it before the signature is verified
	signature string
	header    header
}

// header is what this package reads of a JOSE header.
type header struct {
	alg, kid, typ string
	typed         bool // typ is there
	plain         bool // nothing beside alg, kid and typ
}

// parse takes a token apart by the rules of JWS compact serialization (RFC 7515 §7.1)
// and reads its header.
func parse(token string, limit int) (*compact, error) {
	if len(token) > limit {
		return nil, refuse(TooLarge, "")
	}
	first := strings.IndexByte(token, '.')
	last := strings.LastIndexByte(token, '.')
	if first <= 0 || last-first < 2 || last == len(token)-1 {
		return nil, refuse(Malformed, "")
	}
	c := &compact{signed: token[:last], payload: token[first+1 : last], signature: token[last+1:]}
	if n := strings.Count(c.payload, "."); n > 0 {
		e := &Error{Reason: Malformed}
		if n == 2 {
			e.cause = ErrEncrypted
		}
		return nil, e
	}
	if first > maxHeader {
		return nil, refuse(TooLarge, "header")
	}
	var room [512]byte
	text, err := decode(room[:0], token[:first])
	if err != nil {
		return nil, err
	}
	if err := c.header.read(text); err != nil {
		return nil, err
	}
	return c, nil
}

// strict is base64url without padding; the last character carries no stray bits, so
// that a token has one form and not four.
var strict = base64.RawURLEncoding.Strict()

// decode appends the bytes of one part of a token.
func decode(to []byte, part string) ([]byte, error) {
	// The decoder of the standard library passes over line breaks.
	if part == "" || strings.ContainsAny(part, "\r\n") {
		return nil, refuse(Malformed, "")
	}
	out, err := strict.AppendDecode(to, []byte(part))
	if err != nil {
		return nil, refuse(Malformed, "")
	}
	return out, nil
}

// object checks that text is one strict JSON object.
func object(text []byte) error {
	if err := strictjson.Object(text, strictjson.Limits{Bytes: mostToken, Depth: maxNesting, Members: maxMembers}); err != nil {
		return &Error{Reason: Malformed, cause: err}
	}
	return nil
}

func (h *header) read(text []byte) error {
	if err := object(text); err != nil {
		return err
	}
	h.plain = true
	for name, value := range strictjson.Members(text) {
		var ok bool
		switch string(name) {
		case "alg":
			if h.alg, ok = strictjson.String(value); !ok {
				return refuse(Malformed, "alg")
			}
		case "kid":
			if h.kid, ok = strictjson.String(value); !ok || h.kid == "" || len(h.kid) > maxKid {
				return refuse(Malformed, "kid")
			}
		case "typ":
			if h.typ, ok = strictjson.String(value); !ok {
				return refuse(Malformed, "typ")
			}
			h.typed = true
		case "jku", "jwk", "x5u", "x5c", "zip", "crit":
			// Keys and rules that a token brings along are the token's own opinion of
			// itself; crit names rules that we do not have (WKL-013, OAU-032).
			return refuse(HeaderDenied, string(name))
		case "b64":
			h.plain = false
			if string(value) != "true" {
				return refuse(HeaderDenied, "b64")
			}
		case "cty":
			h.plain = false
			if cty, ok := strictjson.String(value); !ok || mediaType(cty) == "jwt" {
				return refuse(HeaderDenied, "cty")
			}
		default:
			h.plain = false
		}
	}
	return nil
}

// mediaType is the form in which types are compared: RFC 7515 §4.1.9 leaves out
// "application/", and media types know no case.
func mediaType(t string) string {
	lower := []byte(t)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	rest, cut := strings.CutPrefix(string(lower), "application/")
	if cut && strings.Contains(rest, "/") {
		return string(lower)
	}
	return rest
}
