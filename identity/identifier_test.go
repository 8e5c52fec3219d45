package identity_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/axess-go/axess/identity"
)

// IDN-026
func TestNewIdentifier_canonical_forms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        identity.IdentifierKind
		typed, want string
	}{
		{identity.Username, "Ada", "ada"},
		{identity.Username, "ＡＤＡ", "ada"},        // full width
		{identity.Username, "ﬁona", "fiona"},     // ligature
		{identity.Username, "Straße", "strasse"}, // full folding
		{identity.Username, "Ἀδα", "ἀδα"},
		{identity.Username, "e\u0301ve", "éve"},
		{identity.Username, "ada lovelace", "ada lovelace"},
		{identity.Username, "ada\u00a0lovelace", "ada lovelace"},
		{identity.Email, "Ada@Example.TEST", "ada@example.test"},
		{identity.Email, "ada＠example.test", "ada@example.test"}, // full-width at sign
		{identity.Email, "ada+news@example.test", "ada+news@example.test"},
		{identity.Email, "ada@Bücher.test", "ada@xn--bcher-kva.test"},
		{identity.Email, "ada@xn--bcher-kva.test", "ada@xn--bcher-kva.test"},
		{identity.Email, "ada@bücher。test", "ada@xn--bcher-kva.test"}, // ideographic full stop
		{identity.Email, "ada@straße.test", "ada@xn--strae-oqa.test"},
		{identity.Email, "ada@strasse.test", "ada@strasse.test"},
		{identity.Email, "ada@localhost", "ada@localhost"},
		{identity.Email, "Jürgen@example.test", "jürgen@example.test"},
	} {
		got, err := identity.NewIdentifier(c.kind, c.typed)
		if err != nil || got.Canonical != c.want || got.Typed != c.typed || got.Kind != c.kind {
			t.Errorf("NewIdentifier(%s, %q) = %+v, %v; want %q", c.kind, c.typed, got, err, c.want)
		}
	}
}

// IDN-026, IDN-028
func TestNewIdentifier_refuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 257)
	for _, c := range []struct {
		kind  identity.IdentifierKind
		typed string
		want  identity.Rule
	}{
		{"pager", "+49", identity.RuleKind},
		{"external", "ada", identity.RuleKind},
		{"external:", "ada", identity.RuleKind},
		{"external:a b", "ada", identity.RuleKind},
		{identity.Phone, "", identity.RuleEmpty},
		{identity.Phone, "0301234567", identity.RulePhone},       // whose country?
		{identity.Phone, "00493012345", identity.RulePhone},      // nor is 00 the same everywhere
		{identity.Phone, "+49 (0) 30 12345", identity.RulePhone}, // one number, two keys
		{identity.Phone, "+0301234567", identity.RulePhone},
		{identity.Phone, "+123456", identity.RulePhone},
		{identity.Phone, "+1234567890123456", identity.RulePhone},
		{identity.Phone, "+1-800-FLOWERS", identity.RulePhone},
		{identity.Phone, "+49٣٠12345", identity.RulePhone}, // digits of another script
		{identity.Phone, "++4930123456", identity.RulePhone},
		{identity.Phone, "+4930123456;ext=1", identity.RulePhone},
		{identity.Phone, " +4930123456", identity.RuleSpace},
		{identity.Phone, "+49301\n23456", identity.RuleCharacter},
		{"external:https://issuer.example", "", identity.RuleEmpty},
		{"external:https://issuer.example", "a b", identity.RuleCharacter},
		{"external:https://issuer.example", "a\x00b", identity.RuleCharacter},
		{"external:https://issuer.example", "ä", identity.RuleCharacter},
		{"external:https://issuer.example", strings.Repeat("a", 256), identity.RuleTooLong},
		{identity.Username, "", identity.RuleEmpty},
		{identity.Username, long, identity.RuleTooLong},
		{identity.Username, strings.Repeat("a", 1025), identity.RuleTooLong},
		{identity.Username, strings.Repeat("ﷺ", 20), identity.RuleTooLong}, // grows eighteen-fold
		{identity.Username, "a\xff", identity.RuleEncoding},
		{identity.Username, "a\x00b", identity.RuleCharacter},
		{identity.Username, "a\nb", identity.RuleCharacter},
		{identity.Username, "a\u202eb", identity.RuleCharacter},
		{identity.Username, "a\u200bb", identity.RuleCharacter},
		{identity.Username, "a\u200db", identity.RuleCharacter},
		{identity.Username, "a\u00adb", identity.RuleCharacter},
		{identity.Username, "a\u115fb", identity.RuleCharacter}, // a letter that is drawn as nothing
		{identity.Username, "a\ufe0fb", identity.RuleCharacter},
		{identity.Username, "a\ue000b", identity.RuleCharacter},
		{identity.Username, "a\u0378b", identity.RuleCharacter},
		{identity.Username, "a\u2028b", identity.RuleCharacter},
		{identity.Username, " ada", identity.RuleSpace},
		{identity.Username, "ada ", identity.RuleSpace},
		{identity.Username, "ada\u3000", identity.RuleSpace},
		{identity.Username, "ada  lovelace", identity.RuleSpace},
		{identity.Email, "ada", identity.RuleAt},
		{identity.Email, "ada@b@example.test", identity.RuleAt},
		{identity.Email, "ada＠b@example.test", identity.RuleAt}, // two only after normalisation
		{identity.Email, "ada﹫b@example.test", identity.RuleAt},
		{identity.Email, "@example.test", identity.RuleEmpty},
		{identity.Email, "ada@", identity.RuleDomain},
		{identity.Email, "ada@example.test.", identity.RuleDomain},
		{identity.Email, "ada@.test", identity.RuleDomain},
		{identity.Email, "ada@-a.test", identity.RuleDomain},
		{identity.Email, "ada@a_b.test", identity.RuleDomain},
		{identity.Email, "ada@[127.0.0.1]", identity.RuleDomain},
		{identity.Email, "ada@xn--a.test", identity.RuleDomain}, // no punycode
		{identity.Email, "ada@" + strings.Repeat("a", 64) + ".test", identity.RuleDomain},
		{identity.Email, "ada lovelace@example.test", identity.RuleCharacter},
		{identity.Email, `"ada"@example.test`, identity.RuleCharacter},
		{identity.Email, "ada<x>@example.test", identity.RuleCharacter},
		{identity.Email, "ada,b@example.test", identity.RuleCharacter},
		{identity.Email, ".ada@example.test", identity.RuleCharacter},
		{identity.Email, "ada..b@example.test", identity.RuleCharacter},
		{identity.Email, "ada\r\nbcc:x@example.test", identity.RuleCharacter},
		{identity.Email, strings.Repeat("a", 65) + "@example.test", identity.RuleTooLong},
		{identity.Email, strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefghi.", 19) + "test", identity.RuleTooLong},
	} {
		got, err := identity.NewIdentifier(c.kind, c.typed)
		var invalid *identity.InvalidError
		if !errors.As(err, &invalid) || invalid.Rule != c.want || !errors.Is(err, identity.ErrIdentifierInvalid) {
			t.Errorf("NewIdentifier(%s, %q) = %+v, %v; want %s", c.kind, c.typed, got, err, c.want)
			continue
		}
		if got != (identity.Identifier{}) || len(c.typed) > 3 && strings.Contains(err.Error(), c.typed) {
			t.Errorf("refusal of %q gives a value or echoes it: %v", c.typed, err)
		}
	}
}

