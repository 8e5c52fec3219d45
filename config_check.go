package axess

import (
	"cmp"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/ui"
)

// checked is a Config after it was found good, with every default filled in.
type checked struct {
	Config
	origin   origin
	extra    []origin
	dev      bool
	why      string // the profile was chosen
	client   *clientip.Resolver
	renderer *ui.Renderer
	// ephemeral: the keys end with the process.
	ephemeral bool
}

// fieldOrder is that of Config, for the fields that can be wrong.
var fieldOrder = []string{
	"Origin", "ExtraOrigins", "Stores", "Profile", "Keys", "Mail", "SignUp", "Methods", "Provisioning", "Password", "Blocklists", "WithoutBlocklists", "PasswordCost", "Peppers", "MigrateArgon2Until", "ForeignPasswords",
	"Lockout", "WithoutLockout", "RecoveryHold", "Enrolment", "TenantMails", "NoImpersonation", "UnsafeLocalLockout", "Timeouts", "Floors", "Devices", "WithoutDeviceStepUp", "Bindings", "WithoutBinding", "SessionLimit", "ClientCert", "Proxies", "BasePath", "Brand", "UI", "Uploads", "Health", "SingleNode", "MultiInstance", "Migrate", "InsecureDevListen",
}

// findings collects what is wrong.
type findings []Problem

// add reports a code; empty texts are those of the code's own documentation.
func (f *findings) add(field string, code problem.Code, detail, fix string) {
	if detail == "" {
		detail = code.Cause()
	}
	if fix == "" {
		fix = code.Cure()
	}
	*f = append(*f, Problem{field, code.String(), detail, fix})
}

// settle reports a value that its own package refuses.
func (f *findings) settle(field string, err error, fix string) {
	if err != nil {
		f.add(field, problem.ConfigInvalid, err.Error(), fix)
	}
}

// Check reports what [New] would refuse about the values themselves, as a
// *[ConfigError] with every problem. It reads no key, asks no store and starts
// nothing.
func (c Config) Check() error {
	_, err := check(c)
	return err
}

// check finds everything that is wrong before anything is done (PRD-010).
func check(cfg Config) (checked, error) {
	c := checked{Config: cfg}
	var f findings
	known := c.checkOrigins(&f)
	c.checkStores(&f, known)
	c.checkProfile(&f)
	if known && !c.dev {
		c.checkStated(&f)
	}
	c.checkValues(&f)
	if c.Profile == Regulated {
		c.checkRegulated(&f)
	}
	if len(f) > 0 {
		slices.SortStableFunc(f, func(a, b Problem) int { return slices.Index(fieldOrder, a.Field) - slices.Index(fieldOrder, b.Field) })
		return c, &ConfigError{f}
	}
	c.fill()
	return c, nil
}

// checkOrigins also settles the profile. known is false when neither the
// configuration nor the origin says which one it is: what a profile demands is
// then not held against the configuration.
func (c *checked) checkOrigins(f *findings) (known bool) {
	var err error
	if c.origin, err = parseOrigin(c.Origin); err != nil {
		f.add("Origin", problem.OriginInvalid, err.Error(), `set Origin to scheme and host, and a port if it is not the usual one: "https://app.example.com"`)
	}
	bad := make([]error, len(c.ExtraOrigins))
	local := c.origin.loopback
	for i, s := range c.ExtraOrigins {
		o, err := parseOrigin(s)
		bad[i] = err
		local = local && (err != nil || o.loopback)
		c.extra = append(c.extra, o)
	}
	known = err == nil || c.Profile != ProfileFromOrigin
	c.why = "stated"
	if c.Profile == ProfileFromOrigin {
		c.Profile, c.why = Standard, "an origin is not on this machine"
		if local {
			c.Profile, c.why = Development, "every origin is on this machine"
		}
	}
	c.dev = c.Profile == Development
	// Cookies without Secure are for development on this machine alone.
	plain := func(field string, o origin) {
		if !o.secure() && !(o.loopback && c.dev) {
			f.add(field, problem.OriginNotHTTPS, "http outside development on this machine would send cookies in the clear",
				`use https: "https://`+o.hostport()+`", with own certificates or behind a proxy listed in Proxies`)
		}
	}
	if err == nil && known {
		plain("Origin", c.origin)
	}
	for i, o := range c.extra {
		switch {
		case bad[i] != nil:
			f.add("ExtraOrigins", problem.OriginInvalid, bad[i].Error(), `set each to scheme and host, and a port if it is not the usual one: "https://app.example.com"`)
		case known:
			plain("ExtraOrigins", o)
		}
	}
	return known
}

