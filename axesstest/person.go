package axesstest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// person is somebody whom the kit has admitted.
type person struct {
	seed  []byte // of their authenticator app; nil: none
	step  int64  // the time step of the newest code that was shown
	roles []identity.Role
}

// SignInOption says how somebody signs in.
type SignInOption func(*signIn)

type signIn struct {
	totp, half bool
	role       []identity.Role
	addr, ua   string
	fault      string
}

// With names the factors: factor.Password, always, and factor.TOTP. Somebody who
// has an authenticator app is asked for it ever after.
func With(kinds ...identity.Kind) SignInOption {
	return func(s *signIn) {
		for _, k := range kinds {
			switch k {
			case factor.Password:
			case factor.TOTP:
				s.totp = true
			default:
				s.fault = fmt.Sprintf("no factor %q to sign in with", k)
			}
		}
	}
}

// Assurance asks for at least a level (SP 800-63B-4): AAL2 is a password and an
// authenticator app.
func Assurance(level identity.AAL) SignInOption {
	return func(s *signIn) {
		switch level {
		case identity.AAL0, identity.AAL1:
		case identity.AAL2:
			s.totp = true
		default:
			s.fault = fmt.Sprintf("nobody here reaches %v", level)
		}
	}
}

// Role gives the person a role first. Roles of the console, such as
// identity.RoleAdmin, bring an authenticator app along.
func Role(r identity.Role) SignInOption {
	return func(s *signIn) {
		s.role = append(s.role, r)
		s.totp = s.totp || r.IsConsole()
	}
}

// HalfWay stops before the last factor: the password was right, the code is
// asked for.
func HalfWay() SignInOption { return func(s *signIn) { s.half, s.totp = true, true } }

// Address is the network address, with a port, that requests come from:
// "192.0.2.7:4711". Over a socket it is that of the machine.
func Address(addr string) SignInOption { return func(s *signIn) { s.addr = addr } }

// UserAgent is what the browser calls itself.
func UserAgent(ua string) SignInOption { return func(s *signIn) { s.ua = ua } }

// SignIn signs somebody in, in a new browser, through the pages. Whoever is new
// gets an account first: by the sign-up form, the mailed link and, where factors
// or a role ask for it, by setting up an authenticator app. The clock stands still
// meanwhile, unless the third code within half a minute is needed.
func (k *Kit) SignIn(email string, options ...SignInOption) *Browser {
	k.T.Helper()
	var s signIn
	for _, o := range options {
		o(&s)
	}
	if s.fault != "" {
		k.T.Fatalf("axesstest: sign in %s: %s", email, s.fault)
	}
	p := k.admit(email, s)
	b := k.Browser()
	if s.addr != "" {
		b.addr = s.addr
	}
	if s.ua != "" {
		b.ua = s.ua
	}
	a := b.signIn(email, Password)
	if p.seed != nil && !s.half {
		a = b.Post(k.page("/factor/totp"), Form{"code": k.Code(email)})
	}
	if at := a.URL.Path; a.Status >= 400 && a.Status != http.StatusNotFound || (at == k.page("/factor/totp")) != s.half {
		k.T.Fatalf("axesstest: sign in %s: ended on %s\n%s", email, at, a.report())
	}
	return b
}

// signIn fills in the first form.
func (b *Browser) signIn(email, password string) *Answer {
	b.kit.T.Helper()
	b.Get(b.kit.page("/sign-in")).Want(http.StatusOK)
	return b.Post(b.kit.page("/sign-in"), Form{"identifier": email, "password": password})
}

