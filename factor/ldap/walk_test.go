package ldap_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/ldap"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/keys"
)

// byAddress finds people by the address that they sign in with.
func byAddress(c *ldap.Config) {
	c.Form = ldap.SearchThenBind{
		BaseDN: "ou=people," + dbtest.LDAPSuffix, Filter: "(&(objectClass=inetOrgPerson)(mail={user}))",
		Service: ldap.Account{DN: "cn=search," + dbtest.LDAPSuffix, Password: secret("the service searches")},
	}
}

// kit is somebody with an account and no credential here.
const kit = "kit@example.org"

// program is one whose people sign in with the password of a directory.
func program(t *testing.T, d *ldap.Directory, records ...ldap.Record) *axesstest.Kit {
	t.Helper()
	f, err := ldap.NewFactor(ldap.Served{Name: "corp", Directory: d, Everybody: len(records) == 0})
	if err != nil {
		t.Fatal(err)
	}
	var stores backend.Stores
	source := keys.Ephemeral(entropy.Seeded(3))
	k := axesstest.New(t, nil, axesstest.Config(func(c *axess.Config) {
		stores, c.SignUp, c.Keys = c.Stores, axess.SignUpClosed, source
		c.Factors = []factor.Verifier{f}
		c.Methods = []identity.Method{{Name: "directory", Enabled: true, Steps: []identity.Step{identity.Required(factor.LDAPBind)}}}
	}))
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	name, err := identity.NewIdentifier(identity.Email, kit)
	if err != nil {
		t.Fatal(err)
	}
	src, now := entropy.Seeded(9), k.Clock.Now()
	u := identity.User{
		ID: identity.NewUserID(src), Tenant: view.Tenant.ID, Identifiers: []identity.Identifier{name},
		State: identity.Active, Detail: identity.StateDetail{Since: now},
		WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src),
		CreatedAt: now, UpdatedAt: now, EmailVerifiedAt: now,
	}
	rings, err := source.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vault := factor.NewVault(rings.Data, rings.Index)
	changes := []identity.Change{identity.NewUser{User: u}}
	for _, r := range records {
		row, err := vault.Seal(identity.Credential{
			ID: identity.NewCredentialID(src), Tenant: u.Tenant, User: u.ID, Kind: factor.LDAPBind,
			State: identity.CredentialActive, Version: 1, CreatedAt: now,
		}, r.Encode())
		if err != nil || strings.Contains(string(row.Body), r.Name) {
			t.Fatal(err)
		}
		changes = append(changes, identity.PutCredential{Credential: row})
	}
	if err := stores.Identity.Apply(t.Context(), changes...); err != nil {
		t.Fatal(err)
	}
	return k
}

func signIn(k *axesstest.Kit, name, password string) (*axesstest.Browser, *axesstest.Answer) {
	b := k.Browser()
	b.Get("/auth/sign-in").Want(200)
	return b, b.Post("/auth/sign-in", axesstest.Form{"identifier": name, "password": password})
}

// FAC-090, FAC-100, AUN-034: a sign-in through the pages, judged by slapd; what the
// directory forgets, the next sign-in does not know.
func TestFactor_walk_on_slapd(t *testing.T) {
	t.Parallel()
	d := real(t, byAddress)
	k := program(t, d)
	b, _ := signIn(k, kit, axesstest.Password)
	b.Get("/auth/account").Want(200)

	// Later, a change of the account asks for it again (AUN-104).
	k.Clock.Advance(10 * time.Minute)
	up := b.Get("/auth/account/email")
	if up.URL.Path != "/auth/factor/ldap_bind" || !strings.Contains(up.Body, `type="password"`) {
		t.Fatalf("a change of the address is on %s", up.URL.Path)
	}
	next := up.URL.Query().Get("next")
	b.Post("/auth/factor/ldap_bind", axesstest.Form{"password": "not the password of kit", "code": "not the password of kit", "next": next}).Want(401)
	if done := b.Post("/auth/factor/ldap_bind", axesstest.Form{"password": axesstest.Password, "code": axesstest.Password, "next": next}); done.URL.Path != "/auth/account/email" {
		t.Errorf("after the step-up: %d on %s", done.Status, done.URL.Path)
	}

	_, wrong := signIn(k, kit, "not the password of kit")
	wrong.Want(401)
	_, nobody := signIn(k, "nobody@example.org", "not the password of kit")
	nobody.Want(401)
	// What differs is what was typed.
	if a, b := strings.ReplaceAll(wrong.Body, kit, "x"), strings.ReplaceAll(nobody.Body, "nobody@example.org", "x"); len(a) != len(b) {
		t.Errorf("%d and %d bytes for somebody and nobody", len(a), len(b))
	}

	if err := slapd.Change("dn: uid=kit,ou=people,dc=example,dc=test\nchangetype: modify\nreplace: userPassword\nuserPassword: changed in the directory\n"); err != nil {
		t.Fatal(err)
	}
	_, old := signIn(k, kit, axesstest.Password)
	old.Want(401)
	b, _ = signIn(k, kit, "changed in the directory")
	b.Get("/auth/account").Want(200)

	if err := slapd.Change("dn: uid=kit,ou=people,dc=example,dc=test\nchangetype: delete\n"); err != nil {
		t.Fatal(err)
	}
	_, gone := signIn(k, kit, "changed in the directory")
	gone.Want(401)
}

