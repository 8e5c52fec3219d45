package axess

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/health"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
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
// usable zero, outside Development except Keys, Mail and SignUp. [New] copies
// what it needs: changing the value afterwards has no effect (PRD-015).
type Config struct {
	// Origin is where people reach the program: scheme, host, optional port. It is
	// the only source of absolute URLs; request headers never build one (PRD-013).
	Origin string
	// ExtraOrigins are further names of the program: requests are answered under
	// them, and their pages may post here.
	ExtraOrigins []string
	// Stores is a backend's bundle of ports: sqlite.MustOpen("app.db").Stores().
	Stores backend.Stores
	// Profile is how strict the program is about what surrounds it; zero: as the
	// origin says. Regulated is never assumed.
	Profile Profile
	// Keys is where the key rings come from. Development makes axess.keys beside a
	// new database; with memory stores the keys are ephemeral, and a restart signs
	// everyone out.
	Keys keys.Source
	// Mail sends messages: links of sign-ups, and notes about changed factors;
	// package mail/smtp has the sender for a mail server. Development writes them
	// to Terminal and to a page.
	Mail mail.Sender
	// SignUp says who may create an account. Outside Development it has to be
	// stated.
	SignUp SignUp
	// Methods are the ways to sign in, by name and priority. Empty: a new tenant
	// offers a password, and an app to whoever asks for one
	// (authn.DefaultMethods), and what a tenant offers already stays. Otherwise the
	// tenant offers these and no others from this start on. authn.MFAMethods asks
	// everybody for an app; accounts that never had one set it up at their next
	// sign-in (Enrolment).
	Methods []identity.Method

	// Factors are ways to prove who one is beside password and app: kinds of this module
	// that need a configuration, and the program's own (factor.Custom). A method names
	// those that it asks for.
	Factors []factor.Verifier

	// Provisioning says whose word is taken, about who somebody is, in tenants that have
	// no policy of their own. Zero: nobody's.
	Provisioning authn.ProvisioningPolicy
	// ClientCert says where the TLS client certificates of requests come from: those that
	// people sign in with (mtls.NewVerifier in Factors), and that sessions are bound to.
	// Zero: the connection itself, on a listener of the program's own
	// (clientcert.ServerTLS). Its Clock is the program's.
	ClientCert clientcert.Config

	// Password is the policy for new passwords; zero: 15 code points alone.
	Password password.Policy
	// Blocklists know passwords that nobody may choose, such as those of package
	// factor/password/blocklist. Empty: its Common, the list in the program; a program
	// that names others names it too, if it wants it.
	Blocklists []password.Blocklist
	// WithoutBlocklists, a reason, lets people choose passwords that attackers try first.
	// Refused in Regulated.
	WithoutBlocklists string
	// BlocklistsAtSignIn asks them about a password that was right, too: who signs in with
	// one that they know chooses another one after the last step. It never refuses.
	BlocklistsAtSignIn bool
	// PasswordCost are the hash parameters; zero: Argon2id 19 MiB, t=2, p=1, in
	// Regulated 64 MiB, t=3, p=4.
	PasswordCost password.Params
	// Peppers are keys that a stolen database does not hold and that go into every hash of
	// a password. New hashes take the first; an older one stays until everybody has signed
	// in since the change, which hashes anew. None: no pepper. They are no part of Keys,
	// and a password whose pepper is lost can only be reset.
	Peppers []password.Pepper
	// MigrateArgon2Until keeps Argon2id hashes valid before this moment where PasswordCost
	// is PBKDF2; each is replaced when its owner signs in. Zero: they are refused.
	MigrateArgon2Until time.Time
	// ForeignPasswords, one of the hashes that were imported from another system
	// (password.Foreign), lets such accounts sign in; each is hashed anew then.
	// Meanwhile every password costs the work of that hash besides, so that time tells
	// nobody apart. Empty: they are refused.
	ForeignPasswords string
	// Lockout is the user lever; zero: authn.UserLock().
	Lockout authn.LockPolicy
	// WithoutLockout, a reason, counts no guesses: nobody is locked out, and nobody
	// who guesses is stopped. Refused in Regulated.
	WithoutLockout string
	// RecoveryHold is how long somebody who has bound a second factor anew, after an
	// administrator took the former one away, cannot change what they sign in with:
	// 0 to 30 d, suggested 24 h where administrators sign in. Zero: they can at once.
	RecoveryHold time.Duration
	// TenantMails is how many mails an hour people can cause in one tenant who have
	// proven nothing: 10 to 100,000. Zero: 1,000.
	TenantMails int
	// NoImpersonation are roles, beside the administrator's own, whose holders no
	// administrator acts as.
	NoImpersonation []identity.Role
	// WithoutImpersonationNotice, a reason, sends people no mail when an administrator
	// acts as them; their history says so all the same.
	WithoutImpersonationNotice string
	// Enrolment says who may set up, in the middle of a sign-in, the factor that it asks
	// for: authn.InlineFirst, who never had one, once another factor of theirs was
	// verified, or authn.InlineNever, nobody: accounts without it cannot sign in then.
	// A tenant, or one person, may have another rule. Zero: authn.InlineFirst.
	Enrolment authn.InlineEnrolment
	// UnsafeLocalLockout, a reason, goes on while the store that counts guesses does
	// not answer: each process counts for itself, up to 100,000 names and addresses,
	// and forgets it when it ends, so that N processes allow N times the threshold.
	// Empty: nobody is let in then. Refused in Regulated.
	UnsafeLocalLockout string
	// Timeouts of sessions; zero fields take the defaults.
	Timeouts session.Timeouts
	// TenantTimeouts may shorten Timeouts for a tenant, never extend them; nil: no
	// tenant does. It is asked on every request and must not wait.
	TenantTimeouts func(identity.TenantID) session.Timeouts
	// Tenant says which tenant a request is about, by its host or whatever else the
	// program knows it from; nil: there is one, "default". The zero id is the default
	// one's, and one that does not exist has nobody in it. Sessions of another tenant
	// count for nothing there, nor do its links. It is asked with every request and must
	// not wait.
	Tenant func(*http.Request) identity.TenantID
	// TenantOrigin is where the people of a tenant reach the program, for the links that
	// they are mailed: Origin or one of ExtraOrigins. Nil, empty or any other: Origin.
	TenantOrigin func(identity.TenantID) string
	// Floors are what no tenant's rules go below, nor the program's own.
	Floors authn.Floors
	// Device recognizes the device that a request comes from; nil: sessions carry
	// none.
	Device session.DeviceResolver
	// Devices says how far the device that Device recognizes is trusted. On one that is
	// not, people who have a second factor are asked for it, at a sign-in with their
	// password alone and at a step-up; tenants may say otherwise (authn.DevicePolicy).
	// Nil: devices decide nothing.
	Devices authn.Devices
	// WithoutDeviceStepUp, a reason, asks nobody on any device, unless a tenant does.
	WithoutDeviceStepUp string
	// Bindings are the traits of a browser that a session is bound to where it
	// begins, and what a request meets that shows others; empty:
	// session.DefaultBindings, by which a cookie that was taken to another browser is
	// a guest's there. Addresses are those that Proxies finds.
	Bindings []session.Binding
	// WithoutBinding, a reason, binds sessions to nothing.
	WithoutBinding string
	// SessionLimit bounds the live sessions of one person.
	SessionLimit session.LimitPolicy
	// Proxies are trusted to say where a request comes from; zero: nobody is.
	Proxies clientip.Config
	// BasePath is where the pages are mounted; empty: "/auth". One program has one:
	// links in mails lead there, and cookies of a flow belong to it.
	BasePath string
	// Brand is who the pages speak for.
	Brand ui.Brand
	// UI changes the pages and mails: templates, theme, links, languages and texts.
	// All of it is checked here and not when a page is asked for.
	UI ui.Custom

	// Uploads are routes whose multipart forms carry the CSRF token as a field,
	// for forms with files that work without scripts:
	// csrf.Multipart("POST /avatar", 4<<10). Elsewhere such a body needs the header.
	Uploads []csrf.Upload

	// Health are checks of the program's own, beside those of stores and jobs:
	// what is unhealthy takes the process out of the load balancer's list.
	Health []health.Check
	// RequireRoutes makes a [Routes] the only thing that is served, so that no path
	// can be without a guard unless it says Public; on in Regulated.
	RequireRoutes bool

	// SingleNode, a reason, allows memory stores in Standard: state that dies with
	// the process and is shared with no other.
	SingleNode string
	// MultiInstance states that several processes run on these stores: groups that
	// only one process may use, as those of memory and SQLite, are then refused, and
	// keys have to be named.
	MultiInstance bool
	// Migrate lets a start apply the steps that the schema of the stores lacks, as
	// Development does. Take a backup first. Without it, an older schema is refused
	// (schema_behind); Regulated refuses the setting (PRD-024).
	Migrate bool
	// InsecureDevListen, a reason, lets Development answer peers that are not on
	// this machine (a container's port mapping).
	InsecureDevListen string

	// Terminal is where Development shows mails; nil: nowhere but the page.
	Terminal io.Writer
	Logger   *slog.Logger   // nil: slog.Default()
	Clock    clock.Clock    // nil: the system's
	Entropy  entropy.Source // nil: the system's
	Metrics  metric.Sink    // nil: nothing is counted
}
