package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	mallorys = "mallory waits for the owner"
	owners   = "the owner chose this one later"
)

// AUN-120, AUN-121, IDN-020
func TestSignup_makes_a_candidate_and_a_workflow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	sent, err := b.signUp("Ada@Example.org", goodPassword)
	must(t, err)
	if sent.Address != "Ada@Example.org" || sent.Works != 24*time.Hour {
		t.Fatalf("sent: %+v", sent)
	}
	acct, ok := r.account(ada)
	if !ok || acct.User.State != identity.Candidate || acct.User.Tenant != r.tenant || !acct.User.EmailVerifiedAt.IsZero() {
		t.Fatalf("account: %+v", acct.User)
	}
	if u := acct.User; u.CreatedBy != u.ID || u.UpdatedBy != u.ID || !u.CreatedAt.Equal(r.clock.Now()) || !u.UpdatedAt.Equal(r.clock.Now()) || !u.LastLoginAt.IsZero() {
		t.Fatalf("who and when: %+v", u)
	}
	st, ok := b.state().(session.PendingWorkflow)
	if !ok || st.Subject() != acct.User.Subject() || st.Kind() != session.WorkflowSignup ||
		!st.Deadline().Equal(r.clock.Now().Add(24*time.Hour)) {
		t.Fatalf("state: %+v", st)
	}
	if r.opens(ada, goodPassword) {
		t.Fatal("a candidate signs in")
	}
}

// AUN-122: a tenant that is not active takes no sign-ups, and spends nothing on
// them; wrong input is still named first.
func TestSignup_in_an_inactive_tenant_is_closed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ident.Admin = suspendedTenant{r.ident.Admin}
	hashes := r.hasher.Evaluations()
	b := r.browser()
	if _, err := b.signUp(ada, goodPassword); !errors.Is(err, authn.ErrSignUpClosed) {
		t.Fatalf("got %v", err)
	}
	var field *authn.FieldError
	if _, err := b.signUp("nonsense", goodPassword); !errors.As(err, &field) {
		t.Fatalf("got %v", err)
	}
	if _, ok := r.account(ada); ok || r.hasher.Evaluations() != hashes || len(r.mails()) != 0 || is[session.PendingWorkflow](b.state()) {
		t.Fatal("something was done for it")
	}
	r.ident.hook(func(verb string) error {
		if verb == "TenantByID" {
			return store.ErrUnavailable
		}
		return nil
	})
	if _, err := b.signUp(ada, goodPassword); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("a store that is down: %v", err)
	}
}

// signupClasses are the ways in which an address can be known, or not.
func signupClasses(r *rig) map[string]string {
	r.t.Helper()
	r.person(ada)
	gone := r.person("gone@example.org")
	must(r.t, r.suspend(gone.Subject(), identity.Active))
	r.browser().asks("asked@example.org", mallorys)
	return map[string]string{
		"new": "fresh@example.org", "active": ada, "suspended": "gone@example.org", "candidate": "asked@example.org",
	}
}

// AUN-122, AUN-033: outcome, session, cookies and counted work.
func TestSignup_tells_nobody_who_has_an_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	type trace struct{ outcome, state, cookies, work string }
	seen := map[string]trace{}
	for name, address := range signupClasses(r) {
		b := r.browser()
		r.work.take()
		hashes, rows := r.hasher.Evaluations(), len(r.rows(store.TopicAudit))
		var sent authn.LinkSent
		res := b.do(func(ctx context.Context, s *session.Session) {
			var err error
			sent, err = r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: address, Password: secret(goodPassword)})
			must(t, err)
		})
		work := fmt.Sprintf("%s hashes=%d events=%d", r.work.take(), r.hasher.Evaluations()-hashes, len(r.rows(store.TopicAudit))-rows)
		if sent.Address != address {
			t.Errorf("%s: sent to %q", name, sent.Address)
		}
		st, ok := b.state().(session.PendingWorkflow)
		if !ok || st.Address() != address || !st.Subject().Valid() {
			t.Fatalf("%s: state %+v", name, st)
		}
		var lines []string
		for _, c := range res.Cookies() {
			lines = append(lines, fmt.Sprintf("%s len=%d age=%d path=%s", c.Name, len(c.Value), c.MaxAge, c.Path))
		}
		seen[name] = trace{
			fmt.Sprint(sent.Works), fmt.Sprint(st.Kind(), st.Step(), st.Total(), st.Then(), st.Deadline()),
			strings.Join(lines, "|"), work,
		}
	}
	for name, got := range seen {
		if got != seen["new"] {
			t.Errorf("%s differs from a new address:\n got %+v\nwant %+v", name, got, seen["new"])
		}
	}
	if !strings.Contains(seen["new"].work, "Apply/7=1") || !strings.Contains(seen["new"].work, "hashes=1") {
		t.Fatalf("not the work that was expected: %s", seen["new"].work)
	}
}

