package axess_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/ui"
)

// production is a configuration that Standard takes.
func production() axess.Config {
	return axess.Config{
		Origin: "https://app.example.com", Stores: memory.New(memory.Config{}).Stores(), SingleNode: "a test",
		Keys: keys.Ephemeral(entropy.Seeded(3)), Mail: &mail.Outbox{}, SignUp: axess.SignUpOpen,
		PasswordCost: password.InsecureCheap(), Logger: slog.New(slog.DiscardHandler),
	}
}

// development is one that Development takes.
func development() axess.Config {
	return axess.Config{
		Origin: "http://localhost:8080", Stores: memory.New(memory.Config{}).Stores(),
		PasswordCost: password.InsecureCheap(), Logger: slog.New(slog.DiscardHandler),
	}
}

// build makes and closes a program.
func build(t *testing.T, cfg axess.Config) error {
	t.Helper()
	a, err := axess.New(t.Context(), cfg)
	if err != nil {
		return err
	}
	return a.Close(context.WithoutCancel(t.Context()))
}

// problems of an error, as "Field code".
func problems(t *testing.T, err error) []string {
	t.Helper()
	var refused *axess.ConfigError
	if err != nil && !errors.As(err, &refused) {
		t.Fatalf("not a ConfigError: %v", err)
	}
	var out []string
	if refused != nil {
		for _, p := range refused.Problems {
			out = append(out, p.Field+" "+p.Code)
		}
	}
	return out
}

func durable(cfg *axess.Config) {
	cfg.Stores = fronttest.Told(cfg.Stores, func(i *backend.Info) { i.Durable = true })
}

func shared(cfg *axess.Config) {
	cfg.Stores = fronttest.Told(cfg.Stores, func(i *backend.Info) { i.Shared, i.Durable = true, true })
}

