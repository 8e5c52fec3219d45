package axess_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// codeOn is the small line of an error page with the code of its problem, or the
// sentence of a form that says what is wrong.
var (
	codeOn  = regexp.MustCompile(`class="ref">.*?<code>([a-z_]+)</code>`)
	titleOn = regexp.MustCompile(`<title>([^<]*)`)
)

// brief is an answer in one line.
func brief(a fronttest.Answer) string {
	text := fmt.Sprintf("%d to %q", a.Status, leads(a))
	for _, r := range []*regexp.Regexp{titleOn, codeOn} {
		if m := r.FindStringSubmatch(a.Body); m != nil {
			text += ", " + m[1]
		}
	}
	return text
}

// faultSite is a site in a bubble of time.
type faultSite struct {
	*fronttest.Site
	clock  clock.Clock
	mails  *letterbox
	people int
	tenant identity.TenantID
}

func newFaultSite(t *testing.T, stores backend.Stores) *faultSite {
	t.Helper()
	s := &faultSite{clock: clock.System(), mails: &letterbox{}}
	s.Site = fronttest.New(t, func(c *axess.Config) { c.Stores, c.Clock, c.Mail = stores, s.clock, s.mails })
	fronttest.Desk(s.Auth, s.Routes)
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	s.tenant = view.Tenant.ID
	synctest.Wait()
	return s
}

// sleep lets the bubble's time pass.
func (s *faultSite) sleep(d time.Duration) {
	if err := s.clock.Sleep(context.Background(), d); err != nil {
		s.T.Error(err)
	}
}

// errors is what was logged beyond the ordinary since the last look.
func (s *faultSite) errors() string {
	var out []string
	for line := range strings.Lines(s.Log.Take()) {
		if !strings.Contains(line, `"level":"INFO"`) && !strings.Contains(line, `"level":"DEBUG"`) {
			out = append(out, line)
		}
	}
	return strings.Join(out[max(0, len(out)-12):], "")
}

// stored reports whether a record is there.
func (s *faultSite) stored(ref session.Ref) bool {
	_, _, err := s.Beneath().Session.Load(s.T.Context(), ref, s.clock.Now())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.T.Error(err)
	}
	return err == nil
}

// sessionOf reads a session cookie apart from the product (SES-120); not stored is
// an anchor, behind which there is nothing.
func sessionOf(t testing.TB, value string) (ref session.Ref, stored bool) {
	t.Helper()
	if value == "" {
		return ref, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != 54 {
		t.Fatalf("no session cookie: %q", value)
	}
	sum := sha256.Sum256(append([]byte("axess/session/ref/v1"), raw[6:22]...))
	return identity.FromBytes[session.Ref]([16]byte(sum[:16])), raw[1] == 1
}

// letterbox keeps every mail.
type letterbox struct {
	mu  sync.Mutex
	all []mail.Message
}

// Send implements mail.Sender.
func (l *letterbox) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, m)
	return nil
}

func (l *letterbox) to(address, kind string) (out []mail.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.all {
		if m.To == address && m.Kind == kind {
			out = append(out, m)
		}
	}
	return out
}

// walker is somebody with an address and a browser.
type walker struct {
	invited bool // an administrator has made the account
	s       *faultSite
	b       *fronttest.Browser
	email   string
	seed    string
	fail    func(format string, args ...any)
}

func (s *faultSite) somebody() *walker {
	s.people++
	p := &walker{s: s, email: fmt.Sprintf("ada%d@example.org", s.people), fail: s.T.Fatalf}
	p.b = p.browser()
	return p
}

// browser is another one of the same person.
func (p *walker) browser() *fronttest.Browser {
	b := p.s.Browser()
	b.Addr = fmt.Sprintf("127.%d.%d.%d:4711", p.s.people>>16&255, p.s.people>>8&255, p.s.people&255|1)
	return b
}

// want is a request whose answer is known; anything else ends the try.
func (p *walker) want(a fronttest.Answer, status int, to string) fronttest.Answer {
	p.s.T.Helper()
	if a.Status != status || leads(a) != to {
		p.fail("%s, want %d to %q\n%s", brief(a), status, to, p.s.errors())
		p.s.T.FailNow()
	}
	synctest.Wait()
	return a
}

func (p *walker) signUpForm() fronttest.Form {
	return fronttest.Form{"email": p.email, "name": "Ada", "password": fronttest.Password}
}

func (p *walker) signsUp() *walker {
	p.want(p.b.Get("/auth/sign-up"), 200, "")
	p.want(p.b.Post("/auth/sign-up", p.signUpForm()), 303, "/auth/sign-up/sent")
	return p
}

// link is the newest that was mailed.
func (p *walker) link() string {
	p.s.T.Helper()
	return p.mailed("verify")
}