// AUN-122: whoever begins a login, then a sign-up, then a login again with one
// address gets the same answers for every class of it.
func TestSignup_between_logins_tells_nobody_who_has_an_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cart := session.NewKey[string]("cart")
	seen := map[string]string{}
	for name, address := range signupClasses(r) {
		b := r.browser()
		b.do(func(_ context.Context, s *session.Session) { must(t, cart.Set(s, "full")) })
		var trace []string
		note := func(what string, out any, err error) { trace = append(trace, fmt.Sprintf("%s: %T %v", what, out, err)) }
		begin := func() {
			b.do(func(ctx context.Context, s *session.Session) {
				out, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: address})
				note("login", out, err)
			})
		}
		begin()
		_, err := b.signUp(address, goodPassword)
		note("sign-up", nil, err)
		b.do(func(_ context.Context, s *session.Session) {
			_, full, err := cart.Get(s)
			note(fmt.Sprint("cart ", full), nil, err)
		})
		begin()
		out, err := b.verify(pw("not the right password"))
		note("verify", out, err)
		seen[name] = strings.Join(trace, "\n")
	}
	for name, got := range seen {
		if got != seen["new"] {
			t.Errorf("%s differs from a new address:\n%s\nwant\n%s", name, got, seen["new"])
		}
	}
}

// AUN-122
func TestSignup_of_a_taken_address_mails_its_owner_once_an_hour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	before, _ := r.account(ada)
	for range 3 {
		if _, err := r.browser().signUp(ada, mallorys); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(r.subjects()); got != "[already_registered]" {
		t.Fatalf("mails: %s", got)
	}
	if m := r.mails()[0]; m.To != ada || m.Text != "http://localhost:8080/auth/sign-in\n" {
		t.Fatalf("mail: %+v", m)
	}
	r.clock.Advance(time.Hour + time.Second)
	_, err := r.browser().signUp(ada, mallorys)
	must(t, err)
	if got := fmt.Sprint(r.subjects()); got != "[already_registered already_registered]" {
		t.Fatalf("mails: %s", got)
	}
	after, _ := r.account(ada)
	if fmt.Sprintf("%+v", before) != fmt.Sprintf("%+v", after) || r.opens(ada, mallorys) || !r.opens(ada, goodPassword) {
		t.Fatal("a sign-up changed somebody's account")
	}
}

// AUN-128, AUN-122: over the budget nothing is mailed and nothing else differs.
func TestSignup_mails_three_links_an_hour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 5 {
		_, err := r.browser().signUp(ada, goodPassword)
		must(t, err)
	}
	if got := len(r.subjects()); got != 3 {
		t.Fatalf("%d mails, 3 are allowed", got)
	}
	if got := len(r.rows(store.TopicVoid)); got < 2 {
		t.Fatalf("%d void rows stand for two mails", got)
	}
	_, err := r.browser().signUp(bob, goodPassword)
	must(t, err)
	if got := len(r.subjects()); got != 4 {
		t.Fatal("one address spent the budget of another")
	}
	r.clock.Advance(time.Hour + time.Second)
	if _, err := r.browser().confirm(r.browser().asks(ada, goodPassword), owners); err != nil {
		t.Fatalf("the link after the hour: %v", err)
	}
}

