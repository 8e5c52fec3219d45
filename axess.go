package axess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/lever"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/middleware/requestid"
	"github.com/axess-go/axess/middleware/secure"
	"github.com/axess-go/axess/runner"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/ui"
)

// basePath is where the pages are unless Config.BasePath says otherwise, homePath where they lead when nothing says
// otherwise.
const (
	basePath = "/auth"
	homePath = "/"
)

// Version is the version of the library.
const Version = "0.1.0-dev"

// Axess is a wired program: chain, guards, pages and background jobs. It is safe
// for concurrent use.
type Axess struct {
	cfg      checked
	base     string
	log      *slog.Logger
	table    guard.Table
	keys     seal.Keys
	sessions *session.Manager
	accounts *authn.Accounts
	admin    *authn.Admin
	events   *audit.Log
	csrf     *csrf.Protection
	client   *clientip.Resolver
	ids      *requestid.Layer
	headers  *secure.Layer
	onPages  *secure.Layer
	renderer *ui.Renderer
	pages    *ui.Handlers
	home     identity.TenantID // the tenant of a request that names none
	hasher   *password.Hasher
	runner   *runner.Runner
	outbox   *mail.Outbox
	source   keys.Source
	relay    *audit.Relay
	duties   *duty.Duties
	vital    vital
	certs    *clientcert.Layer // nil: nobody looks at certificates
}

// New checks the whole configuration, applies what the schema lacks where that is
// allowed, creates the tenant of a single-tenant program if the stores are empty,
// and starts the background jobs. Cancelling
// ctx, or [Axess.Close], ends them.
//
// Errors: *ConfigError with every problem; what the stores and keys answer.
func New(ctx context.Context, cfg Config) (*Axess, error) {
	c, err := check(cfg)
	if err != nil {
		return nil, err
	}
	a := &Axess{cfg: c, base: c.BasePath, log: c.Logger, client: c.client, renderer: c.renderer}
	a.table = a.renderer.GuardTable()
	a.table.Log = a.log
	a.log.InfoContext(ctx, "axess: starting", "profile", c.Profile.String(), "because", c.why,
		"version", Version, "origin", c.origin.String(), "stores", c.Stores.String())
	if err := a.schemas(ctx); err != nil {
		return nil, err
	}
	source, ephemeral, err := a.cfg.keySource(ctx)
	if err != nil {
		return nil, err
	}
	a.cfg.ephemeral, a.source = ephemeral, source
	a.warn(ctx)
	if a.keys, err = source.Load(ctx); err != nil {
		return nil, fmt.Errorf("axess: keys: %w", err)
	}
	if err := a.keys.Check(); err != nil {
		return nil, fmt.Errorf("axess: keys: %w", err)
	}
	if err := a.keysFit(ctx, a.keys); err != nil {
		return nil, err
	}
	if err := a.settle(ctx); err != nil {
		return nil, err
	}
	if err := a.wireEdge(); err != nil {
		return nil, err
	}
	tenant, err := a.tenant(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.wireAccounts(tenant); err != nil {
		return nil, err
	}
	if err := a.watch(); err != nil {
		return nil, err
	}
	if err := a.runner.Start(ctx); err != nil {
		return nil, fmt.Errorf("axess: start jobs: %w", err)
	}
	return a, nil
}

// warn logs every setting that is weaker than the default (PRD §2.4).
func (a *Axess) warn(ctx context.Context) {
	if a.cfg.ephemeral {
		a.log.WarnContext(ctx, "axess: keys live in memory only: a restart signs everyone out")
	}
	if a.cfg.SingleNode != "" && !a.cfg.Stores.Durable() {
		a.log.WarnContext(ctx, "axess: SingleNode: accounts and sessions end with the process", "reason", a.cfg.SingleNode)
	}
	if a.cfg.InsecureDevListen != "" {
		a.log.WarnContext(ctx, "axess: InsecureDevListen: development answers other machines", "reason", a.cfg.InsecureDevListen)
	}
	if a.cfg.PasswordCost == password.InsecureCheap() {
		a.log.WarnContext(ctx, "axess: PasswordCost: passwords are hashed too cheaply to withstand a stolen table")
	}
}

// wireEdge builds what stands between the network and the sessions.
func (a *Axess) wireEdge() error {
	c := &a.cfg
	var errs []error
	keep := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("axess: %s: %w", what, err))
		}
	}
	var err error
	a.ids, err = requestid.New(requestid.Config{Clock: c.Clock, Entropy: c.Entropy, Proxies: a.client})
	keep("request id", err)
	errs = append(errs, a.wireCertificates())
	var headers secure.Config
	if c.dev {
		headers.WithoutHSTS = "development: localhost has other servers"
	}
	a.headers, err = secure.New(headers)
	keep("headers", err)
	// The pages are stricter than what a program may need on its own routes.
	headers.CSP = ui.ContentSecurityPolicy
	a.onPages, err = secure.New(headers)
	keep("headers", err)
	a.events, err = audit.New(audit.Config{Clock: c.Clock, Entropy: c.Entropy, Keys: a.keys.Index})
	keep("audit", err)
	a.sessions, err = session.New(session.Config{
		Store: c.Stores.Session, Keys: a.keys, Clock: c.Clock, Entropy: c.Entropy,
		Metrics: c.Metrics, Logger: c.Logger,
		Cookie:   session.CookieConfig{InsecureHTTP: !c.origin.secure()},
		Timeouts: c.Timeouts, TenantTimeouts: c.TenantTimeouts, Tenant: a.tenantOf(), Device: c.Device,
		Bindings: c.Bindings, WithoutBinding: c.WithoutBinding, ClientIP: a.client, Limit: c.SessionLimit, Events: a.sessionEvents, Outbox: c.Stores.Identity,
		Memo: c.memo(),
	})
	keep("session", err)
	var origins []string
	for _, o := range c.extra {
		origins = append(origins, o.String())
	}
	a.csrf, err = csrf.New(csrf.Config{
		Keys: a.keys, Entropy: c.Entropy, InsecureHTTP: !c.origin.secure(),
		SessionCookie: a.sessions.CookieName(), TrustedOrigins: origins, Uploads: c.Uploads,
		Metrics: c.Metrics, Logger: c.Logger, Events: a.csrfRejected,
	})
	keep("csrf", err)
	a.runner, err = runner.New(runner.Config{Clock: c.Clock, Entropy: c.Entropy, Metrics: c.Metrics, Logger: c.Logger})
	keep("runner", err)
	return errors.Join(errs...)
}

