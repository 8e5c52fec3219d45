package axess

import (
	"io"
	"log/slog"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/ui"
)

// Profile says how strict a program is about what surrounds it. Password rules,
// lockout, CSRF and audit are the same in every profile (PRD-043).
type Profile uint8

// The profiles. The zero value follows from the origin: a loopback host is
// Development, any other is Standard (PRD-040).
const (
	ProfileFromOrigin Profile = iota
	Development
	Standard
	Regulated
)

// String returns the profile's name.
func (p Profile) String() string {
	switch p {
	case Development:
		return "development"
	case Standard:
		return "standard"
	case Regulated:
		return "regulated"
	case ProfileFromOrigin:
	}
	return "from origin"
}

// SignUp says who may create an account.
type SignUp uint8

// The choices. The zero value is open in Development and has to be stated
// elsewhere: a gate with open sign-up guards nothing (PRD-018).
const (
	SignUpUnset SignUp = iota
	SignUpOpen
	SignUpClosed
)

// Config wires an [Axess]. Origin and Stores are required; everything else has a
// usable zero, outside Development except Keys, Mail and SignUp. [New] keeps no
// reference to it (PRD-015).
type Config struct {
	// Origin is where people reach the program: scheme, host, optional port. It is
	// the only source of absolute URLs; request headers never build one (PRD-013).
	Origin string
	// ExtraOrigins are further names of the program.
	ExtraOrigins []string
	// Stores is a backend's bundle of ports: memory.New(memory.Config{}).Stores().
	Stores  backend.Stores
	Profile Profile
	// Keys is where the key rings come from. Development with memory stores makes
	// ephemeral ones: a restart then signs everyone out.
	Keys keys.Source
	// Mail sends messages. Development writes them to Terminal and to a page.
	Mail   mail.Sender
	SignUp SignUp

	// Password is the policy for new passwords; zero: 15 code points alone.
	Password password.Policy
	// PasswordCost are the hash parameters; zero: Argon2id 19 MiB, t=2, p=1, in
	// Regulated 64 MiB, t=3, p=4.
	PasswordCost password.Params
	// Lockout is the user lever; zero: authn.UserLock().
	Lockout authn.LockPolicy
	// Timeouts of sessions; zero fields take the defaults.
	Timeouts session.Timeouts
	// SessionLimit bounds the live sessions of one person.
	SessionLimit session.LimitPolicy
	// Proxies are trusted to say where a request comes from; zero: nobody is.
	Proxies clientip.Config
	// Brand is who the pages speak for.
	Brand ui.Brand

	// SingleNode, a reason, allows memory stores in Standard: state that dies with
	// the process and is shared with no other.
	SingleNode string
	// InsecureDevListen, a reason, lets Development answer peers that are not on
	// this machine (a container's port mapping).
	InsecureDevListen string

	// Terminal is where Development shows mails; nil: nowhere but the page.
	Terminal io.Writer
	Logger   *slog.Logger // nil: slog.Default()
	Clock    clock.Clock  // nil: the system's
	Entropy  entropy.Source
	Metrics  metric.Sink
}

// Problem is one thing that is wrong with a [Config].
type Problem struct {
	Field  string // "Origin"
	Code   string // stable, listed in docs/errors.md
	Detail string // what is wrong and why it matters
	Fix    string // the line, flag or command that cures it
}

// ConfigError lists everything that is wrong, in the order of the fields
// (PRD-010). errors.Is(err, axess.ConfigCode("mail_missing")) asks for one.
type ConfigError struct{ Problems []Problem }

// Error implements error, a line for each problem and its cure.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString("axess: configuration refused")
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.Field + ": " + p.Detail + " [" + p.Code + "]\n    cure: " + p.Fix)
	}
	return b.String()
}

// Is reports whether one of the problems has the code.
func (e *ConfigError) Is(target error) bool {
	c, ok := target.(ConfigCode)
	if !ok {
		return false
	}
	for _, p := range e.Problems {
		if p.Code == string(c) {
			return true
		}
	}
	return false
}

// ConfigCode is a start-up code as an error, for errors.Is.
type ConfigCode string

// Error implements error.
func (c ConfigCode) Error() string { return "axess: " + string(c) }

// checked is a Config after it was found good, with every default filled in.
type checked struct {
	Config
	origin origin
	extra  []origin
	dev    bool
}

// check finds everything that is wrong before anything is done.
func check(cfg Config) (checked, error) {
	c := checked{Config: cfg}
	var problems []Problem
	report := func(field string, code problem.Code, detail, fix string) {
		if detail == "" {
			detail = code.Cause()
		}
		if fix == "" {
			fix = code.Cure()
		}
		problems = append(problems, Problem{field, code.String(), detail, fix})
	}
	var err error
	if c.origin, err = parseOrigin(cfg.Origin); err != nil {
		report("Origin", problem.OriginInvalid, err.Error(), "")
	} else if !c.origin.secure() && !c.origin.loopback {
		report("Origin", problem.OriginNotHTTPS, "", "")
	}
	elsewhere := false
	for _, s := range cfg.ExtraOrigins {
		o, err := parseOrigin(s)
		switch {
		case err != nil:
			report("ExtraOrigins", problem.OriginInvalid, err.Error(), "")
		case !o.secure() && !o.loopback:
			report("ExtraOrigins", problem.OriginNotHTTPS, "", "")
		}
		elsewhere = elsewhere || !o.loopback
		c.extra = append(c.extra, o)
	}
	if c.Profile == ProfileFromOrigin {
		c.Profile = Standard
		if c.origin.loopback && !elsewhere {
			c.Profile = Development
		}
	}
	c.dev = c.Profile == Development
	if c.Profile > Regulated {
		report("Profile", problem.ConfigInvalid, "is none of the profiles", "use axess.Development, axess.Standard or axess.Regulated")
	}
	if c.dev && c.origin.host != "" && !c.origin.loopback {
		report("Profile", problem.ConfigInvalid, "Development needs a loopback origin: it shows mails and causes of errors to whoever asks",
			"set Origin to http://localhost:PORT, or drop Profile")
	}
	if err := cfg.Stores.Check(); err != nil {
		report("Stores", problem.StoresMissing, err.Error(), "")
	} else if !cfg.Stores.Info.Durable && (c.Profile == Regulated || c.Profile == Standard && cfg.SingleNode == "") {
		report("Stores", problem.MemoryRefused, "", "")
	}
	if cfg.Keys == nil && !c.dev {
		report("Keys", problem.KeysMissing, "", "")
	}
	if cfg.SignUp == SignUpUnset {
		c.SignUp = SignUpOpen
		if !c.dev {
			report("SignUp", problem.SignUpUnset, "", "")
		}
	}
	if cfg.Mail == nil && !c.dev && cfg.SignUp != SignUpClosed {
		report("Mail", problem.MailMissing, "", "")
	}
	if c.Profile == Regulated && (cfg.InsecureDevListen != "" || cfg.SingleNode != "") {
		report("SingleNode", problem.ConfigInvalid, "Regulated allows no weakening option", "remove SingleNode and InsecureDevListen")
	}
	if len(problems) > 0 {
		return c, &ConfigError{problems}
	}
	c.fill()
	return c, nil
}

func (c *checked) fill() {
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
	if c.Keys == nil {
		c.Keys = keys.Ephemeral(c.Entropy)
	}
}