// FAC-098: an account is led to its entry by a sealed record, by name or, for one that
// lies elsewhere, by its own DN.
func TestFactor_record_on_slapd(t *testing.T) {
	t.Parallel()
	for name, who := range map[string]struct {
		ldap.Person

		password string
	}{
		"name": {ldap.Person{Name: "bob"}, "another good password"},
		"DN":   {ldap.Person{Name: "twin", DN: "cn=Twin Two,ou=people," + dbtest.LDAPSuffix}, "twin password two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := program(t, real(t, searching), ldap.Record{Directory: "corp", Person: who.Person})
			if who.DN != "" {
				k.Scan.Secret("the name of an entry", "cn=Twin Two")
			}
			_, wrong := signIn(k, kit, "twin password one")
			wrong.Want(401)
			b, _ := signIn(k, kit, who.password)
			b.Get("/auth/account").Want(200)
		})
	}
	// Where the directory does not have everybody, who has no record is not let in.
	k := program(t, real(t, byAddress), ldap.Record{Directory: "another", Person: ldap.Person{Name: "ada"}})
	_, a := signIn(k, kit, adaPassword)
	a.Want(401)
}

// FAC-097, AUN-034: a directory that cannot judge locks nobody, and says nothing of who
// exists.
func TestFactor_a_directory_in_trouble_locks_nobody(t *testing.T) {
	t.Parallel()
	var code atomic.Int64
	s := serve(t, &stub{secure: true, bind: func(name, password string) (int, string) {
		if c := int(code.Load()); c != 0 {
			return c, "mail=kit@example.org is not served now"
		}
		if password == axesstest.Password && !strings.Contains(name, "axess-") {
			return 0, ""
		}
		return 49, ""
	}})
	d := directory(t, ldap.Config{
		URL: "ldaps://" + s.addr, Roots: s.roots, Form: ldap.DN("mail={user},dc=x"), DecoyBinds: true, Clock: clock.NewFake(today),
	})
	k := program(t, d)
	b, _ := signIn(k, kit, axesstest.Password)
	b.Get("/auth/account").Want(200)
	k.Scan.Secret("what the directory says", "is not served now") // FAC-098
	for _, c := range []int{51, 52, 53, 80, 3, 10, 8} {
		code.Store(int64(c))
		for range authn.UserLock().Threshold/2 + 1 {
			_, a := signIn(k, kit, "a wrong password")
			a.Want(503)
		}
		_, a := signIn(k, "nobody@example.org", "a wrong password")
		a.Want(503)
	}
	code.Store(0)
	b, _ = signIn(k, kit, axesstest.Password)
	b.Get("/auth/account").Want(200)

	// Nobody and somebody cost one bind each.
	for _, name := range []string{kit, "nobody@example.org"} {
		before := len(s.bound())
		_, a := signIn(k, name, "a wrong password")
		a.Want(401)
		if n := len(s.bound()) - before; n != 1 {
			t.Errorf("%s: %d binds", name, n)
		}
	}
	// A wrong password is a guess, and the right one fails while the account is locked.
	for range authn.UserLock().Threshold {
		signIn(k, kit, "a wrong password")
	}
	_, a := signIn(k, kit, axesstest.Password)
	a.Want(429)
}

