package password_test

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
)

// now is when passwords are judged here.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// foreignPassword is what every hash below is of. They were made by bcrypt 4.0.1,
// argon2-cffi, passlib 1.7.4, Django and Werkzeug themselves.
const foreignPassword = "correct horse battery staple"

var foreigners = map[string]string{
	"bcrypt 2b":       "$2b$04$a8HpH1ftZtrqS.OYZ0udVuiAZKV/oBcpsmG7a7PnDqQ06kEAHQtQi",
	"bcrypt 2a":       "$2a$04$gtD9vqWvOQ6kOfbtKcT3fO.I0Mrp41gig.c3VPFV8fvZoe7OnFuny",
	"bcrypt 2y":       "$2y$04$8k1KRzVyox3a/nn1JmWr0eXLIo8Ec5F/xr8BOlZfsSy2dqoSmn.ae",
	"Django SHA-256":  "pbkdf2_sha256$1000$saltsaltsalt$KQDle8SXZRa7sBUZQfkYQI6NXnZxupxhxtm+aXnClyg=",
	"Django SHA-1":    "pbkdf2_sha1$1000$saltsaltsalt$MNEV9u2pN6dwoHiByKLtK5AJwGc=",
	"Werkzeug":        "pbkdf2:sha256:1000$MMRfDHC5lp4Wkfzt$4906b98cf70ed9eed511e4f33682044c532da01a2ec8560ddf52501ab489bae3",
	"Werkzeug 512":    "pbkdf2:sha512:1000$wixOohwGlUNfqrJb$1f3a4bb5ca0b70873ee37f54a2e791192df5e1f1b3f8f81f1f4c22e13a4739bc66a65ff4f3e5ef1fa7280f43a7dd276f167625923ef16ebd9d2343173f1ffacb",
	"Werkzeug scrypt": "scrypt:1024:8:1$FAesYPkjLow3cLDa$69f9ce6683c33c9c0d62202c2cabba023ad8ad3415aa1deff73048a15a601d6ff7d3d02e2719a5cac6653fa943991fba2532d03ecda361d1cf1cebbd28b20a07",
	"passlib SHA-256": "$pbkdf2-sha256$1000$3NubM2aMkXIOwViLMQag1A$ID4Iz4AHg2u0mn3Qsg386KjkFPyFONoGxndc5EmSJlo",
	"passlib SHA-512": "$pbkdf2-sha512$1000$hNA6B8C4t7b2PidkrLUWAg$LCzhVpHnB5M/hetDpeqcnjBGnQ7rv8t4MX9bwEhuw/2ja1rE4.bbhBiuBKmbSiTwT/bXQ4/tnbpqJssc//gQPw",
	"passlib SHA-1":   "$pbkdf2$1000$oxQCwHiPMYbQmjOmFKK09g$0Inq4pUG2OYq.OEWQcTtJ5Z14Vk",
	"passlib scrypt":  "$scrypt$ln=10,r=8,p=1$zBmD8J7TupeS0ro3pnRujQ$BbmazciGgXg7P+gwElXB6k20DbrieYi2mNiSDToDQUQ",
	"Argon2i":         "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$zEgUAfk8nkAqqwmxnskapVML0TG0qJm7u/61l2dzSuc",
	"Argon2id":        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Sr6N/nCmohWCvF7EZislLIdwA8ojCXux0K30ccqFS30",
}

func foreign(t *testing.T, text string, n password.Normaliser) []byte {
	t.Helper()
	body, err := password.Foreign(text, n)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return body
}

