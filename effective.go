package axess

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/session"
)

// setting is one line of the effective configuration.
type setting struct{ name, value string }

// effective is what the program runs with, defaults filled in and without
// secrets, in a fixed order. Two processes of equal lines serve the same
// sessions if they also share keys and stores (PRD-042).
func (c *checked) effective() []setting {
	lockout := c.Lockout
	if lockout == (authn.LockPolicy{}) {
		lockout = authn.UserLock()
	}
	least := c.Password.Min
	if least == 0 {
		least = password.MinAlone
	}
	cost := c.PasswordCost
	if cost == (password.Params{}) {
		cost = password.Lean()
	}
	timeouts, err := c.Timeouts.Complete()
	if err != nil {
		timeouts = c.Timeouts // check has refused it
	}
	extra := make([]string, len(c.extra))
	for i, o := range c.extra {
		extra[i] = o.String()
	}
	given := func(isGiven bool, otherwise string) string {
		if isGiven {
			return "given"
		}
		return otherwise
	}
	ownMail := "none"
	if c.dev {
		ownMail = "outbox page and terminal"
	}
	ownKeys := "ephemeral"
	if c.Stores.Identity.Info().Dir != "" {
		ownKeys = keyFile + " beside the database"
	}
	return []setting{
		{"Profile", c.Profile.String()},
		{"Origin", c.origin.String()},
		{"ExtraOrigins", strings.Join(extra, " ")},
		{"Stores", c.Stores.String()},
		{"Keys", given(c.Keys != nil, ownKeys)},
		{"Mail", given(c.Mail != nil, ownMail)},
		{"SignUp", []string{"unset", "open", "closed"}[c.SignUp]},
		{"Methods", methodNames(c.Methods)},
		{"Factors", factorNames(c.Factors)},
		{"Provisioning", fmt.Sprint(len(c.Provisioning.Issuers), " issuers")},
		{"Password", fmt.Sprintf("at least %d code points, none of the last %d", least, c.Password.History+1)},
		{"Blocklists", given(len(c.Blocklists) > 0, "the one in the program")},
		{"WithoutBlocklists", c.WithoutBlocklists},
		{"BlocklistsAtSignIn", fmt.Sprint(c.BlocklistsAtSignIn)},
		{"PasswordCost", cost.String()},
		{"Peppers", pepperNames(c.Peppers)},
		{"MigrateArgon2Until", dated(c.MigrateArgon2Until)},
		{"ForeignPasswords", given(c.ForeignPasswords != "", "refused")},
		{"Lockout", fmt.Sprintf("%+v", lockout)},
		{"Timeouts", fmt.Sprintf("%+v", timeouts)},
		{"TenantTimeouts", given(c.TenantTimeouts != nil, "none")},
		{"Tenant", given(c.Tenant != nil, "default alone")},
		{"TenantOrigin", given(c.TenantOrigin != nil, "none")},
		{"Floors", fmt.Sprintf("%+v", c.Floors)},
		{"Device", given(c.Device != nil, "none")},
		{"Devices", given(c.Devices != nil, "none")},
		{"WithoutDeviceStepUp", c.WithoutDeviceStepUp},
		{"Bindings", bindingNames(c.Bindings)},
		{"WithoutBinding", c.WithoutBinding},
		{"WithoutLockout", c.WithoutLockout},
		{"RecoveryHold", c.RecoveryHold.String()},
		{"Enrolment", string(c.enrolment())},
		{"TenantMails", fmt.Sprint(cmp.Or(c.TenantMails, authn.DefaultTenantMails))},
		{"NoImpersonation", fmt.Sprint(c.protected())},
		{"WithoutImpersonationNotice", c.WithoutImpersonationNotice},
		{"UnsafeLocalLockout", c.UnsafeLocalLockout},
		{"SessionLimit", fmt.Sprintf("%+v", c.SessionLimit)},
		{"ClientCert", certificateSource(c.ClientCert)},
		{"Proxies", fmt.Sprintf("%+v", c.Proxies)},
		{"BasePath", c.BasePath},
		{"Brand", c.renderer.BrandName()},
		{"UI", "languages " + strings.Join(c.renderer.Languages(), ", ") + "; pages " + c.renderer.Customized()},
		{"Uploads", fmt.Sprint(c.Uploads)},
		{"Health", fmt.Sprint(len(c.Health), " checks of the program's own")},
		{"RequireRoutes", fmt.Sprint(c.RequireRoutes)},
		{"SingleNode", c.SingleNode},
		{"MultiInstance", fmt.Sprint(c.MultiInstance)},
		{"Migrate", fmt.Sprint(c.Migrate)},
		{"InsecureDevListen", c.InsecureDevListen},
		{"secure cookies", fmt.Sprint(c.origin.secure())},
		{"peers of other machines", fmt.Sprint(!c.dev || c.InsecureDevListen != "")},
		{"causes on error pages", fmt.Sprint(c.dev)},
		{"strict transport security", fmt.Sprint(!c.dev)},
		{"opened sessions wait in memory", fmt.Sprint(c.memo() != session.WithoutMemo)},
	}
}

// pepperNames are the ids of keys, the one of new hashes first.
func pepperNames(list []password.Pepper) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.ID
	}
	return cmp.Or(strings.Join(names, " "), "none")
}

func dated(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

// protected are the roles whose holders nobody acts as.
func (c *checked) protected() []identity.Role {
	roles := append([]identity.Role{identity.RoleAdmin}, c.NoImpersonation...)
	slices.Sort(roles)
	return slices.Compact(roles)
}

// memo is the bound of opened session bodies in memory. Under Regulated none waits
// there: the time that it spares is not worth an explanation to an auditor.
func (c *checked) memo() int {
	if c.Profile == Regulated {
		return session.WithoutMemo
	}
	return 0
}

// digest names the effective configuration in the trail.
func (c *checked) digest() string {
	h := sha256.New()
	for _, s := range c.effective() {
		fmt.Fprintf(h, "%q=%q\n", s.name, s.value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// certificateSource says where client certificates come from.
func certificateSource(c clientcert.Config) string {
	if c.Form == clientcert.Connection {
		return "connection"
	}
	return fmt.Sprintf("%s %s from %s", c.Form, c.Field, strings.Join(c.Trusted, " "))
}

// bindingNames says what sessions are bound to.
func bindingNames(list []session.Binding) string {
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.String()
	}
	return strings.Join(names, ", ")
}

// methodNames says which ways to sign in are stated, and their steps.
func factorNames(verifiers []factor.Verifier) string {
	if len(verifiers) == 0 {
		return "password and app"
	}
	var names []string
	for _, v := range verifiers {
		names = append(names, string(v.Traits().Kind))
	}
	return "password, app, " + strings.Join(names, ", ")
}

func methodNames(methods []identity.Method) string {
	if len(methods) == 0 {
		return "as the tenant has them; password for a new one"
	}
	var out []string
	for _, m := range methods {
		var steps []string
		for _, s := range m.Steps {
			steps = append(steps, fmt.Sprint(s.Kinds()))
		}
		out = append(out, m.Name+map[bool]string{true: " ", false: " (off) "}[m.Enabled]+strings.Join(steps, " then "))
	}
	return strings.Join(out, "; ")
}
