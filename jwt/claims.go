package jwt

import (
	"bytes"
	"time"

	"github.com/axess-go/axess/internal/strictjson"
)

// Longest values of registered claims, in bytes.
const (
	maxIssuer   = 2048
	maxSubject  = 255
	maxID       = 256
	maxAudience = 64 // elements
)

// Claims are what a verified token says. Only [Verifier.Verify] makes them.
type Claims struct {
	Issuer   string   // iss; equal to Config.Issuer unless that is not pinned
	Subject  string   // sub, at most 255 bytes; empty if absent
	ID       string   // jti, at most 256 bytes; empty if absent
	Audience []string // aud

	Expires   time.Time // exp; always there
	NotBefore time.Time // nbf; zero if absent
	IssuedAt  time.Time // iat; zero if absent

	Algorithm Algorithm // that the token was signed with
	KeyID     string    // kid of the header; empty if absent
	Type      string    // typ of the header as it stands; empty if absent

	payload []byte
	bound   []byte // cnf as JSON; nil if absent
}

// Raw returns the JSON of a claim by its exact name, and whether the token has it. Two
// claims whose names differ by case are two claims.
func (c *Claims) Raw(name string) ([]byte, bool) {
	for n, v := range strictjson.Members(c.payload) {
		if string(n) == name {
			return bytes.Clone(v), true
		}
	}
	return nil, false
}

// Text returns a claim that has to be there and to be a string that is not empty. The
// error is an [*Error] of [MissingClaim].
func (c *Claims) Text(name string) (string, error) {
	raw, _ := c.Raw(name)
	s, ok := strictjson.String(raw)
	if !ok || s == "" {
		return "", refuse(MissingClaim, name)
	}
	return s, nil
}

// Payload returns the whole payload: one JSON object, strict as the package comment
// says.
func (c *Claims) Payload() []byte { return bytes.Clone(c.payload) }

// read fills the registered claims. A claim of the wrong type is as if it were
// missing, and missing where it may be, too: an issuer that writes "exp":"never" has
// not meant what we would read.
func (c *Claims) read(payload []byte) error {
	if err := object(payload); err != nil {
		return err
	}
	c.payload = payload
	for name, value := range strictjson.Members(payload) {
		ok := true
		switch string(name) {
		case "iss":
			c.Issuer, ok = text(value, maxIssuer)
		case "sub":
			c.Subject, ok = text(value, maxSubject)
		case "jti":
			c.ID, ok = text(value, maxID)
		case "aud":
			c.Audience, ok = audience(value)
		case "exp":
			c.Expires, ok = numericDate(value)
		case "nbf":
			c.NotBefore, ok = numericDate(value)
		case "iat":
			c.IssuedAt, ok = numericDate(value)
		case "cnf":
			c.bound = value
		}
		if !ok {
			return refuse(MissingClaim, string(name))
		}
	}
	return nil
}

func text(value []byte, most int) (string, bool) {
	s, ok := strictjson.String(value)
	return s, ok && s != "" && len(s) <= most
}

// audience reads a string or an array of them that is not empty (OAU-035).
func audience(value []byte) ([]string, bool) {
	if s, ok := strictjson.String(value); ok {
		return []string{s}, s != ""
	}
	if len(value) == 0 || value[0] != '[' {
		return nil, false
	}
	var out []string
	for v := range strictjson.Elements(value) {
		s, ok := strictjson.String(v)
		if !ok || s == "" || len(out) == maxAudience {
			return nil, false
		}
		out = append(out, s)
	}
	return out, len(out) > 0
}