func (c *checked) checkStores(f *findings, known bool) {
	err := c.Stores.Check()
	if err == nil && c.MultiInstance {
		c.checkShared(f)
	}
	switch {
	case err != nil:
		f.add("Stores", problem.StoresMissing, err.Error(), "set Stores to a backend's, such as memory.New(memory.Config{}).Stores()")
	case c.Stores.Durable() || !known || c.dev:
	case c.Profile == Regulated:
		f.add("Stores", problem.MemoryRefused, c.forgetful(), "set Stores to those of a durable backend")
	case c.SingleNode == "":
		f.add("Stores", problem.MemoryRefused, c.forgetful(), `use a durable backend, or say why this is enough: SingleNode: "a demonstration"`)
	}
}

// checkShared finds what several processes cannot have (PRD-023).
func (c *checked) checkShared(f *findings) {
	var alone []string
	for _, g := range c.Stores.Groups() {
		if !g.Info.Shared {
			alone = append(alone, g.Name+" on "+g.Info.Name)
		}
	}
	if len(alone) > 0 {
		f.add("Stores", problem.StoresNotShared, "several processes run, and each would have its own "+strings.Join(alone, ", "), "")
	}
	if c.Keys == nil && c.dev {
		f.add("Keys", problem.KeysMissing, "several processes run, and each would make its own keys", `make a file once with axess keys init, then set Keys: keys.File("axess.keys") in every process`)
	}
	if c.SingleNode != "" {
		f.add("SingleNode", problem.ConfigInvalid, "contradicts MultiInstance", "remove SingleNode, or MultiInstance")
	}
}

// forgetful names the groups that end with the process, if some do not.
func (c *checked) forgetful() string {
	var names []string
	groups := c.Stores.Groups()
	for _, g := range groups {
		if !g.Info.Durable {
			names = append(names, g.Name+" on "+g.Info.Name)
		}
	}
	if len(names) == len(groups) {
		return ""
	}
	return "what is kept in " + strings.Join(names, ", ") + " ends with the process"
}

func (c *checked) checkProfile(f *findings) {
	if c.Profile > Regulated {
		f.add("Profile", problem.ConfigInvalid, "is none of the profiles", "use axess.Development, axess.Standard or axess.Regulated")
	}
	if !c.dev {
		return
	}
	for _, o := range append([]origin{c.origin}, c.extra...) {
		if o.host != "" && !o.loopback {
			f.add("Profile", problem.ConfigInvalid, "Development is for origins on this machine: it shows mails and causes of errors to whoever asks",
				`set Origin to "http://localhost:8080" and leave ExtraOrigins empty, or use axess.Standard`)
			return
		}
	}
}

// checkStated finds what has no default outside development.
func (c *checked) checkStated(f *findings) {
	if c.Keys == nil {
		f.add("Keys", problem.KeysMissing, "keys that are made at each start would sign everyone out, and open nothing that was stored",
			`make a file once with go run github.com/axess-go/axess/cmd/axess keys init --out axess.keys, then set Keys: keys.File("axess.keys")`)
	}
	if c.Mail == nil {
		f.add("Mail", problem.MailMissing, "sign-ups and changed factors are told by mail; only development shows them instead", "set Mail to a mail.Sender that delivers, such as that of package mail/smtp")
	}
	if c.SignUp == SignUpUnset {
		f.add("SignUp", problem.SignUpUnset, "", "set SignUp: axess.SignUpOpen or axess.SignUpClosed")
	}
}