// Every refusal, what it is called, and that its printed cure, applied, makes it
// vanish: cure is what the text says to do, and line the part of the text that
// says so. PRD-006, PRD-010, PRD-011, PRD-018, PRD-040, PRD-041, PRD-050
func TestNew_refuses(t *testing.T) {
	t.Parallel()
	standard := func(cfg *axess.Config) { cfg.Origin = "https://app.example.com" }
	for name, tc := range map[string]struct {
		from  func() axess.Config
		spoil func(*axess.Config)
		want  string
		line  string
		cure  func(*axess.Config)
	}{
		"no origin":                                  {production, func(c *axess.Config) { c.Origin = "" }, "Origin origin_invalid", `"https://app.example.com"`, standard},
		"origin with a path":                         {production, func(c *axess.Config) { c.Origin = "https://app.example.com/" }, "Origin origin_invalid", `"https://app.example.com"`, standard},
		"origin without tls":                         {production, func(c *axess.Config) { c.Origin = "http://app.example.com" }, "Origin origin_not_https", `"https://app.example.com"`, standard},                                                                               // SES-132
		"loopback without tls in Standard":           {production, func(c *axess.Config) { c.Origin, c.Profile = "http://localhost:8080", axess.Standard }, "Origin origin_not_https", `"https://localhost:8080"`, func(c *axess.Config) { c.Origin = "https://localhost:8080" }}, // SES-132
		"extra origin":                               {production, func(c *axess.Config) { c.ExtraOrigins = []string{"https://b.example.com", "b.example"} }, "ExtraOrigins origin_invalid", `"https://app.example.com"`, func(c *axess.Config) { c.ExtraOrigins[1] = "https://app.example.com" }},
		"extra origin without tls":                   {production, func(c *axess.Config) { c.ExtraOrigins = []string{"http://b.example.com:81"} }, "ExtraOrigins origin_not_https", `"https://b.example.com:81"`, func(c *axess.Config) { c.ExtraOrigins = []string{"https://b.example.com:81"} }},
		"local extra origin without tls in Standard": {production, func(c *axess.Config) { c.ExtraOrigins = []string{"http://localhost:8080"} }, "ExtraOrigins origin_not_https", `"https://localhost:8080"`, func(c *axess.Config) { c.ExtraOrigins = []string{"https://localhost:8080"} }},
		"no stores":                                  {development, func(c *axess.Config) { c.Stores = backend.Stores{} }, "Stores stores_missing", "memory.New(memory.Config{}).Stores()", func(c *axess.Config) { c.Stores = memory.New(memory.Config{}).Stores() }},
		"a port missing":                             {development, func(c *axess.Config) { c.Stores.Throttle = nil }, "Stores stores_missing", "memory.New(memory.Config{}).Stores()", func(c *axess.Config) { c.Stores = memory.New(memory.Config{}).Stores() }},
		"memory in Standard":                         {production, func(c *axess.Config) { c.SingleNode = "" }, "Stores memory_refused", `SingleNode: "a demonstration"`, func(c *axess.Config) { c.SingleNode = "a demonstration" }},
		"memory in Regulated":                        {production, func(c *axess.Config) { c.SingleNode, c.Profile, c.PasswordCost = "", axess.Regulated, password.Lean() }, "Stores memory_refused", "durable backend", durable},
		"sessions on memory in Standard": {production, func(c *axess.Config) {
			durable(c)
			c.SingleNode, c.Stores = "", c.Stores.WithSession(memory.New(memory.Config{}).Stores())
		}, "Stores memory_refused", `SingleNode: "a demonstration"`, func(c *axess.Config) { c.SingleNode = "a demonstration" }},
		"several processes on memory": {development, func(c *axess.Config) { c.MultiInstance, c.Keys = true, keys.Ephemeral(entropy.Seeded(1)) }, "Stores stores_not_shared", "a backend that processes share", shared},
		"several processes, one group alone": {development, func(c *axess.Config) {
			shared(c)
			c.MultiInstance, c.Keys = true, keys.Ephemeral(entropy.Seeded(1))
			c.Stores = c.Stores.WithSession(memory.New(memory.Config{}).Stores())
		}, "Stores stores_not_shared", "leave MultiInstance out", func(c *axess.Config) { c.MultiInstance = false }},
		"several processes without keys":     {development, func(c *axess.Config) { shared(c); c.MultiInstance = true }, "Keys keys_missing", `keys.File("axess.keys")`, func(c *axess.Config) { c.Keys = keys.Ephemeral(entropy.Seeded(1)) }},
		"several processes on a single node": {production, func(c *axess.Config) { shared(c); c.MultiInstance = true }, "SingleNode config_invalid", "remove SingleNode", func(c *axess.Config) { c.SingleNode = "" }},
		"unknown profile":                    {production, func(c *axess.Config) { c.Profile = 9 }, "Profile config_invalid", "axess.Standard", func(c *axess.Config) { c.Profile = axess.Standard }},
		"Development for the world":          {production, func(c *axess.Config) { c.Profile = axess.Development }, "Profile config_invalid", "axess.Standard", func(c *axess.Config) { c.Profile = axess.Standard }},
		"Development with a name for the world": {development, func(c *axess.Config) {
			c.Profile, c.ExtraOrigins = axess.Development, []string{"https://tunnel.example"}
		}, "Profile config_invalid", "leave ExtraOrigins empty", func(c *axess.Config) { c.ExtraOrigins = nil }},
		"no keys": {production, func(c *axess.Config) { c.Keys = nil }, "Keys keys_missing", `keys.File("axess.keys")`, func(c *axess.Config) {
			path := t.TempDir() + "/axess.keys"
			if err := keys.Init(path, entropy.System(), time.Now()); err != nil {
				t.Error(err)
			}
			c.Keys = keys.File(path)
		}},
		"no mail": {production, func(c *axess.Config) { c.Mail = nil }, "Mail mail_missing", "mail.Sender", func(c *axess.Config) { c.Mail = &mail.Outbox{} }},
		// A closed sign-up still tells by mail of changed factors.
		"no mail and no sign-up":  {production, func(c *axess.Config) { c.Mail, c.SignUp = nil, axess.SignUpClosed }, "Mail mail_missing", "mail.Sender", func(c *axess.Config) { c.Mail = &mail.Outbox{} }},
		"sign-up not stated":      {production, func(c *axess.Config) { c.SignUp = axess.SignUpUnset }, "SignUp sign_up_unset", "axess.SignUpClosed", func(c *axess.Config) { c.SignUp = axess.SignUpClosed }},
		"unknown sign-up":         {production, func(c *axess.Config) { c.SignUp = 9 }, "SignUp config_invalid", "axess.SignUpClosed", func(c *axess.Config) { c.SignUp = axess.SignUpClosed }},
		"password":                {development, func(c *axess.Config) { c.Password.Min = 7 }, "Password config_invalid", "between 15 and 64", func(c *axess.Config) { c.Password.Min = 15 }},
		"short password alone":    {development, func(c *axess.Config) { c.Password.Min = 14 }, "Password config_invalid", "leave Password zero", func(c *axess.Config) { c.Password.Min = 0 }},
		"short password, app":     {development, func(c *axess.Config) { c.Password.Min = 8 }, "Password config_invalid", "authn.MFAMethods()", func(c *axess.Config) { c.Methods = authn.MFAMethods() }},
		"factor without verifier": {development, func(c *axess.Config) { c.Methods = methodOf("passkey") }, "Methods config_invalid", "authn.MFAMethods()", func(c *axess.Config) { c.Methods = authn.MFAMethods() }},
		"no method":               {development, func(c *axess.Config) { c.Methods = methodOf(factor.Password); c.Methods[0].Enabled = false }, "Methods config_invalid", "leave Methods empty", func(c *axess.Config) { c.Methods = nil }},
		"method for nobody": {development, func(c *axess.Config) {
			c.Methods = methodOf(factor.TOTP)
			c.Methods = append(c.Methods, identity.Method{Name: "x", Steps: []identity.Step{identity.Required(factor.EmailLink)}})
		}, "Methods config_invalid", "authn.DefaultMethods()", func(c *axess.Config) { c.Methods = authn.DefaultMethods() }},
		"cheap hash in Regulated": {production, func(c *axess.Config) { durable(c); c.SingleNode, c.Profile = "", axess.Regulated }, "PasswordCost config_invalid", "password.Strong()", func(c *axess.Config) { c.PasswordCost = password.Strong() }},
		"lockout":                 {development, func(c *axess.Config) { c.Lockout.Threshold = 3 }, "Lockout config_invalid", "authn.UserLock()", func(c *axess.Config) { c.Lockout = authn.UserLock(); c.Lockout.Threshold = 3 }},
		"timeouts":                {development, func(c *axess.Config) { c.Timeouts.Idle = time.Second }, "Timeouts config_invalid", "session.AAL1()", func(c *axess.Config) { c.Timeouts = session.AAL1() }},
		"session limit":           {development, func(c *axess.Config) { c.SessionLimit.Max = 1001 }, "SessionLimit config_invalid", "1000", func(c *axess.Config) { c.SessionLimit.Max = 1000 }},
		"upload":                  {development, func(c *axess.Config) { c.Uploads = []csrf.Upload{csrf.Multipart("POST /a", 1)} }, "Uploads config_invalid", "4<<10", func(c *axess.Config) { c.Uploads = []csrf.Upload{csrf.Multipart("POST /avatar", 4<<10)} }},
		"negative session limit":  {development, func(c *axess.Config) { c.SessionLimit.Max = -1 }, "SessionLimit config_invalid", "0", func(c *axess.Config) { c.SessionLimit.Max = 0 }},
		"proxies":                 {development, func(c *axess.Config) { c.Proxies.Trusted = []string{"10.0.0.5/8"} }, "Proxies config_invalid", `[]string{"10.0.0.0/8"}`, func(c *axess.Config) { c.Proxies.Trusted = []string{"10.0.0.0/8"} }},
		"proxies everywhere":      {development, func(c *axess.Config) { c.Proxies.Trusted = []string{"0.0.0.0/0"} }, "Proxies config_invalid", `[]string{"10.0.0.0/8"}`, func(c *axess.Config) { c.Proxies.Trusted = []string{"10.0.0.0/8"} }},
		"brand":                   {development, func(c *axess.Config) { c.Brand.Name = strings.Repeat("x", 65) }, "Brand config_invalid", "64", func(c *axess.Config) { c.Brand.Name = strings.Repeat("x", 64) }},
		// UIX-081, UIX-084
		"template": {development, func(c *axess.Config) {
			c.UI.Templates = fstest.MapFS{"signed_out.html": {Data: []byte(`{{define "main"}}<h1>{{.Gone}}</h1>{{end}}`)}}
		}, "UI config_invalid", "ui.Check", func(c *axess.Config) {
			c.UI.Templates = fstest.MapFS{"signed_out.html": {Data: []byte(`{{define "main"}}<h1>{{.Heading}}</h1>{{end}}`)}}
		}},
		"theme":                    {development, func(c *axess.Config) { c.UI.Theme.Light.Accent = "#ffff00" }, "UI config_invalid", "Theme.Check", func(c *axess.Config) { c.UI.Theme.Light.Accent = "#1f5f8b" }},
		"single node in Regulated": {production, func(c *axess.Config) { durable(c); c.Profile, c.PasswordCost = axess.Regulated, password.Lean() }, "SingleNode config_invalid", "remove SingleNode", func(c *axess.Config) { c.SingleNode = "" }},
		"a trait bound twice": {production, func(c *axess.Config) {
			c.Bindings = []session.Binding{{Component: session.BindUserAgent}, {Component: session.BindUserAgentExact}}
		}, "Bindings config_invalid", "leave it empty", func(c *axess.Config) { c.Bindings = nil }},
		"bound and not bound": {production, func(c *axess.Config) {
			c.Bindings, c.WithoutBinding = session.DefaultBindings(), "why"
		}, "WithoutBinding config_invalid", "remove WithoutBinding", func(c *axess.Config) { c.WithoutBinding = "" }},
		"no lockout and one": {production, func(c *axess.Config) { // IDN-065
			c.Lockout, c.WithoutLockout = authn.UserLock(), "why"
		}, "WithoutLockout config_invalid", "remove WithoutLockout", func(c *axess.Config) { c.WithoutLockout = "" }},
		"no blocklists and one": {production, func(c *axess.Config) { // FAC-021
			c.Blocklists, c.WithoutBlocklists = []password.Blocklist{blocklist.Common()}, "why"
		}, "WithoutBlocklists config_invalid", "remove one", func(c *axess.Config) { c.WithoutBlocklists = "" }},
		"a blocklist that is none": {production, func(c *axess.Config) { // FAC-021
			c.Blocklists = []password.Blocklist{nil}
		}, "Blocklists config_invalid", "leave Blocklists empty", func(c *axess.Config) { c.Blocklists = nil }},
		"no blocklists in Regulated": {production, func(c *axess.Config) { // FAC-021
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode, c.WithoutBlocklists = axess.Regulated, password.Lean(), "", "why"
		}, "WithoutBlocklists config_invalid", "remove WithoutBlocklists", func(c *axess.Config) { c.WithoutBlocklists = "" }},
		"a short pepper": {production, func(c *axess.Config) { // FAC-014
			c.Peppers = []password.Pepper{{ID: "one", Key: seal.NewSecret(make([]byte, 31))}}
		}, "Peppers config_invalid", "32 bytes", func(c *axess.Config) { c.Peppers = nil }},
		"no hash of another system": {production, func(c *axess.Config) { // FAC-015
			c.ForeignPasswords = "md5:5f4dcc3b5aa765d61d8327deb882cf99"
		}, "ForeignPasswords config_invalid", "password.Foreign", func(c *axess.Config) { c.ForeignPasswords = "" }},
		"no lockout in Regulated": {production, func(c *axess.Config) { // IDN-065
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode, c.WithoutLockout = axess.Regulated, password.Lean(), "", "why"
		}, "WithoutLockout config_invalid", "remove WithoutLockout", func(c *axess.Config) { c.WithoutLockout = "" }},
		"no lockout and one of the process": {production, func(c *axess.Config) { // AUN-060
			c.WithoutLockout, c.UnsafeLocalLockout = "why", "why"
		}, "UnsafeLocalLockout config_invalid", "remove one", func(c *axess.Config) { c.UnsafeLocalLockout = "" }},
		"a hold below nothing": {production, func(c *axess.Config) { c.RecoveryHold = -1 }, // AUN-136
			"RecoveryHold config_invalid", "24 h", func(c *axess.Config) { c.RecoveryHold = 0 }},
		"a hold of a year": {production, func(c *axess.Config) { c.RecoveryHold = 365 * 24 * time.Hour }, // AUN-136
			"RecoveryHold config_invalid", "24 h", func(c *axess.Config) { c.RecoveryHold = 24 * time.Hour }},
		"mails of a tenant": {production, func(c *axess.Config) { c.TenantMails = 9 }, // AUN-128
			"TenantMails config_invalid", "1,000", func(c *axess.Config) { c.TenantMails = 10 }},
		"more mails than anybody reads": {production, func(c *axess.Config) { c.TenantMails = 100_001 }, // AUN-128
			"TenantMails config_invalid", "1,000", func(c *axess.Config) { c.TenantMails = 100_000 }},
		"a role that there cannot be": {production, func(c *axess.Config) { c.NoImpersonation = []identity.Role{"axess.nobody"} }, // AUN-140
			"NoImpersonation config_invalid", `"payroll"`, func(c *axess.Config) { c.NoImpersonation = []identity.Role{"payroll"} }},
		"devices that nothing recognizes": {production, func(c *axess.Config) { c.Devices = nobodysDevices{} }, // AUN-106
			"Devices config_invalid", "set Device", func(c *axess.Config) {
				c.Device = func(context.Context, *http.Request, identity.DeviceID) (identity.DeviceID, error) {
					return identity.DeviceID{}, nil
				}
			}},
		"no step-up of no devices": {production, func(c *axess.Config) { c.WithoutDeviceStepUp = "why" }, // AUN-106
			"WithoutDeviceStepUp config_invalid", "remove", func(c *axess.Config) { c.WithoutDeviceStepUp = "" }},
		"enrolment of everybody": {production, func(c *axess.Config) { c.Enrolment = "always" }, // AUN-032
			"Enrolment config_invalid", "authn.InlineNever", func(c *axess.Config) { c.Enrolment = authn.InlineNever }},
		"enrolment below a floor": {production, func(c *axess.Config) { // AUN-032, IDN-072
			c.Enrolment, c.Floors.NoInlineEnrolment = authn.InlineFirst, true
		}, "Floors config_invalid", "lower the floor", func(c *axess.Config) { c.Enrolment = "" }},
		"a lockout of the process in Regulated": {production, func(c *axess.Config) { // AUN-060
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode, c.UnsafeLocalLockout = axess.Regulated, password.Lean(), "", "why"
		}, "UnsafeLocalLockout config_invalid", "remove UnsafeLocalLockout", func(c *axess.Config) { c.UnsafeLocalLockout = "" }},
		"no binding in Regulated": {production, func(c *axess.Config) {
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode, c.WithoutBinding = axess.Regulated, password.Lean(), "", "why"
		}, "WithoutBinding config_invalid", "remove WithoutBinding", func(c *axess.Config) { c.WithoutBinding = "" }},
		"a binding that refuses nothing in Regulated": {production, func(c *axess.Config) {
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode = axess.Regulated, password.Lean(), ""
			c.Bindings = []session.Binding{{Component: session.BindUserAgent, Action: session.Observe}, {Component: session.BindIPPrefix}}
		}, "Bindings config_invalid", "leave Bindings empty", func(c *axess.Config) { c.Bindings = nil }},
		"open development in Regulated": {production, func(c *axess.Config) {
			durable(c)
			c.Profile, c.PasswordCost, c.SingleNode, c.InsecureDevListen = axess.Regulated, password.Lean(), "", "why"
		}, "InsecureDevListen config_invalid", "remove InsecureDevListen", func(c *axess.Config) { c.InsecureDevListen = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := tc.from()
			tc.spoil(&cfg)
			err := build(t, cfg)
			if got := problems(t, err); !slices.Equal(got, []string{tc.want}) {
				t.Fatalf("refused %q, want only %q", got, tc.want)
			}
			_, code, _ := strings.Cut(tc.want, " ")
			if !errors.Is(err, axess.ConfigCode(code)) || errors.Is(err, axess.ConfigCode("nothing")) || errors.Is(err, io.EOF) {
				t.Error("errors.Is does not find the code, or finds others")
			}
			var refused *axess.ConfigError
			errors.As(err, &refused)
			p := refused.Problems[0]
			if p.Detail == "" || !strings.Contains(p.Fix, tc.line) {
				t.Errorf("the cure %q does not say %q", p.Fix, tc.line)
			}
			for _, part := range []string{p.Field, p.Detail, p.Code, p.Fix} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in the text %q", part, err)
				}
			}
			tc.cure(&cfg)
			if err := build(t, cfg); err != nil {
				t.Errorf("the cure does not cure: %v", err)
			}
		})
	}
}