func TestNewIdentifier_accepts_the_limits(t *testing.T) {
	t.Parallel()
	for kind, typed := range map[identity.IdentifierKind]string{
		identity.Username: strings.Repeat("a", 256),
		identity.Email:    strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefghi.", 18) + "abcd.test",
		identity.Phone:    "+123456789012345",
		"external:i":      strings.Repeat("a", 255),
	} {
		if _, err := identity.NewIdentifier(kind, typed); err != nil {
			t.Errorf("%d bytes of %s: %v", len(typed), kind, err)
		}
	}
}

// checkStable is the property of IDN-026: one name has one key.
func checkStable(t interface{ Fatalf(string, ...any) }, kind identity.IdentifierKind, typed string) {
	id, err := identity.NewIdentifier(kind, typed)
	if err != nil {
		return
	}
	again, err := identity.NewIdentifier(kind, id.Canonical)
	if err != nil || again.Canonical != id.Canonical {
		t.Fatalf("canonical %q of %q is not stable: %q, %v", id.Canonical, typed, again.Canonical, err)
	}
	if !norm.NFKC.IsNormalString(id.Canonical) || !utf8.ValidString(id.Canonical) || len(id.Canonical) > identity.MaxIdentifier {
		t.Fatalf("canonical %q is not NFKC, not UTF-8 or too long", id.Canonical)
	}
	if kind == identity.Email {
		_, domain, _ := strings.Cut(id.Canonical, "@")
		if strings.Count(id.Canonical, "@") != 1 || strings.ContainsFunc(domain, func(r rune) bool { return r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' }) {
			t.Fatalf("canonical address %q", id.Canonical)
		}
	}
	for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
		if o, err := identity.NewIdentifier(kind, form.String(typed)); err == nil && o.Canonical != id.Canonical {
			t.Fatalf("%q and its normal form have two keys", typed)
		}
	}
}

// IDN-026
func TestNewIdentifier_is_stable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkStable(t, identity.Username, rapid.String().Draw(t, "username"))
		checkStable(t, identity.Phone, rapid.StringMatching(`\+?[0-9 ()/.٣９-]{5,20}`).Draw(t, "phone"))
		checkStable(t, identity.Email, rapid.String().Draw(t, "local")+"@"+rapid.StringMatching(`[a-zäßς]{1,9}\.[a-zÀ-ɏ]{2,5}`).Draw(t, "domain"))
	})
}

// IDN-026, IDN-027: one number has one key however it is written.
func TestNewIdentifier_of_a_phone_number(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"+4930123456", "+49 30 123456", "+49 (30) 123-456", "+49/30.123456", "＋４９30123456", "+49\u00a030\u2011123456"} {
		id, err := identity.NewIdentifier(identity.Phone, typed)
		if err != nil || id.Canonical != "+4930123456" || id.Typed != typed || id.Kind != identity.Phone {
			t.Errorf("%q: %+v, %v", typed, id, err)
		}
	}
}

