package authn

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Config wires a [Service]. Fields marked required have no usable zero.
type Config struct {
	Identity identity.AuthnLog // required
	Ledger   Ledger            // required
	Sessions *session.Manager  // required
	Audit    *audit.Log        // required
	Vault    *factor.Vault     // required: opens credential rows
	Keys     seal.Keys         // required: the Index ring keys ledger and decoys, the Data ring seals what a tenant has
	Clock    clock.Clock       // required
	Entropy  entropy.Source    // required
	// Tenant is who a request without a tenant means. Required.
	Tenant   identity.TenantID
	Password *password.Hasher // required
	Gate     *password.Gate   // required: bounds what hashing takes
	// Blocklists know passwords that nobody may choose. Empty: blocklist.Common, the list
	// in the program. One that does not answer keeps nobody from choosing, and alarms.
	Blocklists []password.Blocklist
	// WithoutBlocklists, a reason, lets people choose passwords that attackers try first.
	WithoutBlocklists string
	// BlocklistsAtSignIn asks them about a password that was right, too: who signs in with
	// one that they know chooses another one after the last step. It never refuses.
	BlocklistsAtSignIn bool
	TOTP               totp.Policy
	// Factors are verifiers beside those of every program (password, app): kinds of this
	// module that need a configuration, and the program's own (factor.Custom).
	Factors []factor.Verifier
	// Values keep what a verifier has sent until it is used. Required by MailedCodes.
	Values store.KV
	// TenantMails is AccountsConfig.TenantMails for codes, which share it with the other
	// mails. Zero: DefaultTenantMails.
	TenantMails int
	// Provisioning says whose word is taken, about who somebody is, in tenants that have
	// no policy of their own. Zero: nobody's (AUN-150).
	Provisioning ProvisioningPolicy
	// Issuer names the program in authenticator apps.
	Issuer string

	// Notes are how people hear of what happened to their account; zero: not at
	// all, which suits a program that has other ways to tell them.
	Notes Notes

	// WithoutLockout, a reason, counts no guesses: Ledger is then nil, and Identity
	// may be one that is not written (identity.NoopAuthnLog). Nobody is ever locked
	// out, and nobody who guesses is stopped (IDN-065).
	WithoutLockout string
	// UnsafeLocalLedger takes over while Ledger does not answer; zero: nobody is let
	// in then.
	UnsafeLocalLedger LocalLedger

	// Methods are the program's, for tenants that inherit them: those that have none of
	// their own and say identity.MethodsInherit (IDN-073). Zero: DefaultMethods.
	Methods []identity.Method
	// Floors are what no tenant's policy goes below, nor the program's own.
	Floors Floors

	// Devices, unless nil, says how far the device of a sign-in is trusted. On one that
	// is not DeviceTrusted, who has a second factor is asked for it, at a sign-in with a
	// password alone and at a step-up; a tenant may set a DevicePolicy of its own
	// (AUN-106). The sessions need a Device resolver.
	Devices Devices
	// WithoutDeviceStepUp, a reason, asks nobody on any device, unless a tenant does.
	WithoutDeviceStepUp string

	UserLock    LockPolicy // zero: UserLock()
	AddressLock LockPolicy // zero: AddressLock()
	// FlowDeadline bounds a login from its start, whatever the activity. Zero: 15 min.
	FlowDeadline time.Duration
	// EndOnStepUpFailure ends a login in which a step-up has failed until the lock,
	// instead of going back to it: its cookie may be stolen (AUN-101).
	EndOnStepUpFailure bool
	// Enrolment says who may set up, in the middle of a sign-in, the factor that it asks
	// for. Zero: InlineFirst. A program without [Accounts] says InlineNever: there is
	// nothing that would finish it.
	Enrolment EnrolmentPolicy
	// HideTenantStatus answers a suspended tenant like an unknown one (AUN-023).
	HideTenantStatus bool

	Logger  *slog.Logger // zero: discards
	Metrics metric.Sink  // zero: discards

	kinds  *factor.Registry // made by check
	mailed []*mailedCodes   // those of kinds
}

// Service decides what happens at a login. It is immutable and safe for
// concurrent use (AUN-002).
type Service struct {
	ident      identity.AuthnLog
	ledger     Ledger
	sessions   *session.Manager
	events     events
	vault      *factor.Vault
	grants     grants
	tokens     tokens
	links      links
	provisions ProvisioningPolicy
	trust      trust
	secrets    secretsBox
	clock      clock.Clock
	entropy    entropy.Source
	tenant     identity.TenantID
	decoys     *seal.MAC
	cursors    *seal.MAC
	levers     levers
	gate       *password.Gate
	factors    *factor.Registry
	hasher     *password.Hasher
	lists      []password.Blocklist
	// listsAtSignIn asks them at a sign-in too.
	listsAtSignIn bool
	totp          totp.Policy
	issuer        string
	notes         notes

	flowDeadline time.Duration
	devices      Devices // nil without
	device       DevicePolicy
	methods      []identity.Method
	floors       Floors
	inline       EnrolmentPolicy
	noticed      *noticed
	endOnStepUp  bool
	hideTenant   bool
	log          *slog.Logger
	metrics      counters
}