// mailed is the newest link in mails of a kind; empty if they have none.
func (p *walker) mailed(kind string) string {
	p.s.T.Helper()
	all := p.s.mails.to(p.email, kind)
	if len(all) == 0 {
		p.s.sleep(6 * time.Minute) // whoever had it has let it go by then
		all = p.s.mails.to(p.email, kind)
	}
	if len(all) == 0 {
		p.fail("the mail of what was acknowledged is lost")
		p.s.T.FailNow()
	}
	_, rest, linked := strings.Cut(all[len(all)-1].Text, p.s.Origin)
	if !linked {
		return ""
	}
	return strings.Fields(rest)[0]
}

// opens follows the link as far as the page.
func (p *walker) opens() *walker {
	p.want(p.b.Get(p.link()), 303, "/auth/verify")
	return p
}

func (p *walker) joins() *walker {
	p.signsUp().opens()
	p.want(p.b.Post("/auth/verify", nil), 303, "/")
	return p
}

// confirms gets a sign-up done whatever has happened to it.
func (p *walker) confirms() {
	p.s.T.Helper()
	if acct, ok := p.account(); !ok || acct.User.State == identity.Candidate {
		if len(p.s.mails.to(p.email, "verify")) == 0 {
			p.s.sleep(6 * time.Minute)
		}
		if len(p.s.mails.to(p.email, "verify")) == 0 {
			p.b = p.browser()
			p.signsUp()
		}
		p.opens()
		form := fronttest.Form{}
		page := p.b.Get("/auth/verify")
		if page.Status != http.StatusOK { // of a sign-up that was overtaken
			p.b = p.browser()
			p.signsUp().opens()
			page = p.want(p.b.Get("/auth/verify"), 200, "")
		}
		if strings.Contains(page.Body, `name="password"`) {
			form["password"] = fronttest.Password
		}
		p.want(p.b.Post("/auth/verify", form), 303, "/")
	}
	p.in()
}

// in gets somebody signed in with everything that is asked of them, who may have to
// wait for an attempt that nobody has settled.
func (p *walker) in() {
	p.s.T.Helper()
	if p.b.Get("/auth/account").Status == http.StatusOK {
		return
	}
	p.b = p.browser()
	p.want(p.b.Get("/auth/sign-in"), 200, "")
	a := p.patient("/auth/sign-in", fronttest.Form{"identifier": p.email, "password": fronttest.Password})
	if a.Header.Get("Location") == "/auth/factor/totp" {
		p.s.sleep(fronttest.SecondStep)
		a = p.b.Post("/auth/factor/totp", fronttest.Form{"code": p.code()})
	}
	if a.Header.Get("Location") == "/auth/enrol" {
		a = p.setsUp()
	}
	p.want(a, 303, "/")
	p.want(p.b.Get("/auth/account"), 200, "")
}

// setsUp finishes a sign-in that asks for an app which was never there.
func (p *walker) setsUp() fronttest.Answer {
	p.s.T.Helper()
	p.scans(p.want(p.b.Get("/auth/enrol"), 200, ""))
	return p.b.Post("/auth/enrol", fronttest.Form{"code": p.code()})
}

// asks says whether the site asks everybody for an app.
func (s *faultSite) asks(m []identity.Method) {
	s.T.Helper()
	if err := s.Beneath().Identity.Apply(s.T.Context(), identity.PutMethod{Scope: identity.TenantScope(s.tenant), Method: m[0]}); err != nil {
		s.T.Fatal(err)
	}
}

// lateApp is somebody whose site has begun to ask for an app since they joined.
func (s *faultSite) lateApp() *walker {
	s.asks(authn.DefaultMethods())
	p := s.somebody().joins()
	s.asks(authn.MFAMethods())
	p.b = p.browser()
	p.want(p.b.Get("/auth/sign-in"), 200, "")
	return p
}

// patient tries again once an attempt in flight has become a failure.
func (p *walker) patient(path string, form fronttest.Form) fronttest.Answer {
	a := p.b.Post(path, form)
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable {
		p.s.sleep(31 * time.Second)
		a = p.b.Post(path, form)
	}
	return a
}

// leads is where an answer leads; over the page of new recovery codes, to where that
// goes on.
func leads(a fronttest.Answer) string {
	to := a.Header.Get("Location")
	if next, ok := strings.CutPrefix(to, "/auth/recovery-codes?next="); ok {
		to, _ = url.QueryUnescape(next)
	}
	return to
}

var secretOn = regexp.MustCompile(`secret=([A-Z2-7]+)`)

// scans sets up an authenticator app from a page.
func (p *walker) scans(a fronttest.Answer) {
	p.s.T.Helper()
	m := secretOn.FindStringSubmatch(a.Body)
	if m == nil {
		p.s.T.Fatalf("no seed on the page:\n%s", a.Body)
	}
	p.seed = m[1]
}