// FAC-098, IDN-031: a record leads to a directory of its own tenant, or nowhere.
func TestFactor_records_stay_in_their_tenant(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{secure: true})
	d := at(t, s, clock.NewFake(today), func(c *ldap.Config) { c.DecoyBinds = true })
	src := entropy.Seeded(1)
	one, two, other := identity.NewTenantID(src), identity.NewTenantID(src), identity.NewTenantID(src)
	f, err := ldap.NewFactor(
		ldap.Served{Name: "one", Directory: d, Tenants: []identity.TenantID{one}},
		ldap.Served{Name: "two", Directory: d, Tenants: []identity.TenantID{two}, Everybody: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	user := identity.NewUserID(src)
	attempt := func(tenant identity.TenantID, bodies ...[]byte) factor.Attempt {
		a := factor.Attempt{
			Secret: secret(marked), Subject: identity.Subject{Tenant: tenant, User: user},
			User: identity.User{ID: user, Tenant: tenant, Identifiers: []identity.Identifier{{Kind: identity.Email, Canonical: "a@x", Typed: "a@x"}}},
		}
		for _, b := range bodies {
			a.Records = append(a.Records, factor.Record{Body: b})
		}
		return a
	}
	body := func(name string) []byte {
		return ldap.Record{Directory: name, Person: ldap.Person{Name: "ada"}}.Encode()
	}
	nobody := attempt(two)
	nobody.User = identity.User{}
	for name, c := range map[string]struct {
		attempt factor.Attempt
		want    factor.Verdict
		bound   string // how the name that was asked for begins
	}{
		"its own":                    {attempt(one, body("one")), factor.Accepted, "uid=ada,"},
		"another tenant's":           {attempt(one, body("two")), factor.Rejected, "uid=axess-"},
		"no directory's":             {attempt(one, body("three")), factor.Rejected, "uid=axess-"},
		"no record":                  {attempt(one), factor.Rejected, "uid=axess-"},
		"a broken one":               {attempt(one, []byte{7}), factor.Rejected, "uid=axess-"},
		"a broken one, then its own": {attempt(one, []byte{7}, body("one")), factor.Accepted, "uid=ada,"},
		"everybody":                  {attempt(two), factor.Accepted, "uid=a@x,"},
		"everybody, and a record":    {attempt(two, body("two")), factor.Accepted, "uid=ada,"},
		"everybody, another's":       {attempt(two, body("one")), factor.Rejected, "uid=axess-"},
		"nobody":                     {nobody, factor.Rejected, "uid=axess-"},
		"a tenant without":           {attempt(other), factor.Misconfigured, ""},
	} {
		before := len(s.bound())
		got := f.Verify(t.Context(), c.attempt)
		if got.Verdict != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		asked := s.bound()[before:]
		if c.bound == "" && len(asked) > 0 || c.bound != "" && (len(asked) != 1 || !strings.HasPrefix(asked[0], c.bound)) {
			t.Errorf("%s: asked for %q", name, asked)
		}
	}
	if !f.Holds(attempt(two)) || f.Holds(attempt(one)) || f.Holds(nobody) || f.Holds(attempt(other)) {
		t.Error("who is held without a record")
	}
	for name, want := range map[string]bool{"one": true, "three": false} {
		if f.Works(factor.Record{Body: body(name)}) != want {
			t.Errorf("works: %s", name)
		}
	}
	made, v := f.Enrol(t.Context(), attempt(one))
	if rec, err := ldap.Decode(made); v != factor.Accepted || err != nil || rec.Directory != "one" || rec.Name != "a@x" {
		t.Errorf("%+v, %v, %v", rec, v, err)
	}
}

func TestNewFactor_checks(t *testing.T) {
	t.Parallel()
	d := directory(t, ldap.Config{URL: "ldaps://ldap.example.test", Form: ldap.UPN("{user}@x.test")})
	tenant := []identity.TenantID{identity.NewTenantID(entropy.Seeded(1))}
	for name, served := range map[string][]ldap.Served{
		"none":            nil,
		"no name":         {{Directory: d}},
		"no directory":    {{Name: "a"}},
		"twice":           {{Name: "a", Directory: d}, {Name: "a", Directory: d}},
		"zero tenant":     {{Name: "a", Directory: d, Tenants: []identity.TenantID{{}}}},
		"everybody twice": {{Name: "a", Directory: d, Everybody: true, Tenants: tenant}, {Name: "b", Directory: d, Everybody: true, Tenants: tenant}},
	} {
		if _, err := ldap.NewFactor(served...); !errors.Is(err, ldap.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
