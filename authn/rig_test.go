package authn_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

const goodPassword = "correct horse battery staple"

// rig is the service on memory stores, with every port counted.
type rig struct {
	t        *testing.T
	clock    *clock.Fake
	stores   backend.Stores
	ident    *countedAdmin
	ledger   *countedLedger
	store    *countedSessions
	values   *countedValues
	sessions *session.Manager
	accounts *authn.Accounts
	vault    *factor.Vault
	hasher   *password.Hasher
	outbox   *mail.Outbox
	queue    *mail.Queue
	metrics  *metric.Recorder
	logs     *logtest.Buffer
	entropy  entropy.Source
	tenant   identity.TenantID
	index    *seal.Ring
	data     *seal.Ring
	work     *tally
	device   identity.DeviceID // that every request comes from; zero: none
	certs    *mtls.Verifier    // says which certificates stand; nil: all
}

// tally counts the calls of all ports by verb; AUN-I2 compares two of them.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (w *tally) add(verb string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.of[verb]++
}

// take returns the counts since the last take, sorted, as text.
func (w *tally) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for k, n := range w.of {
		lines = append(lines, fmt.Sprintf("%s=%d", k, n))
	}
	slices.Sort(lines)
	w.of = map[string]int{}
	return strings.Join(lines, " ")
}

type option func(*authn.Config, *authn.AccountsConfig)

func newRig(t *testing.T, opts ...option) *rig {
	t.Helper()
	return newRigOn(t, memory.New(memory.Config{}).Stores(), opts...)
}

// newRigOn is a rig on other stores, which are empty.
func newRigOn(t *testing.T, stores backend.Stores, opts ...option) *rig {
	t.Helper()
	r := &rig{
		t: t, clock: clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)),
		entropy: entropy.Seeded(7), outbox: &mail.Outbox{}, metrics: &metric.Recorder{},
		logs: &logtest.Buffer{}, work: &tally{of: map[string]int{}},
	}
	log := slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	rings, err := keys.Ephemeral(r.entropy).Load(t.Context())
	must(t, err)
	r.index, r.data = rings.Index, rings.Data
	r.stores = stores
	r.ident = &countedAdmin{Admin: r.stores.Identity, work: r.work}
	r.ledger = &countedLedger{Ledger: r.stores.Throttle, work: r.work}
	r.store = &countedSessions{Store: r.stores.Session, work: r.work}
	r.values = &countedValues{KV: r.stores.Throttle.KV(), work: r.work}
	r.sessions, err = session.New(session.Config{
		Store: r.store, Keys: rings, Outbox: r.stores.Identity, CarryOnLogin: []string{"cart"}, Metrics: r.metrics,
		Clock: r.clock, Entropy: r.entropy, Logger: log, Cookie: session.CookieConfig{InsecureHTTP: true},
		Device: func(context.Context, *http.Request, identity.DeviceID) (identity.DeviceID, error) {
			return r.device, nil
		},
	})
	must(t, err)
	events, err := audit.New(audit.Config{Clock: r.clock, Entropy: r.entropy, Keys: rings.Index})
	must(t, err)
	r.vault = factor.NewVault(rings.Data, rings.Index)
	r.hasher, err = password.New(password.Config{Params: password.InsecureCheap()})
	must(t, err)
	gate, err := password.NewGate(password.GateConfig{Clock: r.clock, Params: password.InsecureCheap(), Parallel: 128})
	must(t, err)
	r.tenant = identity.NewTenantID(r.entropy)
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{
		Tenant: identity.Tenant{
			ID: r.tenant, Slug: "default", Status: identity.TenantActive,
			CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now(),
		},
		Methods: authn.DefaultMethods(),
	}))
	r.queue, err = mail.NewQueue(mail.QueueConfig{Data: rings.Data, Outbox: r.stores.Identity, Sender: r.outbox, Clock: r.clock, Logger: log})
	must(t, err)

	cfg := authn.Config{
		Identity: r.ident, Ledger: r.ledger, Sessions: r.sessions, Audit: events, Vault: r.vault,
		Keys: rings, Clock: r.clock, Entropy: r.entropy, Tenant: r.tenant,
		Password: r.hasher, Gate: gate, Issuer: "Test", Logger: log, Metrics: r.metrics,
		Notes: authn.Notes{Texts: plainTexts{}, Mail: r.queue}, Values: r.values,
	}
	acc := authn.AccountsConfig{
		Identity: r.ident, SignUp: authn.SignUpOpen,
		BaseURL: "http://localhost:8080/auth", Events: r.stores.Audit,
	}
	for _, o := range opts {
		o(&cfg, &acc)
	}
	acc.Service, err = authn.New(cfg)
	must(t, err)
	r.accounts, err = authn.NewAccounts(acc)
	must(t, err)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plainTexts are mails whose first line is all that matters.
type plainTexts struct{}

func (plainTexts) Mail(n authn.Note) (string, string) {
	if n.Link != "" {
		return string(n.Kind), n.Link + "\n"
	}
	if n.Code != "" {
		return string(n.Kind), n.Code + "\n"
	}
	return string(n.Kind), n.Language + " " + n.Client.String() + " " + n.Label + "\n"
}