// AUN-123, AUN-I14: one account, one living link, and losing a race looks like
// winning it, or parallel requests would tell new addresses from taken ones.
func TestSignup_in_parallel_leaves_one_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 32
	var wg sync.WaitGroup
	browsers := make([]*browser, n)
	for i := range browsers {
		browsers[i] = r.browser()
		wg.Go(func() {
			if _, err := browsers[i].signUp(ada, fmt.Sprintf("password of browser %d", i)); err != nil {
				t.Errorf("browser %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	for i, b := range browsers {
		if !is[session.PendingWorkflow](b.state()) {
			t.Errorf("browser %d: %T", i, b.state())
		}
	}
	acct, ok := r.account(ada)
	if !ok || acct.User.State != identity.Candidate || len(acct.Credentials) != 1 {
		t.Fatalf("account: %+v", acct)
	}
	alive := 0
	for _, m := range r.mails() {
		if _, token, ok := strings.Cut(m.Text, "token="); ok {
			if _, err := r.browser().view(strings.TrimSpace(token)); err == nil {
				alive++
			}
		}
	}
	if alive > 1 {
		t.Fatalf("%d links live", alive)
	}
}

// AUN-128: a lost race is not paid from the budget, or two people who sign up
// together would leave nobody a link.
func TestSignup_that_starts_over_in_a_race_is_charged_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	lost := 0
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && lost < 2 {
			lost++
			return store.ErrExists
		}
		return nil
	})
	first := r.browser().asks(ada, goodPassword)
	if lost != 2 {
		t.Fatalf("lost %d races", lost)
	}
	r.ident.hook(nil)
	if second, third := r.browser().asks(ada, goodPassword), r.browser().asks(ada, goodPassword); second == first || third == second {
		t.Fatal("the budget was spent by races")
	}
}

// AUN-122: a taken address loses no races, so losing them all must not show.
func TestSignup_that_loses_every_race_looks_like_any_other(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	lost := 0
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && lost < 3 {
			lost++
			return store.ErrConflict
		}
		return nil
	})
	b := r.browser()
	if _, err := b.signUp(ada, goodPassword); err != nil || !is[session.PendingWorkflow](b.state()) {
		t.Fatalf("%v, %T", err, b.state())
	}
	if _, ok := r.account(ada); ok || lost != 3 || len(r.mails()) != 0 {
		t.Fatal("the loser left something")
	}
}

// AUN-123, AUN-I14: whoever began earlier keeps nothing.
func TestSignup_again_voids_the_earlier_one(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mallory, owner := r.browser(), r.browser()
	first := mallory.asks(ada, mallorys)
	old, _ := r.account(ada)
	second := owner.asks(ada, goodPassword)
	acct, _ := r.account(ada)
	if acct.User.ID == old.User.ID || len(acct.Credentials) != 1 || acct.Credentials[0].ID == old.Credentials[0].ID {
		t.Fatal("the earlier account was resumed")
	}
	for who, b := range map[string]*browser{"mallory": mallory, "owner": owner} {
		if _, err := b.confirm(first, mallorys); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Fatalf("the earlier link in the browser of %s: %v", who, err)
		}
	}
	if v, err := mallory.view(second); err != nil || !v.NeedsPassword {
		t.Fatalf("the earlier workflow owns the later link: %+v, %v", v, err)
	}
	if done, err := owner.confirm(second, ""); err != nil || !done.SignedIn {
		t.Fatalf("the later one: %+v, %v", done, err)
	}
	if r.opens(ada, mallorys) || !r.opens(ada, goodPassword) {
		t.Fatal("the wrong password opens the account")
	}
	if mallory.signedIn() {
		t.Fatal("the earlier workflow became a login")
	}
	e, err := r.stores.Session.Epochs(t.Context(), old.User.Subject())
	if err != nil || e.User == 0 {
		t.Fatalf("the epoch of the erased account stands at %d, %v", e.User, err)
	}
}