// FAC-015: hashes that other systems made verify where the program says so, and always
// ask to be hashed anew; elsewhere they are misconfigured.
func TestForeign_hashes_of_other_systems(t *testing.T) {
	t.Parallel()
	native := hasher(t, password.Config{Params: password.InsecureCheap()})
	for name, text := range foreigners {
		importing := hasher(t, password.Config{Params: password.InsecureCheap(), Foreign: text})
		body := foreign(t, text, password.AsTyped)
		if got := importing.Verify(now, body, secret(foreignPassword)); got != (password.Result{Verdict: factor.Accepted, Rehash: true}) {
			t.Errorf("%s: %+v", name, got)
		}
		for _, wrong := range []string{"Correct horse battery staple", foreignPassword + " ", "x"} {
			if got := importing.Verify(now, body, secret(wrong)); got != (password.Result{Verdict: factor.Rejected}) {
				t.Errorf("%s: %q: %+v", name, wrong, got)
			}
		}
		if got := native.Verify(now, body, secret(foreignPassword)); got != (password.Result{Verdict: factor.Misconfigured}) {
			t.Errorf("%s where nobody was imported: %+v", name, got)
		}
		if again, err := password.Decoded(body); err != nil || !bytes.Equal(again, body) {
			t.Errorf("%s: %v", name, err)
		}
		marked, err := password.MarkCompromised(body)
		if err != nil || !password.IsCompromised(marked) || password.IsCompromised(body) ||
			importing.Verify(now, marked, secret(foreignPassword)).Verdict != factor.Accepted {
			t.Errorf("%s: the mark: %v", name, err)
		}
		list, err := password.Records(password.Replace(body, hash(t, importing, "another one of mine"), 3))
		if err != nil || len(list) != 2 || importing.Verify(now, list[1], secret(foreignPassword)).Verdict != factor.Accepted {
			t.Errorf("%s: as an earlier password: %v", name, err)
		}
	}
}

// FAC-015, AUN-033: while hashes of others are taken, every evaluation does the work of
// one of theirs and of one of ours, whoever is asked for and however it ends.
func TestForeign_costs_everybody_the_same(t *testing.T) {
	t.Parallel()
	for name, text := range foreigners {
		h := hasher(t, password.Config{Params: password.InsecureCheap(), Foreign: text})
		ours, theirs := hash(t, h, foreignPassword), foreign(t, text, password.AsTyped)
		for _, body := range [][]byte{nil, {1, 2, 3}, ours, theirs} {
			for _, pw := range []string{foreignPassword, "wrong horse battery"} {
				before, weighs := h.Evaluations(), h.Cost(body)
				h.Verify(now, body, secret(pw))
				if n := h.Evaluations() - before; n != 2 {
					t.Errorf("%s: %.30q: %d evaluations", name, body, n)
				}
				if weighs != h.Cost(nil) {
					t.Errorf("%s: %.30q weighs %d, nothing %d", name, body, weighs, h.Cost(nil))
				}
			}
		}
	}
}