// checkValues asks the packages that own the values.
func (c *checked) checkValues(f *findings) {
	if c.SignUp > SignUpClosed {
		f.add("SignUp", problem.ConfigInvalid, "is none of the choices", "use axess.SignUpOpen or axess.SignUpClosed")
	}
	c.checkMethods(f)
	f.settle("Provisioning", c.Provisioning.Validate(), "leave it zero, or name each issuer once, as its assertions do")
	f.settle("Password", c.Password.Validate(), "leave it zero, or set Min between 15 and 64, from 8 where every method asks for a second factor")
	if _, err := password.New(password.Config{Peppers: c.Peppers}); err != nil {
		f.add("Peppers", problem.ConfigInvalid, err.Error(), "give each an id of its own, [a-z0-9-]{1,16}, and a key of at least 32 bytes")
	}
	if _, err := password.New(password.Config{Foreign: c.ForeignPasswords}); err != nil {
		f.add("ForeignPasswords", problem.ConfigInvalid, err.Error(), "give one of the hashes that password.Foreign takes, as the other system wrote it")
	}
	if slices.Contains(c.Blocklists, nil) {
		f.add("Blocklists", problem.ConfigInvalid, "one of them is nil", "remove it, or leave Blocklists empty")
	}
	if c.WithoutBlocklists != "" && (len(c.Blocklists) > 0 || c.BlocklistsAtSignIn) {
		f.add("WithoutBlocklists", problem.ConfigInvalid, "contradicts Blocklists and BlocklistsAtSignIn", "remove one of the two")
	}
	if c.Lockout != (authn.LockPolicy{}) {
		f.settle("Lockout", c.Lockout.Validate(), "leave it zero, or start from authn.UserLock()")
	}
	lock := c.Lockout
	if lock == (authn.LockPolicy{}) {
		lock = authn.UserLock()
	}
	f.settle("Floors", c.Floors.Check(c.devicePolicy(), lock, authn.PasswordPolicy{Min: cmp.Or(c.Password.Min, password.MinAlone), History: c.Password.History}, authn.StepUpPolicy{MaxAge: authn.DefaultMaxAge}, authn.EnrolmentPolicy{Inline: c.enrolment()}), "lower the floor, or raise what the program itself asks for")
	if c.WithoutLockout != "" && c.Lockout != (authn.LockPolicy{}) {
		f.add("WithoutLockout", problem.ConfigInvalid, "contradicts Lockout", "remove WithoutLockout, or Lockout")
	}
	if c.Enrolment != "" {
		f.settle("Enrolment", authn.EnrolmentPolicy{Inline: c.Enrolment}.Validate(), "leave it out, or set authn.InlineNever")
	}
	if c.RecoveryHold < 0 || c.RecoveryHold > 30*24*time.Hour {
		f.add("RecoveryHold", problem.ConfigInvalid, "is not between 0 and 30 days", "leave it out, or set 24 h")
	}
	if n := c.TenantMails; n != 0 && (n < 10 || n > 100_000) {
		f.add("TenantMails", problem.ConfigInvalid, "is not between 10 and 100,000", "leave it zero for 1,000")
	}
	for _, role := range c.NoImpersonation {
		f.settle("NoImpersonation", role.Validate(), "name roles that your program gives, such as \"payroll\"; the administrator's is always among them")
	}
	if c.Devices != nil && c.Device == nil {
		f.add("Devices", problem.ConfigInvalid, "has nothing to ask about: no Device recognizes one", "set Device, or remove Devices")
	}
	if c.Devices == nil && c.WithoutDeviceStepUp != "" {
		f.add("WithoutDeviceStepUp", problem.ConfigInvalid, "says nothing without Devices", "remove WithoutDeviceStepUp")
	}
	if c.WithoutLockout != "" && c.UnsafeLocalLockout != "" {
		f.add("UnsafeLocalLockout", problem.ConfigInvalid, "contradicts WithoutLockout", "remove one of the two")
	}
	f.settle("Timeouts", c.Timeouts.Validate(), "leave the field zero, or start from session.AAL1() or session.AAL2()")
	c.checkBindings(f)
	if n := c.SessionLimit.Max; n < 0 || n > session.HardSessionLimit {
		f.add("SessionLimit", problem.ConfigInvalid, "Max is out of range", "set Max between 0 (no limit of your own) and 1000")
	}
	f.settle("Uploads", csrf.CheckUploads(c.Uploads), `name each route once, with a limit: csrf.Multipart("POST /avatar", 4<<10)`)
	var err error
	if c.asksForCertificates() {
		_, err = clientcert.New(c.certificates())
		f.settle("ClientCert", err, `name the proxy that ends TLS and how it writes: Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}`)
	}
	c.client, err = clientip.New(c.Proxies)
	f.settle("Proxies", err, `list addresses or exact ranges: Trusted: []string{"10.0.0.0/8"}`)
	if c.BasePath == "" {
		c.BasePath = basePath
	}
	if !isBasePath(c.BasePath) {
		f.add("BasePath", problem.ConfigInvalid, "is not one or more segments of lower-case letters, digits and hyphens, each after a slash",
			`leave it empty for "/auth", or set it like "/account-center"`)
		return // the pages cannot be made without it
	}
	config := ui.Config{Brand: c.Brand, Custom: c.UI, BasePath: c.BasePath, Home: homePath}
	if c.origin.host != "" {
		config.Origin = c.origin.String()
	}
	c.renderer, err = ui.NewRenderer(config)
	if err != nil && !errors.Is(err, ui.ErrCustom) {
		f.settle("Brand", err, "set Brand.Name to at most 64 printable characters")
		config.Brand = ui.Brand{}
		_, err = ui.NewRenderer(config)
	}
	f.settle("UI", err, "correct what is named, or leave the field zero; ui.Check and Theme.Check say the same in a test")
}

