package httpscan

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Config says what is normal for a program. The zero value is strict.
type Config struct {
	// Origins to which a redirect may lead besides the one that was asked, such as
	// "https://app.example.com".
	Origins []string
	// ScriptCookies are cookies that scripts read, and that therefore lack
	// HttpOnly.
	ScriptCookies []string
	// Except are exceptions that hold for all tests which share the configuration.
	// Unlike those of [Scanner.Except] they need not be used.
	Except []Exception
}

// Exception excuses findings of a rule.
type Exception struct {
	Rule Rule
	// Path is where: that path and everything below it; empty: everywhere.
	Path string
	// Reason is for whoever reads the test; it is required.
	Reason string
}

// Answer is a response that was read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Scanner checks answers and remembers what it found. It is safe for concurrent
// use.
type Scanner struct {
	cfg Config

	mu       sync.Mutex
	findings []Finding
	except   []exception
	secrets  []secret
	learned  int // of secrets: those that no test named
	personal []string
	private  map[string]bool // names of cookies that no script reads
	answers  int
}

type exception struct {
	Exception
	shared, used bool
}

// maxFindings bounds what a broken program makes a test keep.
const maxFindings = 200

// New returns a scanner that collects. It panics on an exception without a
// reason.
func New(cfg Config) *Scanner {
	s := &Scanner{cfg: cfg, private: map[string]bool{}}
	for _, e := range cfg.Except {
		s.exempt(e, true)
	}
	return s
}

// For returns a scanner that fails the test with everything it found, when the
// test ends.
func For(t testing.TB, cfg Config) *Scanner {
	t.Helper()
	s := New(cfg)
	t.Cleanup(func() {
		for _, f := range s.Findings() {
			t.Errorf("httpscan: %s", f)
		}
	})
	return s
}

// Except excuses findings of a rule at a path and below it; the empty path is
// everywhere. If nothing is excused by it, that is a finding of the rule [Stale].
// It panics without a reason.
func (s *Scanner) Except(rule Rule, path, reason string) {
	s.exempt(Exception{rule, path, reason}, false)
}

func (s *Scanner) exempt(e Exception, shared bool) {
	if strings.TrimSpace(e.Reason) == "" || !slices.Contains(Rules(), e.Rule) {
		panic(fmt.Sprintf("httpscan: an exception needs a rule and a reason: %+v", e))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.except = append(s.except, exception{Exception: e, shared: shared})
}

// Findings returns what was found so far, each once, and the exceptions that
// excused nothing.
func (s *Scanner) Findings() []Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.findings)
	for _, e := range s.except {
		if !e.shared && !e.used {
			out = append(out, Finding{Stale, "exception", fmt.Sprintf("%s at %q: %s", e.Rule, e.Path, e.Reason)})
		}
	}
	return out
}

// Answers is how many answers were checked, for a test that wants to know that
// it looked at any.
func (s *Scanner) Answers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers
}

// Check holds one answer against the rules and returns what is wrong with it,
// which [Scanner.Findings] keeps too. The request is as the server saw it (Host
// and TLS set) or as a client sent it (an absolute URL); its body is not read.
func (s *Scanner) Check(r *http.Request, a Answer) []Finding {
	return s.check(r, a, s.known())
}

// known are the secrets of this moment.
func (s *Scanner) known() []secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// check is Check against these secrets.
func (s *Scanner) check(r *http.Request, a Answer, secrets []secret) []Finding {
	c := &check{scan: s, r: r, a: a, at: place(r), secrets: secrets}
	s.mu.Lock()
	s.answers++
	c.personal = s.personal
	c.credentials = s.hasCredentials(r)
	for _, ck := range c.cookies() {
		if ck.HttpOnly {
			s.private[ck.Name] = true
		}
	}
	s.mu.Unlock()
	for _, rule := range []func(*check){
		(*check).cookieRules, (*check).cacheRules, (*check).headerRules, (*check).redirectRule,
		(*check).corsRule, (*check).statusRules, (*check).bodyRules, (*check).canaryRule,
	} {
		rule(c)
	}
	s.learnCookies(c)
	return s.keep(r.URL.Path, c.found)
}

// keep drops what is excused and remembers the rest.
func (s *Scanner) keep(path string, found []Finding) (kept []Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range found {
		if s.excused(path, f.Rule) {
			continue
		}
		kept = append(kept, f)
		if len(s.findings) < maxFindings && !slices.Contains(s.findings, f) {
			s.findings = append(s.findings, f)
		}
	}
	return kept
}

// excused is called with the lock held.
func (s *Scanner) excused(path string, rule Rule) (yes bool) {
	for i := range s.except {
		e := &s.except[i]
		if e.Rule == rule && (e.Path == "" || path == e.Path || strings.HasPrefix(path, strings.TrimSuffix(e.Path, "/")+"/")) {
			e.used, yes = true, true
		}
	}
	return yes
}

// hasCredentials reports whether the request says who asks. It is called with the
// lock held.
func (s *Scanner) hasCredentials(r *http.Request) bool {
	if r.Header.Get("Authorization") != "" {
		return true
	}
	return slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return s.private[c.Name] })
}

// check is one answer under the rules.
type check struct {
	scan        *Scanner
	r           *http.Request
	a           Answer
	at          origin
	secrets     []secret
	personal    []string
	credentials bool
	found       []Finding
}

func (c *check) find(rule Rule, format string, args ...any) {
	where := fmt.Sprintf("%s %s %d", c.r.Method, c.r.URL.Path, c.a.Status)
	c.found = append(c.found, Finding{rule, where, fmt.Sprintf(format, args...)})
}

// origin is where the request went.
type origin struct {
	scheme, host string
	proxied      bool // somebody in front may speak https
}

func place(r *http.Request) origin {
	o := origin{scheme: r.URL.Scheme, host: r.Host}
	if o.host == "" {
		o.host = r.URL.Host
	}
	if r.TLS != nil {
		o.scheme = "https"
	} else if r.RequestURI != "" || o.scheme == "" {
		// Seen by a server, whose URL may hold what the client wrote.
		o.scheme = "http"
	}
	o.proxied = r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-Proto") != ""
	return o
}

func (o origin) https() bool { return o.scheme == "https" }

// loopback reports names that are this machine's.
func (o origin) loopback() bool {
	host := o.host
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") || host == "::1"
}
