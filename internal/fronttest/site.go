package fronttest

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store/memory"
)

// Password is what every [Site.Person] signs in with.
const Password = "correct horse battery staple"

// Site is a wired program under test.
type Site struct {
	T       testing.TB
	Origin  string
	Auth    *axess.Axess
	Routes  *axess.Routes
	Handler http.Handler // the chain around Routes
	Clock   *clock.Fake
	Ports   *Ports
	Log     *logtest.Buffer
	Mail    *Postbox
	// Scan looks at every answer that a Browser gets, and at every line of Log. A
	// test that provokes a finding on purpose says so with Scan.Except (ASR-009).
	Scan *httpscan.Scanner
}

// Start is the time at which every site begins.
var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// Standard turns a site into one in production: https, stated keys, mail and
// sign-up.
func Standard(c *axess.Config) {
	c.Origin = "https://app.example.com"
	c.Keys = keys.Ephemeral(entropy.Seeded(2))
	c.SignUp = axess.SignUpOpen
	c.SingleNode = "a test"
}

// New wires a site in development on http://localhost:8080 with the start page
// at /, and closes it with the test. Options change its configuration, its backend
// too; without its Mail, development shows mails on the outbox page.
func New(t testing.TB, options ...func(*axess.Config)) *Site {
	t.Helper()
	s := &Site{
		T: t, Clock: clock.NewFake(start), Log: &logtest.Buffer{}, Ports: NewPorts(memory.New(memory.Config{}).Stores()),
	}
	s.Mail = newPostbox(s.Clock)
	cfg := axess.Config{
		Origin: "http://localhost:8080", Stores: s.Ports.Stores(), Mail: s.Mail,
		PasswordCost: password.InsecureCheap(), Clock: s.Clock, Entropy: entropy.Seeded(1),
	}
	for _, o := range options {
		o(&cfg)
	}
	s.Ports = NewPorts(cfg.Stores)
	cfg.Stores = s.Ports.Stores()
	s.Origin = cfg.Origin
	s.Scan = httpscan.For(t, httpscan.Config{
		Origins: append([]string{cfg.Origin}, cfg.ExtraOrigins...),
		Except: []httpscan.Exception{
			{Rule: httpscan.Canary, Path: "/auth/dev/outbox", Reason: "development shows mails, and with them the links"},
		},
	})
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewJSONHandler(s.Scan.Log(s.Log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	auth, err := axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := auth.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s.Auth, s.Routes = auth, auth.Routes()
	s.Routes.Public("GET /{$}", auth.Home().ServeHTTP)
	s.Handler = auth.Handler(s.Routes)
	return s
}

// Beside is a second server of the same program: another process on the same
// stores, keys, clock and mails. It needs the keys of the first to be stated.
func (s *Site) Beside(options ...func(*axess.Config)) *Site {
	s.T.Helper()
	twin := New(s.T, append([]func(*axess.Config){func(c *axess.Config) {
		c.Stores, c.Clock, c.Mail, c.Entropy = s.Ports.under, s.Clock, s.Mail, entropy.Seeded(0xbe51de)
	}}, options...)...)
	twin.Clock, twin.Mail = s.Clock, s.Mail
	return twin
}

// Beneath are the stores behind the counted ports: for what an attacker with the
// database in hand writes, and for what no port of a login tells.
func (s *Site) Beneath() backend.Stores { return s.Ports.under }

// Account reads what is stored under an address.
func (s *Site) Account(email string) identity.Account {
	s.T.Helper()
	view, err := s.Beneath().Identity.TenantBySlug(s.T.Context(), identity.DefaultSlug)
	if err != nil {
		s.T.Fatal(err)
	}
	acct, err := s.Beneath().Identity.AccountByIdentifier(s.T.Context(), view.Tenant.ID, identity.Email, email)
	if err != nil {
		s.T.Fatalf("%s: %v", email, err)
	}
	return acct
}

// SignUp begins a sign-up and returns the browser, which waits for its mail, and
// the path of the link.
func (s *Site) SignUp(email string) (b *Browser, link string) {
	s.T.Helper()
	b = s.Browser()
	b.Get("/auth/sign-up").Is(s.T, http.StatusOK)
	b.Post("/auth/sign-up", Form{"email": email, "name": "Somebody", "password": Password}).Is(s.T, http.StatusSeeOther)
	return b, s.Link()
}

// Link is the path and query of the next mailed link.
func (s *Site) Link() string {
	s.T.Helper()
	for {
		m := s.Mail.Next(s.T)
		_, rest, _ := strings.Cut(m.Text, s.Origin)
		if link, _, _ := strings.Cut(rest, "\n"); strings.Contains(link, "token=") {
			return link
		}
	}
}

// Person signs somebody up, confirms the address, and returns their browser,
// signed in.
func (s *Site) Person(email string) *Browser {
	s.T.Helper()
	b, link := s.SignUp(email)
	b.Get(link).Is(s.T, http.StatusSeeOther)
	b.Post("/auth/verify", nil).Is(s.T, http.StatusSeeOther)
	return b
}

// SignIn signs in with the password in a new browser, as far as that leads.
func (s *Site) SignIn(email string) *Browser {
	s.T.Helper()
	b := s.Browser()
	b.Get("/auth/sign-in").Is(s.T, http.StatusOK)
	b.Post("/auth/sign-in", Form{"identifier": email, "password": Password}).Is(s.T, http.StatusSeeOther)
	return b
}

var seed = regexp.MustCompile(`secret=([A-Z2-7]+)`)

// App is an authenticator app that was set up from the code on a page.
func (s *Site) App(page Answer) func() string {
	s.T.Helper()
	m := seed.FindStringSubmatch(page.Body)
	if m == nil {
		s.T.Fatalf("no seed on the page:\n%s", page.Body)
	}
	return func() string {
		code, err := axesstest.TOTP(m[1], s.Clock.Now())
		if err != nil {
			s.T.Fatal(err)
		}
		return code
	}
}

// ClaimLink mints a claim link and returns its path and query.
func (s *Site) ClaimLink() string {
	s.T.Helper()
	link, err := s.Auth.ClaimLink(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	path, ok := strings.CutPrefix(link, s.Origin)
	if !ok {
		s.T.Fatalf("the claim link leads to %s", link)
	}
	return path
}

// Enrol sets up an authenticator app in a signed-in browser and returns what it
// shows. A code works once; [clock.Fake.Advance] by 30 s brings the next.
func (s *Site) Enrol(b *Browser) func() string {
	s.T.Helper()
	show := s.App(b.Get("/auth/account/factors/totp").Is(s.T, http.StatusOK))
	b.Post("/auth/account/factors/totp", Form{"code": show(), "label": "Phone"}).Is(s.T, http.StatusSeeOther)
	return show
}
