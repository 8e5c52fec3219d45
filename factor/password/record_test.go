package password_test

import (
	"bytes"
	"errors"
	"github.com/axess-go/axess/seal"
	"golang.org/x/text/unicode/norm"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/factor/password"
)

const phc = "\x01$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// FAC-011
func TestDecode_refuses_everything_but_its_own_form(t *testing.T) {
	t.Parallel()
	if _, err := password.Decoded([]byte(phc)); err != nil {
		t.Fatal(err)
	}
	swap := func(old, repl string) string {
		if !strings.Contains(phc, old) {
			t.Fatalf("%q is not in the record", old)
		}
		return strings.Replace(phc, old, repl, 1)
	}
	const salt, digest = "$AAAAAAAAAAAAAAAAAAAAAA$", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, in := range map[string]string{
		"empty":               "",
		"no version":          phc[1:],
		"other version":       "\x02" + phc[1:],
		"argon2i":             swap("argon2id", "argon2i"),
		"argon2 version 16":   swap("v=19", "v=16"),
		"no argon2 version":   swap("$v=19", ""),
		"memory above":        swap("m=19456", "m=262145"),
		"memory giant":        swap("m=19456", "m=4294967295"),
		"memory overflow":     swap("m=19456", "m=4294967296"),
		"memory negative":     swap("m=19456", "m=-1"),
		"memory below RFC":    swap("m=19456", "m=7"),
		"memory for lanes":    swap("m=19456,t=2,p=1", "m=31,t=2,p=4"),
		"passes zero":         swap("t=2", "t=0"),
		"passes above":        swap("t=2", "t=17"),
		"lanes zero":          swap("p=1", "p=0"),
		"lanes above":         swap("p=1", "p=17"),
		"lanes wrap":          swap("p=1", "p=257"),
		"leading zero":        swap("t=2", "t=02"),
		"plus":                swap("t=2", "t=+2"),
		"duplicate":           swap("t=2", "t=2,t=2"),
		"duplicate for other": swap("p=1", "t=2"),
		"order":               swap("m=19456,t=2", "t=2,m=19456"),
		"missing":             swap(",p=1", ""),
		"unknown field":       swap("p=1", "p=1,data=AA"),
		"empty keyid":         swap("p=1", "p=1,keyid="),
		"keyid characters":    swap("p=1", "p=1,keyid=A"),
		"keyid long":          swap("p=1", "p=1,keyid="+strings.Repeat("a", 17)),
		"two keyids":          swap("p=1", "p=1,keyid=a,keyid=a"),
		"default":             "\x01$default$$",
		"salt empty":          swap(salt, "$$"),
		"digest empty":        swap(digest, ""),
		"salt short":          swap(salt, "$AAAAAAAAAA$"), // 7 bytes
		"salt long":           swap(salt, "$"+strings.Repeat("A", 87)+"$"),
		"digest short":        swap(digest, strings.Repeat("A", 20)), // 15 bytes
		"digest long":         swap(digest, strings.Repeat("A", 87)),
		"padding":             phc + "=",
		"line end":            swap(salt, "$AAAAAAAAAAA\nAAAAAAAAAAA$"),
		"url alphabet":        swap(salt, "$AAAAAAAAAAAAAAAAAAAA_A$"),
		"trailing bits":       swap(salt, "$AAAAAAAAAAAAAAAAAAAAAB$"),
		"one part more":       phc + "$",
		"space":               phc + " ",
		"giant":               phc + strings.Repeat("A", 1000),
		"pbkdf2 with lanes":   "\x01$pbkdf2-sha512$p=1" + salt + digest,
		"extra part":          swap("$m=", "$x$m="),
		"pbkdf2 zero":         "\x01$pbkdf2-sha512$i=0" + salt + digest,
		"pbkdf2 above":        "\x01$pbkdf2-sha512$i=4000001" + salt + digest,
		"pbkdf2 sha1":         "\x01$pbkdf2-sha1$i=1000" + salt + digest,
		"pbkdf2 with memory":  "\x01$pbkdf2-sha512$m=1000" + salt + digest,
		"bcrypt":              "\x01$2b$10$abcdefghijklmnopqrstuv",
	} {
		if _, err := password.Decoded([]byte(in)); !errors.Is(err, password.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]string{
		"bounds":        swap("m=19456,t=2,p=1", "m=262144,t=16,p=16"),
		"pepper":        swap("p=1", "p=1,keyid=a-0"),
		"pbkdf2":        "\x01$pbkdf2-sha512$i=210000" + salt + digest,
		"pbkdf2 sha256": "\x01$pbkdf2-sha256$i=600000,keyid=b" + salt + digest,
	} {
		if again, err := password.Decoded([]byte(in)); err != nil || string(again) != in {
			t.Errorf("%s: %q, %v", name, again, err)
		}
	}
}

// FAC-011
func TestDecode_reads_what_was_encoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lanes := rapid.Uint8Range(1, 16).Draw(t, "p")
		p := rapid.SampledFrom([]password.Params{
			password.RawArgon2id(rapid.Uint32Range(8*uint32(lanes), 256<<10).Draw(t, "m"), rapid.Uint32Range(1, 16).Draw(t, "t"), lanes),
			password.RawPBKDF2SHA256(rapid.Uint32Range(1, 4_000_000).Draw(t, "i")),
			password.RawPBKDF2SHA512(rapid.Uint32Range(1, 4_000_000).Draw(t, "i")),
		}).Draw(t, "params")
		body := password.Made(p, rapid.StringMatching(`([a-z0-9-]{1,16})?`).Draw(t, "keyid"),
			rapid.SliceOfN(rapid.Byte(), 8, 64).Draw(t, "salt"), rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "digest"))
		again, err := password.Decoded(body)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%q: %q, %v", body, again, err)
		}
	})
}