// AUN-120, AUN-122, IDN-015: what is wrong with the input never depends on what
// is stored, and is found before anything is asked or spent.
func TestSignup_field_errors(t *testing.T) {
	t.Parallel()
	names, err := identity.NewReservedNames("postmaster@example.org")
	must(t, err)
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.ReservedNames = names })
	r.person(ada)
	ok := authn.NewUser{Email: ada, Password: secret(goodPassword)}
	cases := map[string]func(n *authn.NewUser){
		"email":        func(n *authn.NewUser) { n.Email = "nobody" },
		"email ":       func(n *authn.NewUser) { n.Email = "" },
		"email  ":      func(n *authn.NewUser) { n.Email = "a\u202eb@example.org" },
		"email   ":     func(n *authn.NewUser) { n.Email = strings.Repeat("a", 300) + "@example.org" },
		"email    ":    func(n *authn.NewUser) { n.Email = "Postmaster@example.ORG" },
		"email     ":   func(n *authn.NewUser) { n.Email = "a\xff@example.org" },
		"display_name": func(n *authn.NewUser) { n.DisplayName = "a\nb" },
		"display_name ": func(n *authn.NewUser) {
			n.DisplayName = strings.Repeat("x", identity.MaxDisplayName+1)
		},
		"password":      func(n *authn.NewUser) { n.Password = secret("too short") },
		"password ":     func(n *authn.NewUser) { n.Password = secret(n.Email) },
		"password   ":   func(n *authn.NewUser) { n.Password = secret("") },
		"password    ":  func(n *authn.NewUser) { n.Password = secret(strings.Repeat("x", authn.MaxPassword+1)) },
		"password     ": func(n *authn.NewUser) { n.Password = secret("Ada Lovelace1815"); n.DisplayName = "Ada Lovelace" },
	}
	for name, spoil := range cases {
		b := r.browser()
		r.work.take()
		hashes := r.hasher.Evaluations()
		var first error
		for _, known := range []bool{false, true} {
			n := ok
			n.Password = secret(goodPassword)
			if !known {
				n.Email = "fresh@example.org"
			}
			spoil(&n)
			b.do(func(ctx context.Context, s *session.Session) { _, err = r.accounts.BeginSignup(ctx, s, n) })
			var field *authn.FieldError
			var policy *password.PolicyError
			switch want := strings.TrimSpace(name); {
			case want == "password" && !errors.As(err, &policy):
				t.Errorf("%q: %v", name, err)
			case want != "password" && (!errors.As(err, &field) || field.Field != want):
				t.Errorf("%q: %v", name, err)
			case n.Email != "" && strings.Contains(err.Error(), n.Email):
				t.Errorf("%q repeats the input", name)
			}
			if first == nil {
				first = err
			} else if want := first.Error(); err == nil || err.Error() != want {
				t.Errorf("%q: %v for a known address, %v for a new one", name, err, first)
			}
		}
		want := ""
		if strings.HasPrefix(name, "password") {
			want = "TenantByID=2" // whose rules they are, whoever exists there
		}
		if w := r.work.take(); w != want || r.hasher.Evaluations() != hashes {
			t.Errorf("%q: work before the input was judged: %s", name, w)
		}
	}
}

// AUN-120
func TestSignup_closed_takes_nobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.SignUp = authn.SignUpClosed })
	if _, err := r.browser().signUp(ada, goodPassword); !errors.Is(err, authn.ErrSignUpClosed) {
		t.Fatalf("got %v", err)
	}
	if w := r.work.take(); w != "" {
		t.Fatalf("work: %s", w)
	}
}

// AUN-121: a sign-up cannot replace a login, and finds that out before it has
// made anything.
func TestSignup_while_signed_in_changes_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	for _, address := range []string{ada, "fresh@example.org"} {
		r.work.take()
		if _, err := b.signUp(address, goodPassword); !errors.Is(err, authn.ErrSignedIn) {
			t.Fatalf("got %v", err)
		}
		if w := r.work.take(); w != "" {
			t.Fatalf("work: %s", w)
		}
	}
	if !b.signedIn() || len(r.mails()) != 0 {
		t.Fatal("the login was touched, or somebody got a mail")
	}
}