// IDN-026, IDN-027: what an issuer calls somebody is taken byte for byte, and
// means nobody of another issuer.
func TestExternal(t *testing.T) {
	t.Parallel()
	here, errHere := identity.External("https://issuer.example")
	there, errThere := identity.External("https://issuer.example/")
	if errHere != nil || errThere != nil || here == there || here.Issuer() != "https://issuer.example" || identity.Email.Issuer() != "" {
		t.Fatalf("%s and %s: %v, %v", here, there, errHere, errThere)
	}
	lower, err := identity.NewIdentifier(here, "ada")
	if err != nil {
		t.Fatal(err)
	}
	upper, err := identity.NewIdentifier(here, "ADA")
	if err != nil || upper.Canonical == lower.Canonical || upper.Canonical != "ADA" {
		t.Errorf("two subjects are one: %+v, %+v, %v", lower, upper, err)
	}
	for _, bad := range []string{"", "a b", "ä", "a\n", strings.Repeat("a", 256)} {
		if k, err := identity.External(bad); !errors.Is(err, identity.ErrIdentifierInvalid) || k != "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FUZ-F09
func FuzzNewIdentifier(f *testing.F) {
	for _, s := range []string{"Ada@Example.test", "ada＠example.test", "ada@straße.test", "ﬁ", "ϓ", "\u0345\u0301", "ᾳ\u0301@a.b", "İ", "+49 (30) 123-456"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkStable(t, identity.Username, s)
		checkStable(t, identity.Email, s)
		checkStable(t, identity.Phone, s)
		if kind, err := identity.External(s); err == nil && kind.Issuer() != s {
			t.Fatalf("issuer %q became %q", s, kind.Issuer())
		}
		if id, err := identity.NewIdentifier("external:i", s); err == nil && id.Canonical != s {
			t.Fatalf("subject %q became %q", s, id.Canonical)
		}
	})
}

// IDN-015
func TestReservedNames(t *testing.T) {
	t.Parallel()
	more, err := identity.NewReservedNames("Support", "Post@Bücher.test")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind  identity.IdentifierKind
		typed string
		base  bool
		more  bool
	}{
		{identity.Username, "SYSTEM", true, true},
		{identity.Username, "ｒｏｏｔ", true, true},
		{identity.Email, "Admin@System", true, true},
		{identity.Username, "admin@system", true, true},
		{identity.Username, "support", false, true},
		{identity.Email, "post@xn--bcher-kva.test", false, true},
		{identity.Username, "systems", false, false},
		{identity.Email, "root@example.test", false, false},
	} {
		id, err := identity.NewIdentifier(c.kind, c.typed)
		if err != nil {
			t.Fatalf("%q: %v", c.typed, err)
		}
		if got := (identity.ReservedNames{}).Check(id); errors.Is(got, identity.ErrNameReserved) != c.base {
			t.Errorf("%q: %v", c.typed, got)
		}
		if got := more.Check(id); errors.Is(got, identity.ErrNameReserved) != c.more {
			t.Errorf("%q with more names: %v", c.typed, got)
		}
	}
	if _, err := identity.NewReservedNames("a\x00"); !errors.Is(err, identity.ErrIdentifierInvalid) {
		t.Errorf("a reserved name that no identifier can have: %v", err)
	}
}

// IDN-028
func TestCheckDisplayName(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"", "Ada Lovelace", "Ada 👩‍💻", "محمد", "  ada  ", strings.Repeat("a", 256)} {
		if err := identity.CheckDisplayName(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for bad, want := range map[string]identity.Rule{
		strings.Repeat("a", 257): identity.RuleTooLong,
		"a\xff":                  identity.RuleEncoding,
		"a\nb":                   identity.RuleCharacter,
		"a\u0085b":               identity.RuleCharacter,
		"a\u202eb":               identity.RuleCharacter,
		"a\u2066b":               identity.RuleCharacter,
		"a\u2028b":               identity.RuleCharacter,
	} {
		var invalid *identity.InvalidError
		if err := identity.CheckDisplayName(bad); !errors.As(err, &invalid) || invalid.Rule != want || invalid.Field != "display_name" {
			t.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
}

// Whatever is typed as a display name either is refused or can be shown beside other
// text: it is short, in UTF-8, on one line, and turns nothing around. FUZ-F09
func FuzzCheckDisplayName(f *testing.F) {
	for _, s := range []string{"Ada", "Ada\u202e", "a\nb", "a\u2028b", "\xff", "אדה", strings.Repeat("a", 257)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if identity.CheckDisplayName(s) != nil {
			return
		}
		for _, r := range s {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x061c {
				t.Fatalf("%q holds %q", s, r)
			}
		}
		if len(s) > identity.MaxDisplayName || !utf8.ValidString(s) {
			t.Fatalf("%d bytes, UTF-8 %v", len(s), utf8.ValidString(s))
		}
	})
}