// person creates an Active account with a password.
func (r *rig) person(email string) identity.User {
	r.t.Helper()
	id, err := identity.NewIdentifier(identity.Email, email)
	must(r.t, err)
	now := r.clock.Now()
	u := identity.User{
		ID: identity.NewUserID(r.entropy), Tenant: r.tenant, Identifiers: []identity.Identifier{id},
		DisplayName: "Somebody", State: identity.Active, Detail: identity.StateDetail{Since: now},
		WebAuthnHandle: entropy.Bytes32(r.entropy), AuditHandle: entropy.Bytes16(r.entropy),
		CreatedAt: now, UpdatedAt: now, EmailVerifiedAt: now,
	}
	body, err := r.hasher.Hash(r.entropy, secret(goodPassword))
	must(r.t, err)
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.NewUser{User: u},
		identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
	return u
}

func (r *rig) row(sub identity.Subject, kind identity.Kind, body []byte) identity.Credential {
	r.t.Helper()
	row, err := r.vault.Seal(identity.Credential{
		ID: identity.NewCredentialID(r.entropy), Tenant: sub.Tenant, User: sub.User, Kind: kind,
		State: identity.CredentialActive, Version: 1, CreatedAt: r.clock.Now(),
	}, body)
	must(r.t, err)
	return row
}

// app enrols an authenticator app and asks for it at sign-in; the result makes
// codes for the fake clock.
func (r *rig) app(u identity.User) func() string {
	r.t.Helper()
	rec, err := totp.New(r.entropy, totp.Policy{})
	must(r.t, err)
	must(r.t, r.stores.Identity.Apply(r.t.Context(),
		identity.PutCredential{Credential: r.row(u.Subject(), factor.TOTP, rec.Encode())},
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{
			Name: "password", Enabled: true, Reason: "self",
			Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.TOTP)},
		}}))
	return func() string { return codeFor(rec, r.clock.Now()) }
}

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

func pw(s string) authn.Password { return authn.Password{Secret: secret(s)} }

func code(s string) authn.Code { return authn.Code{Of: factor.TOTP, Secret: secret(s)} }

// browser keeps cookies between requests.
type browser struct {
	r       *rig
	mu      sync.Mutex
	cookies map[string]string
	addr    string
	host    string         // what the request claims; a link must not believe it
	agent   string         // User-Agent
	shows   *certtest.Pair // its client certificate; nil: none
	kept    []string       // recovery codes that its owner has written down
}

func (r *rig) browser() *browser {
	return &browser{r: r, cookies: map[string]string{}, addr: "192.0.2.7:4711", host: "localhost:8080"}
}

// do runs one request through the session layer; f is its handler.
func (b *browser) do(f func(ctx context.Context, s *session.Session)) *http.Response {
	b.r.t.Helper()
	req := httptest.NewRequest(http.MethodPost, "http://localhost:8080/", http.NoBody)
	req.RemoteAddr, req.Host = b.addr, b.host
	req.Header.Set("X-Forwarded-Host", b.host)
	if b.agent != "" {
		req.Header.Set("User-Agent", b.agent)
	}
	b.mu.Lock()
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	b.mu.Unlock()
	who, err := clientip.New(clientip.Config{})
	must(b.r.t, err)
	rec := httptest.NewRecorder()
	called := false
	if b.shows != nil {
		req.TLS = &tls.ConnectionState{PeerCertificates: b.shows.Chain}
	}
	certs, err := clientcert.New(clientcert.Config{Clock: b.r.clock, Standing: func(_ *http.Request, p clientcert.Peer, now time.Time) error {
		if b.r.certs == nil {
			return nil
		}
		return b.r.certs.Standing(b.r.tenant, p, now)
	}})
	must(b.r.t, err)
	who.Wrap(certs.Wrap(b.r.sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = true
		s, err := session.From(r.Context())
		if err != nil {
			b.r.t.Error(err)
			return
		}
		f(audit.With(r.Context(), audit.Context{Client: clientip.From(r.Context()), UserAgent: b.agent}), s)
	})))).ServeHTTP(rec, req)
	if !called {
		b.r.t.Errorf("the session layer answered %d itself", rec.Code)
	}
	res := rec.Result()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return res
}

// begin starts a login and returns the outcome.
func (b *browser) begin(identifier string) (out authn.LoginOutcome) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		var err error
		out, err = b.r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: identifier})
		if err != nil {
			b.r.t.Errorf("begin: %v", err)
		}
	})
	return out
}

// verify presents a credential.
func (b *browser) verify(c authn.Credential) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.VerifyFactor(ctx, s, c) })
	return out, err
}

// try is verify for cases where an error is a failure of the test.
func (b *browser) try(c authn.Credential) authn.FactorOutcome {
	b.r.t.Helper()
	out, err := b.verify(c)
	if err != nil {
		b.r.t.Fatalf("verify: %v", err)
	}
	return out
}

// signIn signs in with the good password and must succeed.
func (b *browser) signIn(identifier string) *browser {
	b.r.t.Helper()
	b.begin(identifier)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		b.r.t.Fatalf("sign-in: %T", out)
	}
	return b
}

func is[T any](v any) bool {
	_, ok := v.(T)
	return ok
}

// state is what the next request of the browser sees.
func (b *browser) state() (st session.State) {
	b.r.t.Helper()
	b.do(func(_ context.Context, s *session.Session) { st = s.State() })
	return st
}

func (b *browser) signedIn() bool { return is[session.Authenticated](b.state()) }

// mails delivers what waits and returns the messages, newest first.
func (r *rig) mails() []mail.Message {
	r.t.Helper()
	must(r.t, r.queue.Deliver(r.t.Context()))
	return r.outbox.Messages()
}

// link is the token in the newest verification mail.
func (r *rig) link() string {
	r.t.Helper()
	for _, m := range r.mails() {
		if _, token, ok := strings.Cut(m.Text, "token="); ok {
			return strings.TrimSpace(token)
		}
	}
	r.t.Fatal("no mail with a link")
	return ""
}