// PRD-023: what cannot serve several processes, or ends with one, is named.
func TestNew_names_the_group_that_is_refused(t *testing.T) {
	t.Parallel()
	mixed := production()
	shared(&mixed)
	mixed.SingleNode = ""
	mixed.Stores = mixed.Stores.WithThrottle(memory.New(memory.Config{}).Stores())
	err := build(t, mixed)
	if err == nil || !strings.Contains(err.Error(), "what is kept in Throttle on memory ends with the process") {
		t.Errorf("got %v", err)
	}
	mixed.MultiInstance = true
	err = build(t, mixed)
	if err == nil || !strings.Contains(err.Error(), "its own Throttle on memory [stores_not_shared]") {
		t.Errorf("got %v", err)
	}
	shared(&mixed)
	if err := build(t, mixed); err != nil {
		t.Errorf("stores that all processes share are refused: %v", err)
	}
}

// PRD-023: a schema that is behind is refused wherever in a mixture it is.
func TestNew_asks_every_group_for_its_schema(t *testing.T) {
	t.Parallel()
	cfg := production()
	shared(&cfg)
	elsewhere := fronttest.Told(memory.New(memory.Config{}).Stores(), func(i *backend.Info) {
		i.Name, i.Durable, i.Schema = "elsewhere", true, &tables{have: 1, need: 2}
	})
	for _, mixed := range []backend.Stores{cfg.Stores.WithSession(elsewhere), cfg.Stores.WithThrottle(elsewhere)} {
		cfg.Stores = mixed
		err := build(t, cfg)
		if !errors.Is(err, axess.ConfigCode("schema_behind")) || !strings.Contains(err.Error(), "the elsewhere database") {
			t.Errorf("%v: %v", mixed, err)
		}
	}
}