// New checks the configuration in full; the error joins one *FieldError for each
// problem.
func New(cfg Config) (*Service, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.WithoutLockout != "" {
		cfg.Ledger = countless{}
		cfg.Logger.Warn("authn: WithoutLockout: guesses are not counted", "reason", cfg.WithoutLockout)
	}
	if cfg.UnsafeLocalLedger.Ledger != nil {
		cfg.Logger.Warn("authn: UnsafeLocalLedger: during an outage of the ledger each process counts guesses for itself", "reason", cfg.UnsafeLocalLedger.Reason)
	}
	if cfg.WithoutDeviceStepUp != "" {
		cfg.Logger.Warn("authn: WithoutDeviceStepUp: no device is asked for a second factor", "reason", cfg.WithoutDeviceStepUp)
	}
	if cfg.WithoutBlocklists != "" {
		cfg.Logger.Warn("authn: WithoutBlocklists: people may choose passwords that attackers try first", "reason", cfg.WithoutBlocklists)
	}
	cfg.Metrics.Gauge(MetricLockoutDisabled, map[bool]float64{true: 1}[cfg.WithoutLockout != ""])
	index := cfg.Keys.Index
	s := &Service{
		ident:      cfg.Identity,
		ledger:     cfg.Ledger,
		sessions:   cfg.Sessions,
		vault:      cfg.Vault,
		grants:     grants{index.MAC(seal.LabelIdentityRow)},
		tokens:     tokens{index.MAC(seal.LabelIdentityRow)},
		provisions: cfg.Provisioning.clone(),
		links:      links{index.MAC(seal.LabelIdentityRow)},
		trust:      trust{index.MAC(seal.LabelIdentityRow)},
		secrets:    secretsBox{cfg.Keys.Data.Sealer(seal.LabelTenant), cfg.Keys.Data},
		clock:      cfg.Clock,
		entropy:    cfg.Entropy,
		tenant:     cfg.Tenant,
		decoys:     index.MAC(seal.LabelDecoy),
		cursors:    index.MAC(seal.LabelCursor),
		levers:     levers{index.MAC(seal.LabelLedger), cfg.UserLock, cfg.AddressLock},
		gate:       cfg.Gate,
		hasher:     cfg.Password,
		lists:      slices.Clone(cfg.Blocklists),

		listsAtSignIn: cfg.BlocklistsAtSignIn,
		totp:          cfg.TOTP,
		issuer:        cfg.Issuer,
		notes:         notes{cfg.Notes, cfg.Clock, cfg.Entropy},

		flowDeadline: cfg.FlowDeadline,
		devices:      cfg.Devices,
		device:       cfg.devicePolicy(),
		methods:      slices.Clone(cfg.Methods),
		floors:       cfg.Floors,
		inline:       cfg.Enrolment,
		noticed:      &noticed{seen: map[noticedRow]struct{}{}},
		endOnStepUp:  cfg.EndOnStepUpFailure,
		hideTenant:   cfg.HideTenantStatus,
		log:          cfg.Logger,
		metrics:      counters{cfg.Metrics},
	}
	if local := cfg.UnsafeLocalLedger.Ledger; local != nil {
		s.ledger = &degradable{cfg.Ledger, local, s.alarm}
	}
	s.events = events{log: cfg.Audit, slog: cfg.Logger, metrics: counters{cfg.Metrics}}
	s.factors = cfg.kinds
	for _, m := range cfg.mailed {
		m.s = s
		cfg.Logger.Warn("authn: MailedCodes: a mailbox is no authenticator (SP 800-63B-4 §3.1.3.1), so mailed codes raise no assurance level")
	}
	return s, nil
}

