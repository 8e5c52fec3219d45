package httpscan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// minSecret is the shortest secret that is looked for: shorter ones would be
	// found by chance.
	minSecret = 8
	// minLearned is the same for values that nobody named.
	minLearned = 12
	// maxLearned bounds how many of those are remembered.
	maxLearned = 128
)

// secret is a value in every form in which it would still be one.
type secret struct {
	name   string
	forms  [][]byte
	cookie string // the cookie that rightly carries it
	next   bool   // a redirect may take it along, inside of the address to return to
}

func newSecret(name, value string) secret {
	raw := []byte(value)
	quoted, err := json.Marshal(value)
	if err != nil {
		quoted = raw
	}
	forms := []string{
		value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value), strings.Trim(string(quoted), `"`),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
	slices.Sort(forms)
	s := secret{name: name}
	for _, f := range slices.Compact(forms) {
		s.forms = append(s.forms, []byte(f))
	}
	return s
}

func (s secret) in(text []byte) bool {
	return slices.ContainsFunc(s.forms, func(f []byte) bool { return bytes.Contains(text, f) })
}

// Secret registers values that may occur in no answer and no log line, as they
// are or escaped, in base64 or in hex. Findings say the name and never the value.
// It panics on values shorter than 8 bytes, which would be found by chance.
func (s *Scanner) Secret(name string, values ...string) {
	for _, v := range values {
		if len(v) < minSecret {
			panic(fmt.Sprintf("httpscan: the secret %q is shorter than %d bytes", name, minSecret))
		}
		s.add(newSecret(name, v), false)
	}
}

// Personal registers values that show a person's data, such as an address: an
// answer that holds one has to be no-store. Escaped forms count too.
func (s *Scanner) Personal(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		for _, form := range []string{v, html.EscapeString(v)} {
			if v != "" && !slices.Contains(s.personal, form) {
				// A new backing array: checks read the old one without the lock.
				s.personal = append(slices.Clone(s.personal), form)
			}
		}
	}
}

func (s *Scanner) add(sec secret, learned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(have secret) bool { return slices.EqualFunc(have.forms, sec.forms, bytes.Equal) }
	if slices.ContainsFunc(s.secrets, same) {
		return
	}
	if learned {
		if s.learned == maxLearned {
			return
		}
		s.learned++
	}
	s.secrets = append(s.secrets, sec)
}

// learnCookies takes the values of cookies that no script reads for secrets: a
// page or a log line that holds one gives a session away.
func (s *Scanner) learnCookies(c *check) {
	for _, ck := range c.cookies() {
		if ck.HttpOnly && len(ck.Value) >= minLearned && !csrfCookie(ck.Name) {
			// Such a value is a token: it needs no escaping, and nobody encodes it again.
			s.add(secret{name: "cookie " + ck.Name, forms: [][]byte{[]byte(ck.Value)}, cookie: ck.Name}, true)
		}
	}
}

// csrfCookie reports cookies whose value every form of the site repeats.
func csrfCookie(name string) bool {
	lower := strings.ToLower(name)
	return strings.Contains(lower, "csrf") || strings.Contains(lower, "xsrf")
}

// learnRequest takes passwords and link tokens that a client sent for secrets,
// unless the request says the same elsewhere, as somebody does whose password is
// their name. It returns them.
func (s *Scanner) learnRequest(r *http.Request, body []byte) (own []secret) {
	fields := url.Values{}
	if t := r.URL.Query().Get("token"); t != "" {
		fields.Set("token", t)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/x-www-form-urlencoded" {
		if form, err := url.ParseQuery(string(body)); err == nil {
			maps.Copy(fields, form)
		}
	}
	if err == nil && media == "application/json" {
		var doc map[string]any
		if err := json.Unmarshal(body, &doc); err == nil {
			for k, v := range doc {
				if text, ok := v.(string); ok {
					fields.Set(k, text)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		lower := strings.ToLower(name)
		if !strings.Contains(lower, "password") && !strings.Contains(lower, "secret") && lower != "token" {
			continue
		}
		for _, v := range fields[name] {
			if len(v) >= minLearned && !elsewhere(fields, name, v) {
				sec := newSecret("field "+name, v)
				sec.next = name == "token"
				s.add(sec, true)
				own = append(own, sec)
			}
		}
	}
	return own
}

func elsewhere(fields url.Values, name, value string) bool {
	for k, values := range fields {
		if k != name && slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, value) }) {
			return true
		}
	}
	return false
}

func (c *check) canaryRule() {
	to, returning := c.returning()
	var headers bytes.Buffer
	if err := c.a.Header.Write(&headers); err != nil {
		c.find(Canary, "headers cannot be written: %v", err)
	}
	for _, sec := range c.secrets {
		body := c.a.Body
		if sec.next && returning {
			// net/http repeats the address in the body of a redirect.
			body = bytes.ReplaceAll(body, []byte(html.EscapeString(to)), nil)
		}
		if sec.in(body) {
			c.find(Canary, "the body holds %s", sec.name)
		}
		if !sec.in(headers.Bytes()) {
			continue
		}
		for _, k := range slices.Sorted(maps.Keys(c.a.Header)) {
			for _, v := range c.a.Header[k] {
				rightly := k == "Set-Cookie" && sec.cookie != "" && strings.HasPrefix(v, sec.cookie+"=") ||
					k == "Location" && sec.next && returning
				if !rightly && sec.in([]byte(v)) {
					c.find(Canary, "the header %s holds %s", k, sec.name)
				}
			}
		}
	}
}

// returning reports whether the answer sends to another page of the same origin
// with the very address that was asked for as its parameter next, as a guard does:
// a token in that address goes nowhere where it was not.
func (c *check) returning() (location string, yes bool) {
	location = c.a.Header.Get("Location")
	u, err := url.Parse(location)
	return location, c.a.Status/100 == 3 && err == nil && !c.foreign(location) && u.Query().Get("next") == c.r.URL.RequestURI()
}

// redact leaves secrets out of what a finding quotes.
func redact(c *check, text string) string {
	for _, sec := range c.secrets {
		if sec.in([]byte(text)) {
			return "(an address with " + sec.name + ")"
		}
	}
	return text
}

// Text looks for secrets in whatever else a program gives away: an error, a mail
// to somebody else, a row.
func (s *Scanner) Text(where, text string) []Finding {
	s.mu.Lock()
	secrets := slices.Clone(s.secrets)
	s.mu.Unlock()
	var found []Finding
	for _, sec := range secrets {
		if sec.in([]byte(text)) {
			found = append(found, Finding{Canary, where, "holds " + sec.name})
		}
	}
	return s.keep("", found)
}

// Log returns a writer for a log that looks for secrets in every write and
// passes it on; nil passes on to nowhere.
func (s *Scanner) Log(to io.Writer) io.Writer {
	if to == nil {
		to = io.Discard
	}
	return log{s, to}
}

type log struct {
	scan *Scanner
	to   io.Writer
}

// Write implements io.Writer.
func (l log) Write(p []byte) (int, error) {
	l.scan.Text("log", string(p))
	n, err := l.to.Write(p)
	if err != nil {
		return n, fmt.Errorf("httpscan: log: %w", err)
	}
	return n, nil
}
