package csrf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// publicKey is a key that every reader can compute: for tests alone.
func publicKey(name string, s seal.State) seal.Key {
	m := sha256.Sum256([]byte("axess public test key: " + name))
	return seal.Key{Master: seal.NewSecret(m[:]), State: s}
}

func testMinter(t testing.TB, keys ...seal.Key) (minter, *seal.Ring) {
	t.Helper()
	r, err := seal.NewRing(seal.Cookie, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return newMinter(r), r
}

func refOf(b byte) session.Ref {
	return identity.FromBytes[session.Ref]([16]byte(bytes.Repeat([]byte{b}, 16)))
}

type vector struct {
	Key    string `json:"key"` // master, hex
	Ref    string `json:"ref"`
	Nonce  string `json:"nonce"`
	Pad    string `json:"pad"`
	Token  string `json:"token"`
	Masked string `json:"masked"`
}

// CSR-005, CSR-006, CSR-012: the wire form, which changes only with its version
// byte. The file was computed by other means than this code.
func TestToken_golden_vectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/token-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no vectors")
	}
	for i, v := range list {
		master := unhex(t, v.Key)
		m, _ := testMinter(t, seal.Key{Master: seal.NewSecret(master), State: seal.Primary})
		ref := identity.FromBytes[session.Ref]([16]byte(unhex(t, v.Ref)))
		var tok token
		copy(tok[1:], unhex(t, v.Nonce))
		m.sign(&tok, ref)
		if tok.text() != v.Token {
			t.Errorf("%d: token %s, want %s", i, tok.text(), v.Token)
		}
		pad := [tokenBytes]byte(unhex(t, v.Pad))
		if got := tok.mask(&pad); got != v.Masked {
			t.Errorf("%d: masked %s, want %s", i, got, v.Masked)
		}
		for _, text := range []string{v.Token, v.Masked} {
			back, ok := decode(text)
			if !ok || back != tok || !m.verifies(&back, ref) {
				t.Errorf("%d: %s does not come back", i, text)
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// CSR-031, CSR-010: of a token no other ref and no other bit is genuine.
func TestToken_verifies_for_its_own_ref_and_unchanged_only(t *testing.T) {
	t.Parallel()
	m, _ := testMinter(t, publicKey("a", seal.Primary))
	foreign, _ := testMinter(t, publicKey("b", seal.Primary))
	rapid.Check(t, func(t *rapid.T) {
		src := entropy.Seeded(rapid.Uint64().Draw(t, "seed"))
		a, b := identity.FromBytes[session.Ref](entropy.Bytes16(src)), identity.FromBytes[session.Ref](entropy.Bytes16(src))
		var tok token
		src.Fill(tok[1:tagAt])
		m.sign(&tok, a)
		if !m.verifies(&tok, a) {
			t.Fatal("not for its own")
		}
		if m.verifies(&tok, b) || m.verifies(&tok, session.Ref{}) || foreign.verifies(&tok, a) {
			t.Fatal("for another session or under another key")
		}
		bit := rapid.IntRange(0, tokenBytes*8-1).Draw(t, "bit")
		tok[bit/8] ^= 1 << (bit % 8)
		text := tok.text()
		if back, ok := decode(text); ok && m.verifies(&back, a) {
			t.Fatalf("with bit %d turned", bit)
		}
	})
}

// CSR-006, CSR-034
func TestToken_of_every_key_of_the_ring_verifies(t *testing.T) {
	t.Parallel()
	m, r := testMinter(t, publicKey("a", seal.Primary))
	var old token
	m.sign(&old, refOf(1))
	a := publicKey("a", seal.Retiring)
	a.NotAfter = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	next, err := seal.NewRing(seal.Cookie, publicKey("b", seal.Primary), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(next); err != nil {
		t.Fatal(err)
	}
	if !m.verifies(&old, refOf(1)) {
		t.Error("the previous key is refused")
	}
	fresh := old
	m.sign(&fresh, refOf(1))
	if fresh == old {
		t.Error("minted under the previous key")
	}
	if err := r.Revoke(a.ID()); err != nil {
		t.Fatal(err)
	}
	if m.verifies(&old, refOf(1)) {
		t.Error("a key that is gone still verifies")
	}
}

// CSR-030
func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	m, _ := testMinter(t, publicKey("a", seal.Primary))
	var tok, v2 token
	m.sign(&tok, refOf(1))
	v2 = tok
	v2[0] = 2
	good, pad := tok.text(), [tokenBytes]byte{9, 8, 7}
	masked := tok.mask(&pad)
	for name, s := range map[string]string{
		"nothing": "", "one character": "A", "short": good[1:], "long": good + "A",
		"padding": good + "=", "masked short": masked[:173], "masked long": masked + "A",
		"standard alphabet": strings.Replace(good, good[5:6], "+", 1),
		"control byte":      good[:5] + "\x01" + good[6:],
		"line break":        good[:5] + "\n" + good[6:], "line break in masked": masked[:5] + "\r" + masked[6:],
		"four line breaks": good[:4] + "\n\n\n\n" + good[8:], "four line breaks in masked": masked[:100] + "\r\n\r\n" + masked[104:],
		"space": " " + good[1:], "version": v2.text(), "version masked": v2.mask(&pad),
		"version 0": (&token{}).text(), "trailing bits": good[:86] + "_",
		"trailing bits masked": masked[:173] + "_", "huge": strings.Repeat("A", 1<<20),
	} {
		if _, ok := decode(s); ok {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, ok := decode(good); !ok {
		t.Error("good refused")
	}
}

// CSR-012: no two pages show the same characters, and none the token.
func TestMask_is_new_each_time(t *testing.T) {
	t.Parallel()
	p := &Protection{cfg: Config{Entropy: entropy.Seeded(3)}}
	var tok token
	for i := range tok {
		tok[i] = byte(i)
	}
	tok[0] = tokenVersion
	a, b := p.masked(&tok), p.masked(&tok)
	if len(a) != maskedChars || a[:20] == b[:20] || a[120:] == b[120:] || strings.Contains(a, tok.text()[:20]) {
		t.Fatalf("%s\n%s", a, b)
	}
}

// CSR-010: a token for no session is good for nobody, however it came about.
func TestCheck_refuses_whoever_has_no_session(t *testing.T) {
	t.Parallel()
	m, _ := testMinter(t, publicKey("a", seal.Primary))
	var tok token
	m.sign(&tok, session.Ref{})
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set(Header, tok.text())
	p := &Protection{minter: m}
	st := &state{p: p, jar: jar{tok.text(), 1}}
	if why := p.check(st, &fixed{}, r); why != ReasonStale {
		t.Errorf("%q", why)
	}
}

func TestToken_prints_as_nothing(t *testing.T) {
	t.Parallel()
	var tok token
	for i := range tok {
		tok[i] = 0xAB
	}
	for _, f := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(f, tok); strings.Contains(strings.ToLower(s), "ab") || strings.Contains(s, "171") {
			t.Errorf("%s: %s", f, s)
		}
	}
}

// FUZ-F05: masked and raw tokens.
func FuzzToken(f *testing.F) {
	var tok token
	tok[0] = tokenVersion
	pad := [tokenBytes]byte{1, 2, 3}
	f.Add(tok.text())
	f.Add(tok.mask(&pad))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := decode(s)
		if !ok {
			return
		}
		var pad [tokenBytes]byte
		copy(pad[:], s)
		if again, ok := decode(got.mask(&pad)); !ok || again != got {
			t.Fatal("unmask after mask is another token")
		}
		// One spelling each: what decodes is what we would have written.
		if len(s) == tokenChars && got.text() != s {
			t.Fatalf("%q has a second spelling", s)
		}
	})
}
