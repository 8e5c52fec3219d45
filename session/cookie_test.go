package session

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
	"pgregory.net/rapid"
)

func testCodec(t testing.TB, cfg CookieConfig, keys ...seal.Key) *cookieCodec {
	t.Helper()
	if len(keys) == 0 {
		keys = []seal.Key{testKey("cookie-a", seal.Primary)}
	}
	c, err := newCookieCodec(cfg, testRing(t, seal.Cookie, keys...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustSign(t testing.TB, c *cookieCodec, kind cookieKind, id secretID) string {
	t.Helper()
	v, err := c.sign(kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// SES-120, SES-121, SES-122: values and refs of another implementation.
func TestCookieGolden(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/cookie-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name                 string
		Kind                 byte
		ID, Master, KID, Ref hexBytes
		Value                string
	}
	if err := json.Unmarshal(b, &vectors); err != nil || len(vectors) != 3 {
		t.Fatal(err, len(vectors))
	}
	for i, v := range vectors {
		key := seal.Key{Master: seal.NewSecret(v.Master), State: seal.Primary, Created: t0}
		c := testCodec(t, CookieConfig{Name: v.Name, InsecureHTTP: v.Name == insecureCookieName}, key)
		if got := mustSign(t, c, cookieKind(v.Kind), secretID(v.ID)); got != v.Value {
			t.Errorf("%d: signed %s, want %s", i, got, v.Value)
		}
		h, err := c.verify(v.Value)
		if err != nil || h.kind != cookieKind(v.Kind) || h.id != secretID(v.ID) || h.kid != seal.KeyID(v.KID) {
			t.Errorf("%d: verify: %v", i, err)
		}
		if ref := h.id.ref().Bytes(); string(ref[:]) != string(v.Ref) {
			t.Errorf("%d: ref %x, want %x", i, ref, v.Ref)
		}
	}
}

// SES-120, SES-121, SES-123: what is signed verifies, and nothing else does.
func TestCookie_any_bit_flip_is_refused(t *testing.T) {
	t.Parallel()
	c := testCodec(t, CookieConfig{})
	src := entropy.Seeded(1)
	id := newSecretID(src)
	value := mustSign(t, c, kindStored, id)
	raw, _ := base64.RawURLEncoding.DecodeString(value)
	for bit := range len(raw) * 8 {
		bad := append([]byte(nil), raw...)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := c.verify(base64.RawURLEncoding.EncodeToString(bad)); err == nil {
			t.Fatalf("bit %d flipped and still accepted", bit)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := secretID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		kind := rapid.SampledFrom([]cookieKind{kindStored, kindAnchor}).Draw(t, "kind")
		v, err := c.sign(kind, id)
		if err != nil || len(v) != cookieChars {
			t.Fatal(v, err)
		}
		if h, err := c.verify(v); err != nil || h.id != id || h.kind != kind {
			t.Fatalf("verify(sign(x)) != x: %v", err)
		}
	})
}

// SES-120, SES-123: everything that is not the one canonical form.
func TestCookie_malformed_values_are_refused(t *testing.T) {
	t.Parallel()
	c := testCodec(t, CookieConfig{})
	good := mustSign(t, c, kindStored, secretID{1})
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	remade := func(change func([]byte)) string {
		b := append([]byte(nil), raw...)
		change(b)
		// A correct MAC over the changed head: only the named check can refuse.
		tag, err := c.mac.SumWith(c.ring.Primary(), c.head, b[:cookieHead])
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(append(b[:cookieHead:cookieHead], tag[:]...))
	}
	for name, tc := range map[string]struct {
		value string
		want  error
	}{
		"71 characters":        {good[:71], errCookieFormat},
		"73 characters":        {good + "A", errCookieFormat},
		"empty":                {"", errCookieFormat},
		"padding":              {good[:71] + "=", errCookieFormat},
		"plus and slash":       {"+/" + good[2:], errCookieFormat},
		"inner space":          {good[:10] + " " + good[11:], errCookieFormat},
		"inner newline":        {good[:10] + "\r\n" + good[12:], errCookieFormat},
		"newlines that decode": {good[:8] + "\r\n\r\n" + good[12:], errCookieFormat},
		"quoted":               {`"` + good[:70] + `"`, errCookieFormat},
		"unknown version":      {remade(func(b []byte) { b[0] = 2 }), errCookieFormat},
		"kind 0":               {remade(func(b []byte) { b[1] = 0 }), errCookieFormat},
		"kind 3":               {remade(func(b []byte) { b[1] = 3 }), errCookieFormat},
		"unknown kid":          {base64.RawURLEncoding.EncodeToString(append([]byte{1, 1, 9, 9, 9, 9}, raw[6:]...)), errCookieKey},
		"kind flipped":         {base64.RawURLEncoding.EncodeToString(append([]byte{1, 2}, raw[2:]...)), errCookieMAC},
		"zero mac":             {base64.RawURLEncoding.EncodeToString(append(append([]byte(nil), raw[:cookieHead]...), make([]byte, 32)...)), errCookieMAC},
	} {
		if h, err := c.verify(tc.value); !errors.Is(err, tc.want) || h.kind != 0 {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, err := c.verify(remade(func([]byte) {})); err != nil {
		t.Fatalf("the helper that remakes the MAC is wrong: %v", err)
	}
}

// SES-121: a value moved to a cookie of another name is refused.
func TestCookie_is_bound_to_its_name(t *testing.T) {
	t.Parallel()
	a, b := testCodec(t, CookieConfig{}), testCodec(t, CookieConfig{Name: "__Host-other"})
	if _, err := b.verify(mustSign(t, a, kindStored, secretID{1})); !errors.Is(err, errCookieMAC) {
		t.Fatal(err)
	}
}

// SES-124: the search through all pairs of all lines.
func TestCookie_search(t *testing.T) {
	t.Parallel()
	c := testCodec(t, CookieConfig{})
	n := c.name + "="
	good, other := mustSign(t, c, kindStored, secretID{1}), mustSign(t, c, kindStored, secretID{2})
	anchor := mustSign(t, c, kindAnchor, secretID{1})
	bad := strings.Repeat("A", cookieChars)
	junk := n + bad + "; "
	for name, tc := range map[string]struct {
		lines []string
		want  secretID
		err   error
	}{
		"none":                             {nil, secretID{}, nil},
		"other cookies":                    {[]string{"a=1; __Host-axess-csrf=x; b", "axess=" + good}, secretID{}, nil},
		"alone":                            {[]string{n + good}, secretID{1}, nil},
		"among others":                     {[]string{"a=1; " + n + good + "; b=2"}, secretID{1}, nil},
		"no space after semicolon":         {[]string{"a=1;" + n + good}, secretID{1}, nil},
		"on a second line":                 {[]string{"a=1", n + good}, secretID{1}, nil},
		"after garbage":                    {[]string{"garbage;=;;; ;\x00;" + n + good}, secretID{1}, nil},
		"after a forged one":               {[]string{junk + n + good}, secretID{1}, nil},
		"the same twice":                   {[]string{n + good, n + good}, secretID{1}, nil},
		"two that verify":                  {[]string{n + good + "; " + n + other}, secretID{}, errCookieAmbiguous},
		"two that verify, on two lines":    {[]string{n + other, n + good}, secretID{}, errCookieAmbiguous},
		"an anchor of the same id":         {[]string{n + good, n + anchor}, secretID{}, errCookieAmbiguous},
		"fourth of four":                   {[]string{junk + junk + junk + n + good}, secretID{1}, nil},
		"the fifth is not looked at":       {[]string{junk + junk + junk + junk + n + good}, secretID{}, errCookieFormat},
		"trailing space makes another one": {[]string{n + good + " "}, secretID{}, errCookieFormat},
		"name in other case":               {[]string{"__host-axess=" + good}, secretID{}, nil},
	} {
		h, err := c.find(tc.lines)
		if h.id != tc.want || h.kind == 0 && !errors.Is(err, tc.err) {
			t.Errorf("%s: %x, %v; want %x, %v", name, [16]byte(h.id), err, [16]byte(tc.want), tc.err)
		}
	}
}

// SES-128 (the session's half): old keys verify, the new one signs.
func TestCookie_keys_rotate_without_signing_anybody_out(t *testing.T) {
	t.Parallel()
	before := testCodec(t, CookieConfig{})
	v := mustSign(t, before, kindStored, secretID{7})
	old := testKey("cookie-a", seal.Retiring)
	old.NotAfter = t0.Add(1000 * 3600e9)
	after := testCodec(t, CookieConfig{}, testKey("cookie-b", seal.Primary), old)
	h, err := after.verify(v)
	if err != nil || h.id != (secretID{7}) || h.kid == after.ring.Primary() {
		t.Fatalf("%v, kid %s", err, h.kid)
	}
	if w := mustSign(t, after, kindStored, secretID{7}); w == v {
		t.Fatal("signed with the retiring key")
	}
}

// SES-125, SES-126, SES-132
func TestCookieConfig(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg  CookieConfig
		want string // of the line, or of the error after "!"
	}{
		"default":            {CookieConfig{}, "__Host-axess=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax"},
		"strict":             {CookieConfig{SameSite: http.SameSiteStrictMode}, "__Host-axess=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict"},
		"none, partitioned":  {CookieConfig{SameSite: http.SameSiteNoneMode, Partitioned: true}, "__Host-axess=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"},
		"own name":           {CookieConfig{Name: "s"}, "s=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax"},
		"insecure":           {CookieConfig{InsecureHTTP: true}, "axess-dev=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"},
		"insecure host":      {CookieConfig{InsecureHTTP: true, Name: "__Host-x"}, "!Cookie.Name"},
		"insecure secure":    {CookieConfig{InsecureHTTP: true, Name: "__sEcUrE-x"}, "!Cookie.Name"},
		"insecure none":      {CookieConfig{InsecureHTTP: true, SameSite: http.SameSiteNoneMode}, "!Cookie.SameSite"},
		"insecure partition": {CookieConfig{InsecureHTTP: true, Partitioned: true}, "!Cookie.Partitioned"},
		"name with space":    {CookieConfig{Name: "a b"}, "!Cookie.Name"},
		"name with equals":   {CookieConfig{Name: "a=b"}, "!Cookie.Name"},
		"name too long":      {CookieConfig{Name: strings.Repeat("a", 65)}, "!Cookie.Name"},
		"same site":          {CookieConfig{SameSite: 9}, "!Cookie.SameSite"},
	} {
		c, err := newCookieCodec(tc.cfg, testRing(t, seal.Cookie, testKey("cookie-a", seal.Primary)))
		if want, isErr := strings.CutPrefix(tc.want, "!"); isErr {
			if err == nil || !strings.HasPrefix(err.Error(), want+":") {
				t.Errorf("%s: %v, want an error that names %s", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := c.line("v", 60); got != tc.want {
			t.Errorf("%s: %q", name, got)
		}
		parsed, err := http.ParseSetCookie(c.line("v", browserSession))
		if err != nil || parsed.MaxAge != 0 || !parsed.HttpOnly || parsed.Secure == tc.cfg.InsecureHTTP {
			t.Errorf("%s: as a browser reads it: %+v, %v", name, parsed, err)
		}
	}
}

// SES-080
func TestCookie_of_a_handler_is_stripped(t *testing.T) {
	t.Parallel()
	c := testCodec(t, CookieConfig{})
	h := http.Header{"Set-Cookie": {"a=1", "__Host-axess=evil; Path=/", "b=2", "__Host-axess=again", "__Host-axess-csrf=3"}}
	if !c.strip(h) || fmt.Sprint(h["Set-Cookie"]) != "[a=1 b=2 __Host-axess-csrf=3]" {
		t.Fatal(h)
	}
	if c.strip(h) {
		t.Fatal("stripped what is not ours")
	}
	h = http.Header{"Set-Cookie": {"__Host-axess=evil"}}
	if c.strip(h); len(h) != 0 {
		t.Fatal(h)
	}
}

// FUZ-F01: one canonical encoding, no panic, bounded work.
func FuzzCookie(f *testing.F) {
	c := testCodec(f, CookieConfig{})
	good := mustSign(f, c, kindStored, secretID{1})
	f.Add("__Host-axess="+good, "")
	f.Add("a=1; __Host-axess="+good+"; __Host-axess="+mustSign(f, c, kindAnchor, secretID{2}), "__Host-axess=x")
	f.Add(";;=;__Host-axess", good)
	f.Fuzz(func(t *testing.T, one, two string) {
		for _, v := range []string{one, two} {
			h, err := c.verify(v)
			if err != nil {
				continue
			}
			if again := mustSign(t, c, h.kind, h.id); again != v {
				t.Fatalf("two forms of one cookie: %q and %q", v, again)
			}
			raw, err := base64.RawURLEncoding.DecodeString(v)
			if err != nil {
				t.Fatal(err)
			}
			bit := (len(one) + 7*len(two)) % (8 * len(raw))
			raw[bit/8] ^= 1 << (bit % 8)
			if _, err := c.verify(base64.RawURLEncoding.EncodeToString(raw)); err == nil {
				t.Fatalf("bit %d of %q may be either", bit, v)
			}
		}
		if h, _ := c.find([]string{one, two}); h.kind != 0 {
			if !strings.Contains(one+two, mustSign(t, c, h.kind, h.id)) {
				t.Fatal("found what was not sent")
			}
		}
	})
}

// SES-243: cookie verify ≤ 2 µs.
func BenchmarkCookieVerify(b *testing.B) {
	c := testCodec(b, CookieConfig{})
	lines := []string{"theme=dark; _ga=GA1.1.1; __Host-axess=" + mustSign(b, c, kindStored, secretID{1}) + "; __Host-axess-csrf=abc"}
	b.ReportAllocs()
	for b.Loop() {
		if h, _ := c.find(lines); h.kind == 0 {
			b.Fatal("refused")
		}
	}
}