// wireAccounts builds what decides about people, and the jobs.
func (a *Axess) wireAccounts(tenant identity.TenantID) error {
	c := &a.cfg
	a.home = tenant
	hasher, err := password.New(c.hashing())
	if err != nil {
		return fmt.Errorf("axess: PasswordCost: %w", err)
	}
	a.hasher = hasher
	gate, err := password.NewGate(password.GateConfig{Clock: c.Clock, Params: c.PasswordCost})
	if err != nil {
		return fmt.Errorf("axess: PasswordCost: %w", err)
	}
	sender := c.Mail
	if sender == nil {
		// Development alone: elsewhere the check demands a sender, and the page
		// that shows this outbox must not exist.
		a.outbox = &mail.Outbox{}
		sender = a.outbox
		if c.Terminal != nil {
			sender = mail.Tee(a.outbox, mail.Terminal(c.Terminal))
		}
	}
	queue, err := mail.NewQueue(mail.QueueConfig{
		Data: a.keys.Data, Outbox: c.Stores.Identity, Sender: sender, Clock: c.Clock, Metrics: c.Metrics, Logger: c.Logger,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	ledger := authn.Ledger(c.Stores.Throttle)
	if c.WithoutLockout != "" {
		ledger = nil
	}
	var local authn.LocalLedger
	if c.UnsafeLocalLockout != "" {
		local = authn.LocalLedger{Ledger: lever.NewTable(100_000), Reason: c.UnsafeLocalLockout}
	}
	service, err := authn.New(authn.Config{
		Identity: c.Stores.Identity, Ledger: ledger, WithoutLockout: c.WithoutLockout, UnsafeLocalLedger: local, Sessions: a.sessions, Audit: a.events,
		Vault: factor.NewVault(a.keys.Data, a.keys.Index), Keys: a.keys, Clock: c.Clock, Entropy: c.Entropy, Tenant: tenant,
		Password: hasher, Gate: gate, Blocklists: c.Blocklists, WithoutBlocklists: c.WithoutBlocklists, BlocklistsAtSignIn: c.BlocklistsAtSignIn, Issuer: a.renderer.BrandName(),
		Notes:   authn.Notes{Texts: a.renderer.MailTexts(), Mail: queue, Wake: func() { a.wake("mail") }},
		Methods: c.Methods, Factors: c.Factors, Provisioning: c.Provisioning, Values: c.Stores.Throttle.KV(), TenantMails: c.TenantMails, Floors: c.Floors, Enrolment: authn.EnrolmentPolicy{Inline: c.enrolment()}, UserLock: c.Lockout,
		Devices: c.Devices, WithoutDeviceStepUp: c.WithoutDeviceStepUp, Logger: c.Logger, Metrics: c.Metrics,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	policy := authn.SignUpClosed
	if c.SignUp == SignUpOpen {
		policy = authn.SignUpOpen
	}
	a.accounts, err = authn.NewAccounts(authn.AccountsConfig{
		Service: service, Identity: c.Stores.Identity, SignUp: policy, Policy: c.Password,
		BaseURL: c.origin.String() + a.base, BaseOf: a.baseOf(), Events: c.Stores.Audit,
		RecoveryHold: c.RecoveryHold, TenantMails: c.TenantMails,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	a.admin, err = authn.NewAdmin(authn.AdminConfig{
		Accounts: a.accounts, NoImpersonation: c.protected(), WithoutImpersonationNotice: c.WithoutImpersonationNotice,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	a.pages, err = ui.NewHandlers(ui.HandlersConfig{
		Renderer: a.renderer, Accounts: a.accounts, Table: a.table, Keys: a.keys, Clock: c.Clock,
		Cookies: ui.CookieNames{Session: a.sessions.CookieName(), InsecureHTTP: !c.origin.secure()},
		Log:     c.Logger, Outbox: a.outbox, Dev: c.dev, Version: Version,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	return a.addJobs(queue)
}

// tenant finds or makes the one tenant of a single-tenant program. Two starts at
// once both end with the same one.
func (a *Axess) tenant(ctx context.Context) (identity.TenantID, error) {
	ident := a.cfg.Stores.Identity
	view, err := ident.TenantBySlug(ctx, identity.DefaultSlug)
	if err == nil {
		if err := a.foreign(); err != nil {
			return identity.TenantID{}, err
		}
		return view.Tenant.ID, a.methods(ctx, view)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return identity.TenantID{}, fmt.Errorf("axess: tenant: %w", err)
	}
	methods := a.cfg.Methods
	if len(methods) == 0 {
		methods = authn.DefaultMethods()
	}
	now := a.cfg.Clock.Now()
	t := identity.Tenant{
		ID: identity.NewTenantID(a.cfg.Entropy), Slug: identity.DefaultSlug, DisplayName: a.renderer.BrandName(),
		Status: identity.TenantActive, CreatedAt: now, UpdatedAt: now,
	}
	row, err := a.events.Row(ctx, audit.Of{Tenant: t.ID}, audit.TenantCreated{Outcome: audit.Success, Source: audit.SourceBootstrap})
	if err != nil {
		return t.ID, fmt.Errorf("axess: tenant: %w", err)
	}
	err = ident.Apply(ctx, identity.NewTenant{Tenant: t, Methods: methods}, identity.Append{Row: row})
	if errors.Is(err, store.ErrExists) {
		if err := a.foreign(); err != nil {
			return t.ID, err
		}
		view, err = ident.TenantBySlug(ctx, identity.DefaultSlug)
		t.ID = view.Tenant.ID
		if err == nil {
			err = a.methods(ctx, view)
		}
	}
	if err != nil {
		return t.ID, fmt.Errorf("axess: tenant: %w", err)
	}
	return t.ID, nil
}

// foreign tells a source of keys that the database was begun by another server: keys
// that were made for it while it was empty are not those of the people in it.
func (a *Axess) foreign() error {
	if keys, ok := a.source.(interface{ Lost() error }); ok {
		if err := keys.Lost(); err != nil {
			return fmt.Errorf("axess: keys: %w", err)
		}
	}
	return nil
}

// Pages are sign-up, sign-in, account and sessions, for mounting at "/auth/", or
// whatever Config.BasePath says.
func (a *Axess) Pages() http.Handler {
	return &pages{a.onPages.Wrap(a.pages), a.pages.Routes()}
}

// pages are told from other handlers: mounted under a second path they would
// send everybody to the first.
type pages struct {
	http.Handler
	table []ui.Route
}

// Routes lists the pages, for a test that visits each of them.
func (p *pages) Routes() []ui.Route { return slices.Clone(p.table) }

// Home is the start page of a program that has none of its own.
func (a *Axess) Home() http.Handler { return a.onPages.Wrap(http.HandlerFunc(a.pages.Home)) }

// Authn is the service behind the pages, for programs that bring their own.
func (a *Axess) Authn() *authn.Accounts { return a.accounts }

// Sessions is the manager behind the chain.
func (a *Axess) Sessions() *session.Manager { return a.sessions }

// CSRF returns the token that a form of the program's own posts as _csrf.
func (a *Axess) CSRF(ctx context.Context) string { return csrf.Token(ctx) }

// ErrAdminExists answers a claim link that nobody needs any more.
var ErrAdminExists = authn.ErrAdminExists

// ClaimLink mints the address at which somebody becomes the first administrator:
// it works for 24 h, and all earlier ones are void from now on. Show it to the
// operator alone, never in collected logs (PRD-060, PRD-061). Errors:
// [ErrAdminExists]; store errors.
func (a *Axess) ClaimLink(ctx context.Context) (string, error) {
	link, err := a.accounts.ClaimLink(ctx)
	if err != nil {
		return "", fmt.Errorf("axess: %w", err)
	}
	return link, nil
}

// Close ends the background jobs and waits for them within the context's
// deadline. Closing twice is fine.
func (a *Axess) Close(ctx context.Context) error {
	if err := a.runner.Close(ctx); err != nil {
		return fmt.Errorf("axess: close: %w", err)
	}
	return nil
}

// wake hurries a job. A runner that has ended has nothing to hurry.
func (a *Axess) wake(job string) {
	if err := a.runner.Wake(job); err != nil {
		a.log.Debug("axess: job not woken", "job", job, "error", err)
	}
}

// addJobs registers what runs beside the requests.
func (a *Axess) addJobs(queue *mail.Queue) error {
	c := &a.cfg
	var err error
	a.relay, err = audit.NewRelay(audit.RelayConfig{
		Outbox: c.Stores.Identity, Store: c.Stores.Audit, Clock: c.Clock, Logger: c.Logger, Metrics: c.Metrics,
		Stored: a.accounts.TellNewBrowsers,
	})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	jobs := []runner.Job{
		{Name: "mail", Every: time.Minute, Jitter: 5 * time.Second, Run: queue.Deliver},
		{Name: "audit", Every: 2 * time.Second, Jitter: time.Second, Run: a.relay.Run},
		{Name: "void", Every: time.Minute, Jitter: 10 * time.Second, Run: func(ctx context.Context) error {
			return store.DropVoid(ctx, c.Stores.Identity, c.Clock.Now())
		}},
		a.sweeper("sessions", 10*time.Minute, c.Stores.Session.Sweep),
		{Name: "reseal", Every: time.Hour, Jitter: 12 * time.Minute, Run: a.reseal},
		a.sweeper("accounts", time.Hour, c.Stores.Identity.Sweep),
		a.sweeper("values", 10*time.Minute, c.Stores.Throttle.KV().Sweep),
		{Name: "erasures", Every: 10 * time.Minute, Jitter: 2 * time.Minute, Run: func(ctx context.Context) error {
			return a.admin.FinishErasures(ctx, c.Stores.Identity, c.Clock.Now())
		}},
		a.sweeper("tenants", time.Hour, authn.NewTenants(a.accounts).Purge),
		{Name: "duties", Every: duty.Age, Jitter: 2 * time.Second, Run: func(ctx context.Context) error {
			return a.duties.Settle(ctx, duty.Age)
		}},
	}
	for _, j := range append(jobs, a.renewals()...) {
		if err := a.runner.Add(j); err != nil {
			return fmt.Errorf("axess: %w", err)
		}
	}
	return nil
}
