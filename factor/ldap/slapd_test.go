package ldap_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/ldap"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/seal"
)

const adaPassword = "correct horse battery"

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

// real is a directory on slapd; change makes the rest of its configuration.
func real(t *testing.T, change ...func(*ldap.Config)) *ldap.Directory {
	t.Helper()
	dbtest.Need(t, slapd.err)
	cfg := ldap.Config{URL: slapd.TLSURL, Roots: slapd.roots, Form: ldap.DN("uid={user},ou=people," + dbtest.LDAPSuffix)}
	for _, c := range change {
		c(&cfg)
	}
	return directory(t, cfg)
}

func directory(t *testing.T, cfg ldap.Config) *ldap.Directory {
	t.Helper()
	d, err := ldap.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func startTLS(c *ldap.Config)  { c.URL, c.StartTLS = slapd.URL, true }
func inTheOpen(c *ldap.Config) { c.URL, c.InsecureLoopback = slapd.URL, true }

func searching(c *ldap.Config) {
	c.Form = ldap.SearchThenBind{
		BaseDN: dbtest.LDAPSuffix, Filter: "(&(objectClass=person)(uid={user}))",
		Service: ldap.Account{DN: "cn=search," + dbtest.LDAPSuffix, Password: secret("the service searches")},
	}
}

func want(t *testing.T, got ldap.Result, v factor.Verdict, r ldap.Reason) {
	t.Helper()
	if got.Verdict != v || got.Reason != r {
		t.Errorf("%v, reason %q, %v, want %v, %q", got.Verdict, got.Reason, got.Err, v, r)
	}
}

// FAC-090, FAC-093, FAC-094, FAC-097
func TestVerify_on_slapd(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ldap.Config){
		"ldaps": func(*ldap.Config) {}, "starttls": startTLS, "clear": inTheOpen, "search": searching,
		"search over starttls": func(c *ldap.Config) { startTLS(c); searching(c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := real(t, change)
			for _, c := range []struct {
				name, password string
				verdict        factor.Verdict
				reason         ldap.Reason
			}{
				{"ada", adaPassword, factor.Accepted, ""},
				{"josé, the, # +1", "a name that needs escapes", factor.Accepted, ""},
				{"wrong", adaPassword, factor.Rejected, ldap.ReasonCredential},
				{"bare", "anything", factor.Rejected, ldap.ReasonCredential},
				{"renew", "given by an administrator", factor.Rejected, ldap.ReasonMustChange},
				{"ada,ou=people", adaPassword, factor.Rejected, ""},
				{"ada)(uid=*", adaPassword, factor.Rejected, ""},
				{"*", adaPassword, factor.Rejected, ""},
				{"nobody-here", adaPassword, factor.Rejected, ""},
			} {
				got := d.Verify(t.Context(), ldap.Person{Name: c.name}, secret(c.password))
				if c.verdict == factor.Rejected && c.reason == "" {
					if got.Verdict != factor.Rejected {
						t.Errorf("%q: %+v", c.name, got)
					}
					continue
				}
				t.Run(c.name, func(t *testing.T) { want(t, got, c.verdict, c.reason) })
			}
		})
	}
}

// FAC-092: the server takes a bind with a name and no password and says success, as
// nobody. It is not asked.
func TestVerify_empty_password_never_binds(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, slapd.err)
	conn, err := goldap.DialURL(slapd.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.UnauthenticatedBind("uid=ada,ou=people," + dbtest.LDAPSuffix); err != nil {
		t.Fatalf("this server would not fall for it, so the test shows nothing: %v", err)
	}
	me, err := conn.WhoAmI(nil)
	if err != nil || me.AuthzID != "" {
		t.Fatalf("bound as %+v, %v", me, err)
	}
	for _, change := range []func(*ldap.Config){func(*ldap.Config) {}, searching} {
		dialer := &countingDialer{}
		d := real(t, change, func(c *ldap.Config) { c.Dialer = dialer })
		for _, p := range []seal.Secret{{}, secret(""), secret("\x00"), secret("correct horse battery\x00"), secret(strings.Repeat("a", 1025))} {
			want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, p), factor.Rejected, ldap.ReasonInput)
			want(t, d.VerifyNobody(t.Context(), p), factor.Rejected, ldap.ReasonInput)
		}
		for _, name := range []string{"", " ", "\t\n", "a\x00", "\u00a0", strings.Repeat("a", 257)} {
			want(t, d.Verify(t.Context(), ldap.Person{Name: name}, secret(adaPassword)), factor.Rejected, ldap.ReasonInput)
		}
		for _, dn := range []string{" ", "ada", "uid=", "uid=ada\x00", strings.Repeat("a", 1024) + "=b"} {
			if got := d.Verify(t.Context(), ldap.Person{Name: "ada", DN: dn}, secret(adaPassword)); dn != "uid=" {
				want(t, got, factor.Rejected, ldap.ReasonInput)
			} else if got.Verdict == factor.Accepted {
				t.Errorf("%q: %+v", dn, got)
			}
		}
		if n := dialer.n.Load(); n > 1 { // "uid=" is a name
			t.Errorf("%d connections for what nobody is asked with", n)
		}
	}
}