// PRD-010: all of it at once, in the order of the fields.
func TestNew_lists_every_problem_in_order(t *testing.T) {
	t.Parallel()
	err := build(t, axess.Config{
		Origin: "http://app.example.com", ExtraOrigins: []string{"*", "http://b.example.com"}, Profile: axess.Regulated, SignUp: 0,
		Password: password.Policy{Min: 1}, PasswordCost: password.InsecureCheap(), Lockout: authn.LockPolicy{Threshold: -1},
		Timeouts: session.Timeouts{Idle: -1}, SessionLimit: session.LimitPolicy{Max: -1}, Proxies: clientip.Config{Trusted: []string{"x"}},
		Brand: ui.Brand{Name: "\x00"}, UI: ui.Custom{HelpURL: "help"}, SingleNode: "x", InsecureDevListen: "y",
	})
	got := problems(t, err)
	want := []string{
		"Origin origin_not_https", "ExtraOrigins origin_invalid", "ExtraOrigins origin_not_https", "Stores stores_missing",
		"Keys keys_missing", "Mail mail_missing", "SignUp sign_up_unset", "Password config_invalid", "PasswordCost config_invalid",
		"Lockout config_invalid", "Timeouts config_invalid", "SessionLimit config_invalid", "Proxies config_invalid", "Brand config_invalid", "UI config_invalid",
		"SingleNode config_invalid", "InsecureDevListen config_invalid",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	typ, at := reflect.TypeFor[axess.Config](), -1
	for _, p := range got {
		name, _, _ := strings.Cut(p, " ")
		f, ok := typ.FieldByName(name)
		if !ok || f.Index[0] < at {
			t.Errorf("%s is out of the order of Config's fields", name)
		}
		at = f.Index[0]
	}
	// An origin that says nothing leaves the profile open: only what is known to
	// be wrong is listed.
	err = build(t, axess.Config{Origin: "localhost:8080", Stores: memory.New(memory.Config{}).Stores()})
	if got := problems(t, err); !slices.Equal(got, []string{"Origin origin_invalid"}) {
		t.Errorf("a typing error in the origin is answered with %q", got)
	}
}

// PRD-040, PRD-018
func TestNew_profile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		origin, want string
		extra        []string
		stated       axess.Profile
	}{
		{origin: "http://localhost", want: "development"},
		{origin: "http://localhost:8080", want: "development"},
		{origin: "https://localhost:8443", want: "development"},
		{origin: "http://app.localhost:8080", want: "development"},
		{origin: "http://127.0.0.1:8080", want: "development"},
		{origin: "http://127.9.9.9:8080", want: "development"},
		{origin: "http://[::1]:8080", want: "development"},
		{origin: "http://localhost:8080", extra: []string{"http://app.localhost:8080"}, want: "development"},
		{origin: "https://localhost:8443", extra: []string{"https://app.example.com"}, want: "standard"},
		{origin: "https://app.example.com", want: "standard"},
		{origin: "https://localhost.example.com", want: "standard"},
		{origin: "https://notlocalhost", want: "standard"},
		{origin: "https://app.example.com", extra: []string{"https://localhost:8443"}, want: "standard"},
		{origin: "https://localhost:8443", stated: axess.Standard, want: "standard"},
	} {
		t.Run(tc.origin+" "+strings.Join(tc.extra, " "), func(t *testing.T) {
			t.Parallel()
			var log logtest.Buffer
			cfg := production()
			cfg.Origin, cfg.ExtraOrigins, cfg.Profile = tc.origin, tc.extra, tc.stated
			cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil))
			if err := build(t, cfg); err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(log.Take(), "\n")
			if !strings.Contains(first, `"profile":"`+tc.want+`"`) || !strings.Contains(first, `"because":"`) {
				t.Errorf("the first line of the log does not say %s and why: %s", tc.want, first)
			}
		})
	}
}