func (p *walker) code() string {
	code, err := axesstest.TOTP(p.seed, p.s.clock.Now())
	if err != nil {
		p.s.T.Fatal(err)
	}
	return code
}

func (p *walker) enrols() *walker {
	p.scans(p.want(p.b.Get("/auth/account/factors/totp"), 200, ""))
	p.want(p.b.Post("/auth/account/factors/totp", fronttest.Form{"code": p.code(), "label": "Phone"}), 303, "/auth/account")
	p.s.sleep(fronttest.SecondStep)
	return p
}

// administers gives somebody the administrator's role, which ends their sessions.
func (p *walker) administers() *walker {
	p.s.T.Helper()
	acct, _ := p.account()
	if err := p.s.Auth.Authn().GrantRole(p.s.T.Context(), authn.RoleChange{Subject: acct.User.Subject(), Role: identity.RoleAdmin}); err != nil {
		p.s.T.Fatal(err)
	}
	p.in()
	return p
}

// actedAs is the form with which an administrator begins to act as somebody.
func (p *walker) actedAs() fronttest.Form {
	p.s.T.Helper()
	acct, _ := p.account()
	return fronttest.Form{"person": acct.User.ID.String(), "reason": "ticket 7"}
}

// acts reports whether the browser is in somebody else's name.
func (p *walker) acts() bool {
	return strings.Contains(p.b.Clone().Get("/auth/account").Body, `action="/auth/stop-acting"`)
}

func (p *walker) account() (identity.Account, bool) {
	p.s.T.Helper()
	acct, err := p.s.Beneath().Identity.AccountByIdentifier(p.s.T.Context(), p.s.tenant, identity.Email, p.email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		p.s.T.Fatal(err)
	}
	return acct, err == nil
}

func (p *walker) apps() (out []identity.Credential) {
	acct, _ := p.account()
	for _, c := range acct.Credentials {
		if c.Kind == factor.TOTP {
			out = append(out, c)
		}
	}
	return out
}

func (p *walker) sessions() []session.Listed {
	p.s.T.Helper()
	acct, ok := p.account()
	if !ok {
		return nil
	}
	list, err := p.s.Beneath().Session.Sessions(p.s.T.Context(), acct.User.Subject(), session.Ref{}, 100, p.s.clock.Now())
	if err != nil {
		p.s.T.Fatal(err)
	}
	return list
}

// signedIn reports whether a browser is, without following it anywhere.
func signedIn(b *fronttest.Browser) bool {
	return b.Clone().Get("/auth/account").Status == http.StatusOK
}

// trail counts the events of the account's life.
func (p *walker) trail() map[audit.Kind]int {
	p.s.T.Helper()
	p.s.sleep(10 * time.Second)
	synctest.Wait()
	acct, ok := p.account()
	if !ok {
		return nil
	}
	records, err := p.s.Beneath().Audit.Query(p.s.T.Context(), p.s.tenant, audit.Filter{Handle: acct.User.AuditHandle, Limit: audit.MaxLimit})
	if err != nil {
		p.s.T.Fatal(err)
	}
	count := map[audit.Kind]int{}
	for _, r := range records {
		if r.Outcome == audit.Success || r.Outcome == audit.Info {
			count[r.Kind]++
		}
	}
	return count
}

// consistent compares the trail with what is stored: every change has its event,
// and there is no event of what did not happen.
func (p *walker) consistent() {
	p.s.T.Helper()
	acct, ok := p.account()
	if !ok {
		return
	}
	has := p.trail()
	active := 0
	if acct.User.State == identity.Active {
		active = 1
	}
	apps, live := len(p.apps()), len(p.sessions())
	begun := has["signup_completed"] + has["user_created"]
	if p.invited {
		begun = has["account_activated"]
	}
	switch {
	case has["signup_started"] > 1, begun != active,
		has["factor_enabled"]-has["factor_disabled"]-has["factor_reset"] != apps, has["authenticated"] < live:
		p.fail("active %d, %d apps, %d sessions, and the trail says %v", active, apps, live, has)
	case !p.told(has):
		p.s.sleep(66 * time.Second) // whoever lost the answer did not hurry the mails
		synctest.Wait()
		if !p.told(has) {
			p.fail("the trail says %v, and no mail does", has)
		}
	}
}

// told reports whether a change of factors was mailed to its owner. The claim of
// somebody who is there to see it is not.
func (p *walker) told(trail map[audit.Kind]int) bool {
	added := trail["factor_enabled"] - trail["user_created"]
	return len(p.s.mails.to(p.email, "factor_added")) >= added && len(p.s.mails.to(p.email, "factor_removed")) >= trail["factor_disabled"]
}