// FAC-093: exactly one entry. Nobody and two are asked for all the same, as somebody who
// is not there.
func TestVerify_a_search_needs_exactly_one(t *testing.T) {
	t.Parallel()
	d := real(t, searching)
	for _, password := range []string{"twin password one", "twin password two"} {
		got := d.Verify(t.Context(), ldap.Person{Name: "twin"}, secret(password))
		want(t, got, factor.Rejected, ldap.ReasonCredential)
	}
	want(t, d.Verify(t.Context(), ldap.Person{Name: "gone"}, secret("x")), factor.Rejected, ldap.ReasonCredential)
	// One that lies elsewhere is reached by its own name (FAC-098).
	got := d.Verify(t.Context(), ldap.Person{Name: "twin", DN: "cn=Twin Two,ou=people," + dbtest.LDAPSuffix}, secret("twin password two"))
	want(t, got, factor.Accepted, "")
}

// FAC-097: what the program's own account may not is nobody's wrong password.
func TestVerify_service_account_refused_is_no_guess(t *testing.T) {
	t.Parallel()
	d := real(t, func(c *ldap.Config) {
		c.Form = ldap.SearchThenBind{
			BaseDN: dbtest.LDAPSuffix, Filter: "(uid={user})",
			Service: ldap.Account{DN: "cn=search," + dbtest.LDAPSuffix + "x", Password: secret("wrong")},
		}
	})
	got := d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(adaPassword))
	want(t, got, factor.Misconfigured, ldap.ReasonService)
	var e *ldap.Error
	if !errors.As(got.Err, &e) || e.Op != "bind" || strings.Contains(got.Err.Error(), "search,") {
		t.Errorf("%v", got.Err)
	}
}

// FAC-097: the directory counts guesses, too.
func TestVerify_locked_by_the_directory(t *testing.T) {
	t.Parallel()
	d := real(t)
	for range 3 {
		want(t, d.Verify(t.Context(), ldap.Person{Name: "guessed"}, secret("no")), factor.Rejected, ldap.ReasonCredential)
	}
	got := d.Verify(t.Context(), ldap.Person{Name: "guessed"}, secret("will be locked soon"))
	if got.Verdict != factor.Rejected {
		t.Errorf("%+v", got)
	}
}

// FAC-099
func TestVerify_groups_and_attributes(t *testing.T) {
	t.Parallel()
	groups := ldap.Groups{BaseDN: "ou=groups," + dbtest.LDAPSuffix, Filter: "(member={dn})", Attribute: "cn"}
	for name, change := range map[string]func(*ldap.Config){
		"as the person": func(c *ldap.Config) { c.Groups = groups },
		"as the service": func(c *ldap.Config) {
			searching(c)
			c.Groups = groups
			c.Groups.AsService = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := real(t, change, func(c *ldap.Config) { c.Attributes = []string{"mail", "MemberOf"} })
			for who, want := range map[string]string{
				"ada": "[admins staff] [{mail [ada@example.test]}",
				"bob": "[staff] [",
			} {
				password := map[string]string{"ada": adaPassword, "bob": "another good password"}[who]
				got := d.Verify(t.Context(), ldap.Person{Name: who}, secret(password))
				if got.Verdict != factor.Accepted || got.Incomplete != nil {
					t.Fatalf("%+v", got)
				}
				if text := fmt.Sprint(got.Groups, got.Attributes); !strings.HasPrefix(text, want) || strings.Contains(text, "kept to itself") {
					t.Errorf("%s: %s", who, text)
				}
			}
		})
	}
	elsewhere := func(c *ldap.Config) {
		c.Groups = groups
		c.Groups.BaseDN = "ou=not-there," + dbtest.LDAPSuffix
	}
	got := real(t, elsewhere).Verify(t.Context(), ldap.Person{Name: "ada"}, secret(adaPassword))
	if got.Verdict != factor.Accepted || got.Incomplete == nil || got.Groups != nil {
		t.Errorf("%+v", got)
	}
	got = real(t, elsewhere, func(c *ldap.Config) { c.RequireGroups = true }).Verify(t.Context(), ldap.Person{Name: "ada"}, secret(adaPassword))
	want(t, got, factor.Unavailable, ldap.ReasonGroups)
}

// FAC-096: searches share connections, binds never do.
func TestVerify_each_bind_has_a_connection_of_its_own(t *testing.T) {
	t.Parallel()
	dialer := &countingDialer{}
	d := real(t, searching, func(c *ldap.Config) { c.Dialer = dialer })
	const times = 5
	for range times {
		want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(adaPassword)), factor.Accepted, "")
	}
	if n := dialer.n.Load(); n != times+1 {
		t.Errorf("%d connections for %d binds and one account that searches", n, times)
	}
}

// AUN-034: a directory that is asked about nobody takes nobody.
func TestVerifyNobody_on_slapd(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*ldap.Config){func(*ldap.Config) {}, searching} {
		dialer := &countingDialer{}
		d := real(t, change, func(c *ldap.Config) { c.DecoyBinds, c.Dialer = true, dialer })
		for range 12 {
			want(t, d.VerifyNobody(t.Context(), secret(adaPassword)), factor.Rejected, ldap.ReasonCredential)
		}
		if n := dialer.n.Load(); n < 12 {
			t.Errorf("%d connections for 12 decoys that bind", n)
		}
	}
}