// What is weaker than the default says so at every start. PRD-033, PRD-043
func TestNew_warns(t *testing.T) {
	t.Parallel()
	var log logtest.Buffer
	cfg := development()
	cfg.Logger, cfg.InsecureDevListen = slog.New(slog.NewJSONHandler(&log, nil)), "a container"
	if err := build(t, cfg); err != nil {
		t.Fatal(err)
	}
	text := log.Take()
	for _, part := range []string{"keys live in memory only", "InsecureDevListen", "a container", "PasswordCost"} {
		if !strings.Contains(text, part) {
			t.Errorf("no warning about %q:\n%s", part, text)
		}
	}
	cfg = production()
	cfg.Logger, cfg.PasswordCost = slog.New(slog.NewJSONHandler(&log, nil)), password.Params{}
	if err := build(t, cfg); err != nil {
		t.Fatal(err)
	}
	if text := log.Take(); strings.Count(text, `"WARN"`) != 1 || !strings.Contains(text, "SingleNode") {
		t.Errorf("warnings of a good configuration:\n%s", text)
	}
}

// PRD-015: what happens to the Config afterwards is nobody's business.
func TestNew_keeps_no_reference(t *testing.T) {
	t.Parallel()
	extra := []string{"https://b.example.com"}
	trusted := []string{"10.0.0.0/8"}
	var kept *axess.Config
	s := fronttest.New(t, fronttest.Standard, func(c *axess.Config) {
		c.ExtraOrigins, c.Proxies.Trusted = extra, trusted
		kept = c
	})
	extra[0], trusted[0] = "https://evil.example", "0.0.0.0/0"
	*kept = axess.Config{}
	b := s.Browser()
	for host, want := range map[string]int{"app.example.com": 200, "b.example.com": 200, "evil.example": 421} {
		r := b.Request("GET", "/auth/sign-in", nil)
		r.Host = host
		b.Send(r).Is(t, want)
	}
	r := b.Request("GET", "/auth/sign-in", nil)
	r.RemoteAddr = "192.0.2.1:80"
	r.Header.Set("X-Forwarded-For", "10.1.1.1")
	b.Send(r).Is(t, 200)
	s.Person("ada@example.org")
}