// admit makes the account, the app and the roles that are not there yet.
func (k *Kit) admit(email string, s signIn) *person {
	k.T.Helper()
	k.mu.Lock()
	p := k.people[email]
	k.mu.Unlock()
	if p == nil {
		p = k.signUp(email)
		k.mu.Lock()
		k.people[email] = p
		k.mu.Unlock()
	}
	if s.totp && p.seed == nil {
		b := k.Browser()
		b.signIn(email, Password)
		path := k.page("/account/factors/totp")
		code := p.enrol(k, b.Get(path).Want(http.StatusOK))
		b.Post(path, Form{"code": code, "label": "Phone"}).Want(http.StatusOK)
		b.Post(k.page("/sign-out"), Form{"scope": "this"})
	}
	for _, role := range s.role {
		if slices.Contains(p.roles, role) {
			continue
		}
		err := k.Auth.Authn().GrantRole(k.T.Context(), authn.RoleChange{Subject: k.Subject(email), Role: role})
		if err != nil {
			k.T.Fatalf("axesstest: %s: %v", email, err)
		}
		p.roles = append(p.roles, role)
	}
	return p
}

// signUp makes an account, as far as the program lets strangers make one.
func (k *Kit) signUp(email string) *person {
	k.T.Helper()
	k.Scan.Personal(email)
	p, b := &person{}, k.Browser()
	b.Get(k.page("/sign-up")).Want(http.StatusOK)
	name, _, _ := strings.Cut(email, "@")
	b.Post(k.page("/sign-up"), Form{"email": email, "name": name, "password": Password}).Want(http.StatusOK)
	b.Get(k.Mail.Link(email)).Want(http.StatusOK)
	a := b.Post(k.page("/verify"), nil)
	if a.URL.Path == k.page("/verify") && a.Status == http.StatusOK { // everybody needs an app here
		a = b.Post(k.page("/verify"), Form{"code": p.enrol(k, a)})
	}
	if a.URL.Path == k.page("/verify") || a.Status >= 400 && a.Status != http.StatusNotFound {
		k.T.Fatalf("axesstest: sign up %s: ended on %s\n%s", email, a.URL.Path, a.report())
	}
	b.Post(k.page("/sign-out"), Form{"scope": "this"})
	return p
}

// Subject is the account of somebody who has signed in before.
func (k *Kit) Subject(email string) identity.Subject {
	k.T.Helper()
	ctx := k.T.Context()
	view, err := k.stores.Identity.TenantBySlug(ctx, identity.DefaultSlug)
	if err != nil {
		k.T.Fatalf("axesstest: %v", err)
	}
	acct, err := k.stores.Identity.AccountByIdentifier(ctx, view.Tenant.ID, identity.Email, email)
	if err != nil {
		k.T.Fatalf("axesstest: %s: %v", email, err)
	}
	return identity.Subject{Tenant: view.Tenant.ID, User: acct.User.ID}
}

// Code is what the authenticator app of somebody shows next: a code that was not
// asked for before. If that is none of those that count now, the clock moves on to
// it.
func (k *Kit) Code(email string) string {
	k.T.Helper()
	k.mu.Lock()
	p := k.people[email]
	k.mu.Unlock()
	if p == nil || p.seed == nil {
		k.T.Fatalf("axesstest: %s has no authenticator app; sign in with factor.TOTP first", email)
	}
	now := stepAt(k.Clock.Now())
	p.step = max(p.step+1, now)
	if ahead := p.step - now - 1; ahead > 0 { // one step ahead counts (RFC 6238 §5.2)
		k.Clock.Advance(time.Duration(ahead) * codePeriod)
	}
	return totp(p.seed, p.step)
}

var seedText = regexp.MustCompile(`secret=([A-Z2-7]+)`)

// enrol reads the key on a page and returns the code that confirms it: the one
// before the present one, so that the present one is left for the sign-in.
func (p *person) enrol(k *Kit, page *Answer) string {
	k.T.Helper()
	m := seedText.FindStringSubmatch(page.Body)
	if m == nil {
		k.T.Fatalf("axesstest: no key of an authenticator app on the page\n%s", page.report())
	}
	seed, err := seedOf(m[1])
	if err != nil {
		k.T.Fatalf("axesstest: key of an authenticator app: %v", err)
	}
	k.Scan.Secret("the key of an authenticator app", m[1], string(seed))
	p.seed, p.step = seed, stepAt(k.Clock.Now())-1
	return totp(p.seed, p.step)
}

// path is the path and query of an address of the program's.
func (k *Kit) path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		k.T.Fatalf("axesstest: %v", err)
	}
	return u.RequestURI()
}