// FAC-015: the other system's way with letters is kept with its hash: bytes as typed, or
// a normal form, and never ours in its place.
func TestForeign_normaliser(t *testing.T) {
	t.Parallel()
	// What Werkzeug makes of "café au lait noir" with a composed letter and with two.
	sum := func(pw string) string {
		key, err := pbkdf2.Key(sha256.New, pw, []byte("salt"), 1000, 32)
		if err != nil {
			t.Fatal(err)
		}
		const digits = "0123456789abcdef"
		var b strings.Builder
		for _, c := range key {
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
		return "pbkdf2:sha256:1000$salt$" + b.String()
	}
	const composed, pieces, ligature = "caf\u00e9 f\u00fcr fisch", "cafe\u0301 fu\u0308r fisch", "caf\u00e9 f\u00fcr \ufb01sch"
	for _, c := range []struct {
		of   string
		form password.Normaliser
		pw   string
		want factor.Verdict
	}{
		{composed, password.AsTyped, composed, factor.Accepted},
		{composed, password.AsTyped, pieces, factor.Rejected},
		{pieces, password.AsTyped, pieces, factor.Accepted},
		{pieces, password.AsTyped, composed, factor.Rejected},
		{composed, password.NFC, pieces, factor.Accepted},
		{composed, password.NFC, ligature, factor.Rejected},
		{composed, password.NFKC, ligature, factor.Accepted},
	} {
		text := sum(c.of)
		h := hasher(t, password.Config{Params: password.InsecureCheap(), Foreign: text})
		if got := h.Verify(now, foreign(t, text, c.form), secret(c.pw)); got.Verdict != c.want {
			t.Errorf("%q as %s, typed %q: %v", c.of, c.form, c.pw, got.Verdict)
		}
	}
}

// FAC-011, FAC-015: numbers are bounded before anything is computed, and what is no hash
// is refused without being repeated.
func TestForeign_refuses(t *testing.T) {
	t.Parallel()
	const salt, digest = "c29tZXNhbHRzb21lc2FsdA", "zEgUAfk8nkAqqwmxnskapVML0TG0qJm7u/61l2dzSuc"
	for _, text := range []string{
		"", "x", "password", "$1$salt$digest", "$2x$04$a8HpH1ftZtrqS.OYZ0udVuiAZKV/oBcpsmG7a7PnDqQ06kEAHQtQi",
		"$2b$16$a8HpH1ftZtrqS.OYZ0udVuiAZKV/oBcpsmG7a7PnDqQ06kEAHQtQi", "$2b$04$short",
		"$argon2d$v=19$m=64,t=2,p=1$" + salt + "$" + digest,
		"$argon2i$v=16$m=64,t=2,p=1$" + salt + "$" + digest,
		"$argon2i$v=19$m=4294967295,t=2,p=1$" + salt + "$" + digest,
		"$argon2i$v=19$m=64,t=99,p=1$" + salt + "$" + digest,
		"$argon2i$v=19$m=64,t=2,p=1,keyid=x$" + salt + "$" + digest,
		"$argon2i$v=19$m=64,t=2,p=1$" + salt,
		"$scrypt$ln=30,r=8,p=1$" + salt + "$" + digest,
		"$scrypt$ln=20,r=32,p=1$" + salt + "$" + digest,
		"$scrypt$ln=10,r=8,p=100$" + salt + "$" + digest,
		"scrypt:1000:8:1$salt$" + strings.Repeat("00", 32),
		"scrypt:-4:8:1$salt$" + strings.Repeat("00", 32),
		"pbkdf2_sha256$0$salt$" + digest + "=", "pbkdf2_sha256$99999999$salt$" + digest + "=",
		"pbkdf2_md5$1000$salt$" + digest + "=", "pbkdf2:sha256:1000$salt$zz", "pbkdf2:sha256$salt$00",
		"pbkdf2:sha256:1000$$" + strings.Repeat("00", 32), "$pbkdf2-sha256$1000$" + salt + "$c2hvcnQ",
		"pbkdf2:sha256:1000$salt\x00$" + strings.Repeat("00", 32), strings.Repeat("x", 500),
	} {
		if _, err := password.Foreign(text, password.AsTyped); !errors.Is(err, password.ErrForeign) || len(text) > 20 && strings.Contains(err.Error(), text[10:]) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
	if _, err := password.Foreign(foreigners["bcrypt 2b"], "latin1"); !errors.Is(err, password.ErrForeign) {
		t.Errorf("an unknown normaliser: %v", err)
	}
	if _, err := password.New(password.Config{Foreign: "$1$salt$digest"}); !errors.Is(err, password.ErrConfig) {
		t.Errorf("a configuration with no hash of anybody's: %v", err)
	}
}

// FAC-011, FAC-I1: whatever text comes, it is refused or verifies nothing but itself.
func FuzzForeign(f *testing.F) {
	for _, text := range foreigners {
		f.Add(text)
	}
	h, err := password.New(password.Config{Params: password.InsecureCheap()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body, err := password.Foreign(text, password.AsTyped)
		if err != nil {
			return
		}
		if again, err := password.Decoded(body); err != nil || !bytes.Equal(again, body) {
			t.Errorf("%q: %v", text, err)
		}
		if h.Cost(body) > 256 {
			t.Errorf("%q weighs %d MiB", text, h.Cost(body))
		}
	})
}

// FAC-016: PBKDF2 that lets others in between is the standard library's, in however many
// blocks.
func TestPBKDF2_in_slices_is_the_standard_librarys(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 32, 64, 65, 130} {
		for _, rounds := range []uint32{1, 2, 64, 65, 1000} {
			want, err := pbkdf2.Key(sha512.New, "correct horse", []byte("salt and pepper"), int(rounds), size)
			if err != nil {
				t.Fatal(err)
			}
			turns := 0
			got := password.SlicedPBKDF2(sha512.New, []byte("correct horse"), []byte("salt and pepper"), rounds, size, func() { turns++ })
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes after %d rounds differ", size, rounds)
			}
			blocks := (size + 63) / 64
			if least := blocks * int((rounds-1)/64); turns != least {
				t.Errorf("%d rounds of %d blocks let others in %d times", rounds, blocks, turns)
			}
		}
	}
}

// FAC-004: the package is built where the runtime wipes what secrets leave behind.
func TestSecretly_compiles_with_the_runtimes_help(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not applicable: builds the standard library anew")
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export=false", "-f", "{{.GoFiles}}", ".")
	cmd.Env = append(os.Environ(), "GOEXPERIMENT=runtimesecret")
	files, err := cmd.Output()
	if err != nil || !strings.Contains(string(files), "secretly_runtime.go") || strings.Contains(string(files), "secretly.go") {
		t.Fatalf("%s %v", files, err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", ".")
	build.Env = cmd.Env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
