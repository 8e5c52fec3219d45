package blocklist_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/seal"
)

var (
	_ password.Blocklist = blocklist.CommonList{}
	_ password.Blocklist = (*blocklist.File)(nil)
	_ password.Blocklist = (*blocklist.Range)(nil)
)

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

func contains(t *testing.T, l password.Blocklist, pw string) bool {
	t.Helper()
	known, err := l.Contains(t.Context(), secret(pw))
	if err != nil {
		t.Fatalf("%q: %v", pw, err)
	}
	return known
}

// FAC-021: the list in the program, of both lengths, without regard to case and to how a
// letter is written, and never a part of a password.
func TestCommon(t *testing.T) {
	t.Parallel()
	common := blocklist.Common()
	if common.Len() != 100_000 {
		t.Errorf("%d entries", common.Len())
	}
	for pw, want := range map[string]bool{
		"password":                        true,
		"PassWord":                        true,
		"ｐａｓｓｗｏｒｄ":                        true, // full width
		"iloveyou":                        true,
		"qwertyuiop":                      true,
		"passwordpassword":                true,
		"ManchesterUnited":                true,
		"123456789012345":                 true,
		"111111111111111":                 true,
		"mychemicalromance":               true,
		"password ":                       false,
		" password":                       false,
		"1234567":                         false, // known, and too short for every policy
		"manchesterunited and the rain":   false,
		"correct horse battery staple":    false,
		"violet anchor seven lanterns":    false,
		strings.Repeat("manchester", 100): false,
	} {
		if contains(t, common, pw) != want {
			t.Errorf("%.40q: %v", pw, !want)
		}
	}
	typed := secret("manchesterunited")
	if _, err := common.Contains(t.Context(), typed); err != nil || string(typed.Reveal()) != "manchesterunited" {
		t.Error("what was typed was changed")
	}
}

// FAC-021: a list of the house is read as it is written, and again when it is told to;
// what cannot be read leaves the one that was.
func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "words.txt")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := blocklist.Open(path); err == nil {
		t.Fatal("a file that is not there")
	}
	write("\n\r\n")
	if _, err := blocklist.Open(path); err == nil {
		t.Fatal("a file without a password would be a list that does nothing")
	}
	write("Rocket Skates 2026\r\n\nacme-anvils-for-all\nacme-anvils-for-all\n#hash is no comment\n")
	f, err := blocklist.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() != 3 {
		t.Errorf("%d entries", f.Len())
	}
	for pw, want := range map[string]bool{
		"rocket skates 2026": true, "ACME-anvils-for-ALL": true, "#hash is no comment": true,
		"rocket skates 2026\r": false, "": false, "acme-anvils": false,
	} {
		if contains(t, f, pw) != want {
			t.Errorf("%q: %v", pw, !want)
		}
	}
	if changed, err := f.Reload(); changed || err != nil {
		t.Errorf("the same file: %v %v", changed, err)
	}
	write("other words of the house\n")
	if changed, err := f.Reload(); !changed || err != nil {
		t.Errorf("another file: %v %v", changed, err)
	}
	if contains(t, f, "acme-anvils-for-all") || !contains(t, f, "other words of the house") {
		t.Error("the list is the one before")
	}
	for _, bad := range []string{"", strings.Repeat("x", 5000) + "\n"} {
		write(bad)
		if changed, err := f.Reload(); changed || err == nil || strings.Contains(err.Error(), "xxx") {
			t.Errorf("%d bytes: %v %v", len(bad), changed, err)
		}
		if !contains(t, f, "other words of the house") {
			t.Error("a file that cannot be read has emptied the list")
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Reload(); err == nil || !contains(t, f, "other words of the house") {
		t.Errorf("a file that is gone: %v", err)
	}
}

// FAC-021: two ways to write the same letters have one entry, whatever they are.
func FuzzEntry(f *testing.F) {
	f.Add("Straße und Fluß", "STRASSE UND FLUSS")
	f.Add("école de danse", "e\u0301cole de danse")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		if strings.EqualFold(a, b) && blocklist.Entry([]byte(a)) != blocklist.Entry([]byte(b)) {
			t.Errorf("%q and %q differ in case alone", a, b)
		}
	})
}