// PRD-015: a configuration in a log gives nothing away.
func TestConfig_prints_no_secret(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(3)
	rings, err := keys.Generate(src, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := production()
	cfg.Keys = keys.Ephemeral(entropy.Seeded(3))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, cfg)
		for _, k := range rings.Cookie.Keys() {
			raw := k.Master.Reveal()
			for _, form := range []string{string(raw), fmt.Sprint(raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%#v", raw)} {
				if strings.Contains(text, strings.Trim(form, "[]")) {
					t.Errorf("%s prints a key", verb)
				}
			}
		}
	}
}

// Sixty-four programs that start at once on empty stores make one tenant.
// PRD-024
func TestNew_makes_one_tenant(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	made := &tenants{Identity: stores.Identity, ids: map[identity.TenantID]bool{}}
	made.absent.Add(64)
	stores.Identity = made
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			cfg := development()
			cfg.Stores = stores
			cfg.Clock = clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
			if err := build(t, cfg); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.ids) != 1 || !made.ids[view.Tenant.ID] {
		t.Errorf("%d tenants were made", len(made.ids))
	}
	if len(view.Methods) == 0 {
		t.Error("the tenant has no method to sign in with")
	}
	// A second start finds it.
	cfg := development()
	cfg.Stores = stores
	if err := build(t, cfg); err != nil {
		t.Fatal(err)
	}
	if len(made.ids) != 1 {
		t.Error("a second start made another tenant")
	}
}

// tenants notes which were made.
type tenants struct {
	backend.Identity
	mu  sync.Mutex
	ids map[identity.TenantID]bool
	// absent holds back whoever found nothing until all have.
	absent sync.WaitGroup
}

func (a *tenants) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	view, err := a.Identity.TenantBySlug(ctx, slug)
	if errors.Is(err, store.ErrNotFound) {
		a.absent.Done()
		a.absent.Wait()
	}
	return view, err
}

func (a *tenants) Apply(ctx context.Context, changes ...identity.Change) error {
	err := a.Identity.Apply(ctx, changes...)
	if n, ok := changes[0].(identity.NewTenant); ok && err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.ids[n.Tenant.ID] = true
	}
	return err
}

// downAdmin answers nothing.
type downAdmin struct{ backend.Identity }

func (downAdmin) TenantBySlug(context.Context, string) (identity.TenantView, error) {
	return identity.TenantView{}, store.ErrUnavailable
}

// nobodysDevices are trusted by nobody.
type nobodysDevices struct{}

func (nobodysDevices) DeviceTrust(context.Context, identity.Subject, identity.DeviceID) (authn.DeviceTrust, error) {
	return authn.DeviceUnknown, nil
}