// FUZ-F10
func FuzzDecode(f *testing.F) {
	f.Add([]byte(phc))
	f.Add([]byte("\x01$pbkdf2-sha512$i=210000,keyid=a$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	f.Add([]byte("\x02\x01" + phc[1:]))
	f.Add([]byte("\x02\x00" + other[1:] + "\x00" + phc[1:]))
	f.Add([]byte("\x01$argon2id$v=19$m=4294967295,t=4294967295,p=255$$"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if again, err := password.Again(body); err == nil && !bytes.Equal(again, body) {
			t.Fatalf("two forms of one body: %q and %q", body, again)
		}
		if len(body) > 0 && body[0] == 2 {
			if _, err := password.Records(body); err != nil && !errors.Is(err, password.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := password.Decoded(body)
		if err != nil {
			if !errors.Is(err, password.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(again, body) {
			t.Fatalf("two forms of one record: %q and %q", body, again)
		}
		if h, err := password.New(password.Config{}); err != nil || h.Cost(body) > 256 {
			t.Fatalf("a record of %d MiB, %v", h.Cost(body), err)
		}
	})
}

// Whatever is typed as a password is judged within its caps, the same when it is
// typed decomposed; what is accepted is long enough. FUZ-F10
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"correct horse battery staple", "e\u0301" + strings.Repeat("x", 20), "\xff", "a\x00b", strings.Repeat("ﷺ", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := password.Policy{}.Check(seal.NewSecret([]byte(s)), "ada@example.test")
		other := password.Policy{}.Check(seal.NewSecret([]byte(norm.NFD.String(s))), "ada@example.test")
		if err == nil && (utf8.RuneCountInString(norm.NFC.String(s)) < 15 || !utf8.ValidString(s) || strings.ContainsRune(s, 0) || len(norm.NFC.String(s)) > password.MaxBytes) {
			t.Fatalf("%q is accepted", s)
		}
		if err == nil && other != nil && len(norm.NFD.String(s)) <= 4*password.MaxBytes {
			t.Fatalf("%q is accepted, and refused as another keyboard types it: %v", s, other)
		}
	})
}