// check fills defaults in its receiver and names what is missing.
func (cfg *Config) check() error {
	var errs []error
	need := func(ok bool, field string) {
		if !ok {
			errs = append(errs, fieldError(field, "is required"))
		}
	}
	need(cfg.Identity != nil, "Identity")
	if err := cfg.Provisioning.Validate(); err != nil {
		errs = append(errs, prefixed("Provisioning", err))
	}
	switch {
	case cfg.WithoutLockout != "" && cfg.Ledger != nil:
		errs = append(errs, fieldError("WithoutLockout", "contradicts Ledger"))
	case cfg.WithoutLockout == "":
		need(cfg.Ledger != nil, "Ledger")
		if identity.IsUnwritten(cfg.Identity) {
			errs = append(errs, fieldError("Identity", "is not written, so nothing of a login is remembered: say why in WithoutLockout"))
		}
	}
	if local := cfg.UnsafeLocalLedger; (local.Ledger == nil) != (local.Reason == "") {
		errs = append(errs, fieldError("UnsafeLocalLedger", "needs both Ledger and Reason, or neither"))
	} else if local.Ledger != nil && cfg.WithoutLockout != "" {
		errs = append(errs, fieldError("UnsafeLocalLedger", "contradicts WithoutLockout"))
	}
	need(cfg.Sessions != nil, "Sessions")
	need(cfg.Audit != nil, "Audit")
	need(cfg.Vault != nil, "Vault")
	need(cfg.Keys.Index != nil, "Keys.Index")
	need(cfg.Keys.Data != nil, "Keys.Data")
	need(cfg.Clock != nil, "Clock")
	need(cfg.Entropy != nil, "Entropy")
	need(!cfg.Tenant.IsZero(), "Tenant")
	need(cfg.Password != nil, "Password")
	need(cfg.Gate != nil, "Gate")
	need(cfg.Issuer != "", "Issuer")
	switch {
	case cfg.WithoutBlocklists != "" && len(cfg.Blocklists) > 0:
		errs = append(errs, fieldError("WithoutBlocklists", "contradicts Blocklists"))
	case cfg.WithoutBlocklists != "" && cfg.BlocklistsAtSignIn:
		errs = append(errs, fieldError("WithoutBlocklists", "contradicts BlocklistsAtSignIn"))
	case slices.Contains(cfg.Blocklists, nil):
		errs = append(errs, fieldError("Blocklists", "must not hold nil"))
	case cfg.WithoutBlocklists == "" && len(cfg.Blocklists) == 0:
		cfg.Blocklists = []password.Blocklist{blocklist.Common()}
	}
	if (cfg.Notes.Texts == nil) != (cfg.Notes.Mail == nil) {
		errs = append(errs, fieldError("Notes", "needs both Texts and Mail, or neither"))
	}
	if err := cfg.TOTP.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("authn: TOTP: %w", err))
	}
	if cfg.UserLock == (LockPolicy{}) {
		cfg.UserLock = UserLock()
	}
	if cfg.AddressLock == (LockPolicy{}) {
		cfg.AddressLock = AddressLock()
	}
	if err := cfg.UserLock.Validate(); err != nil {
		errs = append(errs, prefixed("UserLock", err))
	}
	if err := cfg.AddressLock.Validate(); err != nil {
		errs = append(errs, prefixed("AddressLock", err))
	}
	if len(cfg.Methods) == 0 {
		cfg.Methods = DefaultMethods()
	}
	mailed, wrong := cfg.bind()
	cfg.mailed, errs = mailed, append(errs, wrong...)
	if kinds, err := factor.NewRegistry(append(cfg.builtIn(), cfg.Factors...)...); err != nil {
		errs = append(errs, fmt.Errorf("authn: Factors: %w", err))
	} else if err := checkMethods(cfg.Methods, kinds); err != nil {
		errs = append(errs, fmt.Errorf("authn: Methods: %w", err))
	} else {
		cfg.kinds = kinds
	}
	if cfg.WithoutDeviceStepUp != "" && cfg.Devices == nil {
		errs = append(errs, fieldError("WithoutDeviceStepUp", "says nothing without Devices"))
	}
	if cfg.Enrolment == (EnrolmentPolicy{}) {
		cfg.Enrolment = EnrolmentPolicy{InlineFirst}
		if cfg.Floors.NoInlineEnrolment {
			cfg.Enrolment.Inline = InlineNever
		}
	}
	if err := cfg.Enrolment.Validate(); err != nil {
		errs = append(errs, prefixed("Enrolment", err))
	}
	if cfg.TOTP.Validate() == nil {
		if err := cfg.Floors.Check(cfg.devicePolicy(), cfg.UserLock, filledTOTP(cfg.TOTP), cfg.Enrolment); err != nil {
			errs = append(errs, err)
		}
	}
	if cfg.FlowDeadline == 0 {
		cfg.FlowDeadline = 15 * time.Minute
	}
	if cfg.FlowDeadline < time.Minute || cfg.FlowDeadline > time.Hour {
		errs = append(errs, fieldError("FlowDeadline", "must be between 1 min and 1 h"))
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	return errors.Join(errs...)
}

// devicePolicy is the program's own.
func (cfg *Config) devicePolicy() DevicePolicy {
	if cfg.WithoutDeviceStepUp != "" {
		return DevicePolicy{DeviceUnknown}
	}
	return DevicePolicy{DeviceTrusted}
}

func prefixed(field string, err error) error {
	var f *FieldError
	if errors.As(err, &f) {
		return fieldError(field+"."+f.Field, f.Rule)
	}
	return err
}