// devicePolicy is the program's own, for its floors.
func (c *checked) devicePolicy() authn.DevicePolicy {
	if c.WithoutDeviceStepUp != "" {
		return authn.DevicePolicy{Enough: authn.DeviceUnknown}
	}
	return authn.DevicePolicy{Enough: authn.DeviceTrusted}
}

func (c *checked) checkBindings(f *findings) {
	list, err := session.CompleteBindings(c.Bindings)
	f.settle("Bindings", err, "leave it empty, or name each trait once: []session.Binding{{Component: session.BindUserAgent}}")
	switch {
	case c.WithoutBinding != "" && len(c.Bindings) > 0:
		f.add("WithoutBinding", problem.ConfigInvalid, "contradicts Bindings", "remove WithoutBinding, or Bindings")
	case c.WithoutBinding == "" && err == nil:
		c.Bindings = list
	}
}

// isBasePath keeps the base to what needs no escaping in a pattern, a path, a
// cookie or a mail.
func isBasePath(s string) bool {
	if len(s) > 64 {
		return false
	}
	rest, ok := strings.CutPrefix(s, "/")
	if !ok {
		return false
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || strings.Trim(segment, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// checkMethods asks for methods that somebody can pass in this build, and for
// passwords that are long enough where they stand alone.
func (c *checked) checkMethods(f *findings) {
	const cure = "leave Methods empty, or set it to authn.DefaultMethods() or authn.MFAMethods()"
	if len(c.Methods) > 0 {
		f.settle("Methods", authn.CheckMethods(c.Methods, c.Factors...), cure)
		if c.SignUp != SignUpClosed && authn.CheckMethods(c.Methods, c.Factors...) == nil && !authn.TakesSignUps(c.Methods) {
			f.add("Methods", problem.ConfigInvalid, "nobody who signs up could sign in with a password, or a password and an app", cure+", or set SignUp: axess.SignUpClosed")
		}
	}
	alone := len(c.Methods) == 0 || authn.PasswordAlone(c.Methods)
	if alone && c.Password.Min != 0 && c.Password.Min < password.MinAlone && c.Password.Validate() == nil {
		f.add("Password", problem.ConfigInvalid, "a password that signs in alone has at least 15 code points",
			"leave Password zero, or ask for a second factor with Methods: authn.MFAMethods()")
	}
}

// hashing is how passwords are hashed.
func (c *checked) hashing() password.Config {
	return password.Config{
		Params: c.PasswordCost, Peppers: c.Peppers, MigrateArgon2Until: c.MigrateArgon2Until, Foreign: c.ForeignPasswords,
	}
}

// checkRegulated refuses what weakens (PRD §2.4, last rows).
func (c *checked) checkRegulated(f *findings) {
	const detail = "Regulated allows no weakening option"
	if c.PasswordCost == password.InsecureCheap() {
		f.add("PasswordCost", problem.ConfigInvalid, detail, "remove PasswordCost, or set it to password.Strong()")
	}
	if c.WithoutLockout != "" {
		f.add("WithoutLockout", problem.ConfigInvalid, detail, "remove WithoutLockout")
	}
	if c.WithoutBlocklists != "" {
		f.add("WithoutBlocklists", problem.ConfigInvalid, detail, "remove WithoutBlocklists")
	}
	if c.UnsafeLocalLockout != "" {
		f.add("UnsafeLocalLockout", problem.ConfigInvalid, detail, "remove UnsafeLocalLockout")
	}
	if c.WithoutBinding != "" {
		f.add("WithoutBinding", problem.ConfigInvalid, detail, "remove WithoutBinding")
	} else if !slices.ContainsFunc(c.Bindings, func(b session.Binding) bool { return b.Action != session.Observe }) {
		f.add("Bindings", problem.ConfigInvalid, "no binding refuses anything, and Regulated allows no weakening option",
			"leave Bindings empty, or give one of them the action session.Challenge, session.Reject or session.Revoke")
	}
	if c.SingleNode != "" {
		f.add("SingleNode", problem.ConfigInvalid, detail, "remove SingleNode")
	}
	if c.Migrate {
		f.add("Migrate", problem.ConfigInvalid, "Regulated never changes a schema at a start: somebody reads the plan first",
			"remove Migrate, and run axess migrate plan, then axess migrate apply")
	}
	if c.InsecureDevListen != "" {
		f.add("InsecureDevListen", problem.ConfigInvalid, detail, "remove InsecureDevListen")
	}
	c.checkKeysPlace(f)
}

// checkKeysPlace refuses keys that whoever takes the data directory has as well
// (PRD-035).
func (c *checked) checkKeysPlace(f *findings) {
	src, ok := c.Keys.(keys.Placed)
	if !ok || src.Place().Wrapped || src.Place().Path == "" || c.Stores.Check() != nil {
		return
	}
	at := realPath(src.Place().Path)
	for _, g := range c.Stores.Groups() {
		if g.Info.Dir == "" {
			continue
		}
		if rel, err := filepath.Rel(realPath(g.Info.Dir), at); err == nil && filepath.IsLocal(rel) {
			f.add("Keys", problem.ConfigInvalid, "the keys lie with the data in "+g.Info.Dir+": a copy of that directory would open everything in it",
				"move the key file to a directory of its own, or use keys.Wrapped")
			return
		}
	}
}

// realPath is where a path leads. One that leads nowhere yet stays as it is.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if to, err := filepath.EvalSymlinks(path); err == nil {
		return to
	}
	return path
}

func (c *checked) fill() {
	if c.Password.Min == 0 && len(c.Methods) > 0 && !authn.PasswordAlone(c.Methods) {
		c.Password.Min = password.MinWithOther
	}
	c.Methods = slices.Clone(c.Methods)
	c.Blocklists = slices.Clone(c.Blocklists)
	c.Peppers = slices.Clone(c.Peppers)
	c.Migrate = c.Migrate || c.dev
	if c.SignUp == SignUpUnset {
		c.SignUp = SignUpOpen
	}
	if c.PasswordCost == (password.Params{}) && c.Profile == Regulated {
		c.PasswordCost = password.Strong()
	}
	c.RequireRoutes = c.RequireRoutes || c.Profile == Regulated
	c.Health = slices.Clone(c.Health)
	c.Uploads = slices.Clone(c.Uploads)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Entropy == nil {
		c.Entropy = entropy.System()
	}
	if c.Metrics == nil {
		c.Metrics = metric.Discard{}
	}
}

// enrolment is what holds where nothing is said.
func (c Config) enrolment() authn.InlineEnrolment {
	if c.Enrolment == "" && c.Floors.NoInlineEnrolment {
		return authn.InlineNever
	}
	return cmp.Or(c.Enrolment, authn.InlineFirst)
}
