package authn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// site is a program on memory stores, as small as it gets.
type site struct {
	*authn.Accounts
	sessions *session.Manager
	queue    *mail.Queue
	outbox   mail.Outbox
	cookies  map[string]*http.Cookie
}

func newSite() *site {
	ctx, clk, rnd := context.Background(), clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)), entropy.System()
	rings, err := keys.Ephemeral(rnd).Load(ctx)
	check(err)
	stores := memory.New(memory.Config{}).Stores()
	tenant := identity.Tenant{ID: identity.NewTenantID(rnd), Slug: "default", Status: identity.TenantActive, CreatedAt: clk.Now(), UpdatedAt: clk.Now()}
	check(stores.Identity.Apply(ctx, identity.NewTenant{Tenant: tenant, Methods: authn.DefaultMethods()}))
	s := &site{cookies: map[string]*http.Cookie{}}
	s.sessions, err = session.New(session.Config{
		Store: stores.Session, Keys: rings, Clock: clk, Entropy: rnd, Cookie: session.CookieConfig{InsecureHTTP: true},
	})
	check(err)
	log, err := audit.New(audit.Config{Clock: clk, Entropy: rnd, Keys: rings.Index})
	check(err)
	hasher, err := password.New(password.Config{Params: password.InsecureCheap()})
	check(err)
	gate, err := password.NewGate(password.GateConfig{Clock: clk, Params: password.InsecureCheap()})
	check(err)
	s.queue, err = mail.NewQueue(mail.QueueConfig{Data: rings.Data, Outbox: stores.Identity, Sender: &s.outbox, Clock: clk})
	check(err)
	service, err := authn.New(authn.Config{
		Identity: stores.Identity, Ledger: stores.Throttle, Sessions: s.sessions, Audit: log,
		Vault: factor.NewVault(rings.Data, rings.Index), Keys: rings, Clock: clk, Entropy: rnd,
		Tenant: tenant.ID, Password: hasher, Gate: gate, Issuer: "Example",
		Notes: authn.Notes{Texts: plainTexts{}, Mail: s.queue},
	})
	check(err)
	s.Accounts, err = authn.NewAccounts(authn.AccountsConfig{
		Service: service, Identity: stores.Identity, SignUp: authn.SignUpOpen,
		BaseURL: "http://localhost:8080/auth",
	})
	check(err)
	return s
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// request runs a handler in a request of one browser.
func (s *site) request(f func(ctx context.Context, sess *session.Session)) {
	r, w := httptest.NewRequest(http.MethodPost, "/", http.NoBody), httptest.NewRecorder()
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	s.sessions.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		check(err)
		f(r.Context(), sess)
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		s.cookies[c.Name] = c
	}
}

// mailed is the token in the newest mail with a link.
func (s *site) mailed() string {
	check(s.queue.Deliver(context.Background()))
	_, token, _ := strings.Cut(s.outbox.Messages()[0].Text, "token=")
	return strings.TrimSpace(token)
}

// signedUp is a site on which Ada has an account.
func signedUp() *site {
	s := newSite()
	s.request(func(ctx context.Context, sess *session.Session) {
		_, err := s.BeginSignup(ctx, sess, authn.NewUser{Email: "ada@example.org", Password: seal.NewSecret([]byte("correct horse battery staple"))})
		check(err)
	})
	s.request(func(ctx context.Context, sess *session.Session) {
		_, err := s.ConfirmSignup(ctx, sess, s.mailed(), seal.Secret{})
		check(err)
	})
	return s
}

func ExampleAccounts_BeginSignup() {
	s := newSite()
	s.request(func(ctx context.Context, sess *session.Session) {
		sent, err := s.BeginSignup(ctx, sess, authn.NewUser{
			Email: "ada@example.org", Password: seal.NewSecret([]byte("correct horse battery staple")),
		})
		check(err)
		fmt.Println("a link went to", sent.Address, "and works for", sent.Works)
	})
	s.request(func(ctx context.Context, sess *session.Session) {
		view, err := s.ViewLink(ctx, sess, s.mailed()) // for the page; uses nothing up
		check(err)
		fmt.Println("it proves", view.Address)
		done, err := s.ConfirmSignup(ctx, sess, s.mailed(), seal.Secret{})
		check(err)
		fmt.Println("signed in:", done.SignedIn)
	})
	// Output:
	// a link went to ada@example.org and works for 24h0m0s
	// it proves ada@example.org
	// signed in: true
}

func ExampleService_BeginLogin() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) { check(s.Logout(ctx, sess)) })
	s.request(func(ctx context.Context, sess *session.Session) {
		out, err := s.BeginLogin(ctx, sess, authn.LoginRequest{Identifier: "ada@example.org"})
		check(err)
		switch out := out.(type) {
		case authn.StepRequired: // the same for an address that nobody has
			fmt.Println("asks for", out.Menu.Options)
		case authn.AlreadyAuthenticated, authn.TenantSuspended:
			fmt.Printf("%T\n", out)
		}
	})
	for _, typed := range []string{"not this one, I think", "correct horse battery staple"} {
		s.request(func(ctx context.Context, sess *session.Session) {
			out, err := s.VerifyFactor(ctx, sess, authn.Password{Secret: seal.NewSecret([]byte(typed))})
			check(err)
			fmt.Printf("%T, signed in: %v\n", out, session.IsAuthenticated(sess.State()))
		})
	}
	// Output:
	// asks for [password]
	// authn.Rejected, signed in: false
	// authn.Completed, signed in: true
}

func ExampleAccounts_BeginTOTP() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		e, err := s.BeginTOTP(ctx, sess)
		check(err)
		fmt.Println("key and picture for", e.Account)
		out, err := s.ConfirmTOTP(ctx, sess, authn.Code{Of: factor.TOTP, Secret: seal.NewSecret([]byte("000000"))}, "phone")
		check(err)
		fmt.Printf("a wrong code: %T\n", out)
	})
	// Output:
	// key and picture for ada@example.org
	// a wrong code: authn.Rejected
}

func ExampleService_LogoutOthers() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		list, err := s.ActiveSessions(ctx, sess, session.Ref{}, 10)
		check(err)
		fmt.Println("sessions:", len(list))
		check(s.LogoutOthers(ctx, sess))
		fmt.Println("still here:", session.IsAuthenticated(sess.State()))
		check(s.Logout(ctx, sess))
		err = s.LogoutOthers(ctx, sess)
		fmt.Println("afterwards:", errors.Is(err, authn.ErrNotAuthenticated))
	})
	// Output:
	// sessions: 1
	// still here: true
	// afterwards: true
}
