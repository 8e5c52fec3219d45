package ldap_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/factor/ldap"
)

// FAC-093, FAC-094: the examples of RFC 4514 §4 and RFC 4515 §4, and what breaks out.
func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"James \"Jim\" Smith, III": `James \"Jim\" Smith\, III`,
		"Before\rAfter":            `Before\0dAfter`,
		"#leading":                 `\#leading`,
		" both ":                   `\ both\ `,
		" ":                        `\ `,
		"a=b":                      `a\=b`,
		"Lučić":                    `Lu\c4\8di\c4\87`,
		"\x00":                     `\00`,
		"a\\":                      `a\\`,
		"x,dc=evil":                `x\,dc\=evil`,
		"\xff":                     `\ff`,
	} {
		if got := ldap.EscapeDN(in); got != want {
			t.Errorf("DN %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"Parens R Us (for all your parenthetical needs)": `Parens R Us \28for all your parenthetical needs\29`,
		"*":              `\2a`,
		`C:\MyFile`:      `C:\5cMyFile`,
		"\x00\x00\x04":   `\00\00\04`,
		"Lučić":          `Lu\c4\8di\c4\87`,
		"a)(uid=*":       `a\29\28uid=\2a`,
		"with a = and |": "with a = and |",
	} {
		if got := ldap.EscapeFilter(in); got != want {
			t.Errorf("filter %q: %q, want %q", in, got, want)
		}
	}
}

// FAC-093: what a template has to be.
func TestNew_templates(t *testing.T) {
	t.Parallel()
	service := ldap.Account{DN: "cn=s", Password: secret("s")}
	search := func(base, filter string) ldap.Form {
		return ldap.SearchThenBind{BaseDN: base, Filter: filter, Service: service}
	}
	for name, c := range map[string]struct {
		form ldap.Form
		ok   bool
	}{
		"DN":                        {ldap.DN("uid={user},ou=people,dc=x"), true},
		"DN, a part of a value":     {ldap.DN("cn=user-{user}+ou=y,dc=x"), true},
		"no slot":                   {ldap.DN("uid=user,dc=x"), false},
		"two slots":                 {ldap.DN("uid={user},cn={user}"), false},
		"other slot":                {ldap.DN("uid={user},dc={tenant}"), false},
		"in a name of attribute":    {ldap.DN("{user}=x,dc=x"), false},
		"whole":                     {ldap.DN("{user}"), false},
		"hexadecimal value":         {ldap.DN("uid=#04{user},dc=x"), false},
		"behind a backslash":        {ldap.DN(`uid=\{user},dc=x`), false},
		"no DN":                     {ldap.DN("people/{user}"), false},
		"empty":                     {ldap.DN(""), false},
		"UPN":                       {ldap.UPN("{user}@corp.example"), true},
		"UPN without domain":        {ldap.UPN("{user}@"), false},
		"UPN turned round":          {ldap.UPN("corp@{user}"), false},
		"down-level":                {ldap.DownLevel(`CORP\{user}`), true},
		"down-level with a slash":   {ldap.DownLevel(`CORP/{user}`), false},
		"down-level turned round":   {ldap.DownLevel(`{user}\CORP`), false},
		"search":                    {search("dc=x", "(&(objectClass=person)(uid={user}))"), true},
		"search with a part":        {search("dc=x", "(mail={user}@x)"), false},
		"search by substring":       {search("dc=x", "(cn=*{user}*)"), false},
		"search for others":         {search("dc=x", "(!(uid={user}))"), false},
		"search for present":        {search("dc=x", "({user}=*)"), false},
		"search without slot":       {search("dc=x", "(uid=*)"), false},
		"search twice":              {search("dc=x", "(|(uid={user})(mail={user}))"), false},
		"search, no filter":         {search("dc=x", "uid={user}"), false},
		"search without base":       {search("", "(uid={user})"), false},
		"search, base is no DN":     {search("example", "(uid={user})"), false},
		"search without an account": {ldap.SearchThenBind{BaseDN: "dc=x", Filter: "(uid={user})"}, false},
		"search, no password": {ldap.SearchThenBind{
			BaseDN: "dc=x", Filter: "(uid={user})", Service: ldap.Account{DN: "cn=s"},
		}, false},
		"none": {nil, false},
	} {
		d, err := ldap.New(ldap.Config{URL: "ldaps://ldap.example.test", Form: c.form})
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ldap.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
		if d != nil {
			d.Close()
		}
	}
}

// FAC-093: forms without an escape take plain names only, and ask nobody else.
func TestBindName_of_forms_without_escape(t *testing.T) {
	t.Parallel()
	for form, want := range map[ldap.Form]string{ldap.UPN("{user}@corp.example"): "ada.b-c_1@corp.example", ldap.DownLevel(`CORP\{user}`): `CORP\ada.b-c_1`} {
		d := directory(t, ldap.Config{URL: "ldaps://ldap.example.test", Form: form})
		if got, ok := ldap.BindName(d, "ada.b-c_1"); !ok || got != want {
			t.Errorf("%q, %v", got, ok)
		}
		for _, bad := range []string{"a@b", `a\b`, "a b", "ä", "a,b", "*", "a/b", strings.Repeat("a", 65), "a\n"} {
			if got, ok := ldap.BindName(d, bad); ok {
				t.Errorf("%q became %q", bad, got)
			}
		}
	}
}

// FAC-I8: whatever is typed is the value and nothing else.
func FuzzDN(f *testing.F) {
	for _, s := range []string{"ada", " #a,b+c=d\\", "\x00\xff", "{user}", "a\\2c", `\`, `"`, "é", ",", "#04"} {
		f.Add(s)
	}
	d, err := ldap.New(ldap.Config{URL: "ldaps://x", Form: ldap.DN("uid={user},ou=people,dc=example,dc=test")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, ok := ldap.BindName(d, name)
		if !ok {
			return
		}
		dn, err := goldap.ParseDN(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", name, got, err)
		}
		want := []string{"uid", name, "ou", "people", "dc", "example", "dc", "test"}
		if len(dn.RDNs) != 4 {
			t.Fatalf("%q became %q: %d parts", name, got, len(dn.RDNs))
		}
		for i, rdn := range dn.RDNs {
			if len(rdn.Attributes) != 1 || rdn.Attributes[0].Type != want[2*i] || rdn.Attributes[0].Value != want[2*i+1] {
				t.Fatalf("%q became %q: part %d is %+v", name, got, i, rdn)
			}
		}
	})
}

// FAC-I8
func FuzzFilter(f *testing.F) {
	for _, s := range []string{"ada", "*", ")(uid=*", "\\", "\x00\xff", "{user}", `\2a`, "é", "a*b", "person"} {
		f.Add(s)
	}
	d, err := ldap.New(ldap.Config{URL: "ldaps://x", Form: ldap.SearchThenBind{
		BaseDN: "dc=x", Filter: "(&(objectClass=person)(uid={user}))", Service: ldap.Account{DN: "cn=s", Password: secret("s")},
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, ok := ldap.BindName(d, name)
		if !ok {
			return
		}
		p, err := goldap.CompileFilter(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", name, got, err)
		}
		if p.Tag != goldap.FilterAnd || len(p.Children) != 2 {
			t.Fatalf("%q became %q", name, got)
		}
		for i, want := range []string{"objectClass", "person", "uid", name} {
			leaf := p.Children[i/2]
			if leaf.Tag != goldap.FilterEqualityMatch || len(leaf.Children) != 2 || leaf.Children[i%2].Data.String() != want {
				t.Fatalf("%q became %q: leaf %d", name, got, i)
			}
		}
	})
}

// FAC-098: a body of any bytes is refused or comes back as it was.
func FuzzDecode(f *testing.F) {
	f.Add(ldap.Record{Directory: "corp", Person: ldap.Person{Name: "ada", DN: "uid=ada,dc=x"}}.Encode())
	f.Add([]byte{1, 0, 1, 'a', 0, 1, 'b', 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ldap.Decode(b)
		if err != nil {
			if !errors.Is(err, ldap.ErrRecord) {
				t.Fatal(err)
			}
			return
		}
		if string(r.Encode()) != string(b) || r.Validate() != nil {
			t.Fatalf("%q became %+v", b, r)
		}
	})
}

// FAC-098: names of other scripts lead somewhere, too.
func TestRecord(t *testing.T) {
	t.Parallel()
	for _, r := range []ldap.Record{
		{Directory: "corp", Person: ldap.Person{Name: "ada"}},
		{Directory: "corp", Person: ldap.Person{Name: "ada", DN: "cn=Lučić\\, Zoë,dc=x"}},
	} {
		got, err := ldap.Decode(r.Encode())
		if err != nil || got != r || !utf8.ValidString(got.DN) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, r := range []ldap.Record{
		{}, {Directory: "corp"}, {Directory: "corp", Person: ldap.Person{Name: " "}}, {Directory: "corp", Person: ldap.Person{Name: "a\x00"}},
		{Directory: "corp", Person: ldap.Person{Name: "a", DN: "no name"}}, {Directory: "corp", Person: ldap.Person{Name: "a", DN: "cn=a\xff"}},
		{Directory: strings.Repeat("a", 65), Person: ldap.Person{Name: "a"}}, {Directory: "corp", Person: ldap.Person{Name: strings.Repeat("a", 257)}},
	} {
		if r.Validate() == nil {
			t.Errorf("%+v is good", r)
		}
		if _, err := ldap.Decode(r.Encode()); !errors.Is(err, ldap.ErrRecord) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