// AUN-126: the link goes to the address that it proves. A look-alike that has
// the same canonical form may be another person's mailbox.
func TestSignup_mails_the_address_that_is_proven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	for typed, to := range map[string]string{
		"ｆresh@Example.org":          "fresh@example.org",
		"ADA@example.org":            ada,
		"ada＠example.org":            ada,
		"mi\u017fa@example.org":      "misa@example.org",
		"stra\u00dfe@stra\u00dfe.de": "strasse@xn--strae-oqa.de",
	} {
		if _, err := r.browser().signUp(typed, goodPassword); err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		if got := r.mails()[0].To; typed != "ada＠example.org" && typed != "ADA@example.org" && got != to {
			t.Errorf("%q: mailed to %q", typed, got)
		}
	}
	for _, m := range r.mails() {
		if m.Subject == "already_registered" && m.To != ada {
			t.Errorf("the owner's mail went to %q", m.To)
		}
	}
}

// AUN-126, AUN-132: no header of a request gets into a link.
func TestSignup_link_is_built_from_the_configured_address_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	b.host = "evil.example"
	b.asks(ada, goodPassword)
	r.person(bob)
	_, err := b.signUp(bob, goodPassword)
	must(t, err)
	for _, m := range r.mails() {
		if !strings.HasPrefix(m.Text, "http://localhost:8080/auth/") || strings.Contains(m.Text, "evil") {
			t.Errorf("mail: %q", m.Text)
		}
	}
}

// AUN-122: an account that cannot be read is an account.
func TestSignup_over_a_corrupt_account_looks_like_any_other(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ident.hook(func(verb string) error {
		if verb == "AccountByIdentifier" {
			return store.ErrCorrupt
		}
		return nil
	})
	if _, err := r.browser().signUp(ada, goodPassword); err != nil {
		t.Fatal(err)
	}
	if r.metrics.Counted("authn_alarms", metric.L(metric.Reason, "data_integrity")) != 1 {
		t.Fatal("no alarm")
	}
}

// AUN-060, AUN-122: what fails, fails for everybody and leaves nothing behind.
func TestSignup_on_a_failing_store_leaves_nothing(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"AccountByIdentifier", "Apply/7", "Reserve"} {
		for _, known := range []bool{false, true} {
			r := newRig(t)
			if known {
				r.person(ada)
			}
			r.ledger.down = at == "Reserve"
			r.ident.hook(func(verb string) error {
				if verb == at {
					return store.ErrUnavailable
				}
				return nil
			})
			b := r.browser()
			if _, err := b.signUp(ada, goodPassword); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: %v", at, err)
			}
			if _, stored := r.account(ada); stored != known || len(r.mails()) != 0 || !is[session.Guest](b.state()) {
				t.Fatalf("%s, known %v: something is left", at, known)
			}
		}
	}
}

// SES-004, AUN-I15: the workflow of a taken address is for nobody.
func TestSignup_of_a_taken_address_can_never_finish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	mallory := r.browser()
	_, err := mallory.signUp(ada, mallorys)
	must(t, err)
	other := r.browser().asks(bob, goodPassword)
	if v, err := mallory.view(other); err != nil || !v.NeedsPassword {
		t.Fatalf("%+v, %v", v, err)
	}
	if mallory.signedIn() || r.opens(ada, mallorys) {
		t.Fatal("mallory got in")
	}
}

// AUN-122, AUN-I2: a store that answers strangely after the sign-up has been written
// is an outage, and no lost race: the sign-up is not made a second and a third time.
func TestSignup_is_written_once_whatever_follows(t *testing.T) {
	t.Parallel()
	for _, odd := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
		r := newRig(t)
		written := 0
		r.ident.hook(func(verb string) error {
			if strings.HasPrefix(verb, "Apply") {
				written++
			}
			return nil
		})
		r.store.hook(func(verb string) error {
			if verb == "Epochs" {
				return odd
			}
			return nil
		})
		if _, err := r.browser().signUp(ada, goodPassword); !errors.Is(err, odd) || written != 1 {
			t.Errorf("%v: written %d times, %v", odd, written, err)
		}
	}
}
