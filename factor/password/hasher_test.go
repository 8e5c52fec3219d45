package password_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

func hasher(t interface{ Fatal(...any) }, cfg password.Config) *password.Hasher {
	if cfg.Params == (password.Params{}) {
		cfg.Params = password.InsecureCheap()
	}
	h, err := password.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t interface{ Fatal(...any) }, h *password.Hasher, s string) []byte {
	body, err := h.Hash(entropy.Seeded(1), secret(s))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func pepper(id string, fill byte) password.Pepper {
	return password.Pepper{ID: id, Key: seal.NewSecret(bytes.Repeat([]byte{fill}, 32))}
}

// FAC-011, FAC-016
func TestDerive_known_answers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p           password.Params
		input, salt string
		want        string
	}{
		// The reference implementation's own test of Argon2id version 19.
		{password.RawArgon2id(65536, 2, 1), "password", "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
		// RFC 7914 §11.
		{password.RawPBKDF2SHA256(1), "passwd", "salt", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"},
		// Widely published PBKDF2-HMAC-SHA-512 answer.
		{password.RawPBKDF2SHA512(1), "password", "salt", "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce"},
	} {
		got, err := hasher(t, password.Config{}).Derive(c.p, c.input, c.salt, len(c.want)/2)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%s: %x, %v", c.p, got, err)
		}
	}
}

// FAC-011
func TestHash_stores_a_PHC_string(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg  password.Config
		want string
	}{
		{password.Config{Params: password.Lean()}, "\x01$argon2id$v=19$m=19456,t=2,p=1$"},
		{password.Config{Peppers: []password.Pepper{pepper("k-1", 7)}}, "\x01$argon2id$v=19$m=8,t=1,p=1,keyid=k-1$"},
		{password.Config{Params: password.FIPS()}, "\x01$pbkdf2-sha512$i=210000$"},
	} {
		body := hash(t, hasher(t, c.cfg), "correct horse battery")
		rest, ok := strings.CutPrefix(string(body), c.want)
		salt, digest, _ := strings.Cut(rest, "$")
		wantDigest := 43 // 32 bytes
		if strings.Contains(c.want, "sha512") {
			wantDigest = 86 // 64 bytes
		}
		if !ok || len(salt) != 22 || len(digest) != wantDigest {
			t.Errorf("record %q", body)
		}
		if strings.Contains(string(body), "horse") {
			t.Error("the password is in the record")
		}
	}
}

// The bytes in the table must stay readable. FAC-011
func TestVerify_reads_a_record_of_the_first_version(t *testing.T) {
	t.Parallel()
	golden := "\x01$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	res := hasher(t, password.Config{Params: password.Lean()}).Verify(now, []byte(golden), secret("password"))
	if res.Verdict != factor.Accepted || !res.Rehash {
		t.Errorf("%+v", res)
	}
}

// FAC-010, FAC-017
func TestVerify_tells_right_from_wrong(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{})
	body := hash(t, h, "Correct horse battery")
	for s, want := range map[string]factor.Verdict{
		"Correct horse battery":                  factor.Accepted,
		"correct horse battery":                  factor.Rejected,
		"Correct horse battery ":                 factor.Rejected,
		" Correct horse battery":                 factor.Rejected,
		"Correct horse batter":                   factor.Rejected,
		"":                                       factor.Rejected,
		"Correct horse battery\x00":              factor.Rejected,
		"Correct horse battery\xff":              factor.Rejected,
		strings.Repeat("Correct horse", 1000):    factor.Rejected,
		"Correct\u00a0horse\u00a0battery":        factor.Rejected, // NFC, not NFKC
		string(body):                             factor.Rejected,
		"Correct horse battery\u200b":            factor.Rejected,
		strings.ToUpper("Correct horse battery"): factor.Rejected,
	} {
		if res := h.Verify(now, body, secret(s)); res.Verdict != want || res.Rehash || res.Corrupt {
			t.Errorf("%q: %+v", s, res)
		}
	}
}

// FAC-017
func TestVerify_compares_the_whole_digest(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{})
	salt := bytes.Repeat([]byte{1}, 16)
	digest, err := h.Derive(password.InsecureCheap(), "correct horse battery", string(salt), 32)
	if err != nil {
		t.Fatal(err)
	}
	for i := range digest {
		wrong := bytes.Clone(digest)
		wrong[i] ^= 0x80
		if res := h.Verify(now, password.Made(password.InsecureCheap(), "", salt, wrong), secret("correct horse battery")); res.Verdict != factor.Rejected {
			t.Errorf("byte %d of the digest does not count", i)
		}
	}
}

// FAC-011
func TestHash_salts_every_record_anew(t *testing.T) {
	t.Parallel()
	h, src := hasher(t, password.Config{}), entropy.Seeded(1)
	a, err := h.Hash(src, secret("correct horse battery"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Hash(src, secret("correct horse battery"))
	if err != nil || bytes.Equal(a, b) {
		t.Errorf("one record for two users, %v", err)
	}
}

// FAC-I1, FAC-010
func TestVerify_accepts_exactly_the_NFC_class(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{})
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aAé\u0301\u0065\u212b\u00c5ﬁß한\u1112\u1161\u11ab 0")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "set"), text.Draw(t, "typed")
		body := hash(t, h, a)
		for _, s := range []string{b, norm.NFD.String(a), norm.NFC.String(a), a} {
			want := factor.Rejected
			if norm.NFC.String(a) == norm.NFC.String(s) {
				want = factor.Accepted
			}
			if res := h.Verify(now, body, secret(s)); res.Verdict != want {
				t.Fatalf("%+q set, %+q typed: %v", a, s, res.Verdict)
			}
		}
	})
}

// FAC-010
func TestHash_limits(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{})
	for s, ok := range map[string]bool{
		strings.Repeat("a", 1024):        true,
		strings.Repeat("a", 1025):        false,
		strings.Repeat("é", 512):         true,
		strings.Repeat("e\u0301", 512):   true, // 1,536 bytes as typed, 1,024 composed
		strings.Repeat("a", 4097):        false,
		"":                               false,
		"a\x00b":                         false,
		"\x00ab":                         false,
		"a\xc3":                          false,
		strings.Repeat("\U0001d160", 85): true, // grows on composition
	} {
		body, err := h.Hash(entropy.Seeded(1), secret(s))
		if (err == nil) != ok || err != nil && (!errors.Is(err, password.ErrInput) || body != nil) {
			t.Errorf("%d bytes: %v", len(s), err)
		}
		if ok && h.Verify(now, body, secret(s)).Verdict != factor.Accepted {
			t.Errorf("%d bytes are not accepted again", len(s))
		}
	}
}

func TestVerify_leaves_the_input_to_its_owner(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{})
	s := secret("correct horse battery")
	body := hash(t, h, "correct horse battery")
	h.Verify(now, body, s)
	if string(s.Reveal()) != "correct horse battery" {
		t.Error("Verify changed what it was given")
	}
}

// FAC-017, AUN-033
func TestVerify_costs_one_evaluation_whatever_the_record(t *testing.T) {
	t.Parallel()
	h := hasher(t, password.Config{Peppers: []password.Pepper{pepper("a", 1)}})
	salt, digest := make([]byte, 16), make([]byte, 32)
	good := hash(t, h, "correct horse battery")
	for name, c := range map[string]struct {
		body []byte
		want password.Result
	}{
		"right":          {good, password.Result{Verdict: factor.Accepted}},
		"wrong":          {password.Made(password.InsecureCheap(), "a", salt, digest), password.Result{Verdict: factor.Rejected}},
		"no record":      {nil, password.Result{Verdict: factor.Rejected}},
		"empty record":   {[]byte{}, password.Result{Verdict: factor.Rejected, Corrupt: true}},
		"corrupt":        {good[:len(good)-1], password.Result{Verdict: factor.Rejected, Corrupt: true}},
		"giant":          {password.Made(password.RawArgon2id(1<<31, 1, 1), "", salt, digest), password.Result{Verdict: factor.Rejected, Corrupt: true}},
		"unknown pepper": {password.Made(password.InsecureCheap(), "b", salt, digest), password.Result{Verdict: factor.Misconfigured}},
	} {
		before := h.Evaluations()
		if got := h.Verify(now, c.body, secret("correct horse battery")); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if n := h.Evaluations() - before; n != 1 {
			t.Errorf("%s: %d evaluations", name, n)
		}
	}
	// What can be no password costs none, with a record or without.
	for _, body := range [][]byte{good, nil} {
		before := h.Evaluations()
		if got := h.Verify(now, body, secret("")); got.Verdict != factor.Rejected || h.Evaluations() != before {
			t.Errorf("empty input: %+v, %d evaluations", got, h.Evaluations()-before)
		}
	}
}

// Not parallel: it reads what the whole process allocates.
//
// AUN-033, FAC-017
func TestDummy_fills_the_memory_of_a_real_evaluation(t *testing.T) {
	h := hasher(t, password.Config{Params: password.Lean()})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if res := h.Dummy(secret("correct horse battery")); res.Verdict != factor.Rejected {
		t.Errorf("%+v", res)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got < 19456<<10 {
		t.Errorf("a dummy took %d bytes", got)
	}
}

// FAC-014
func TestPepper(t *testing.T) {
	t.Parallel()
	a, b := pepper("a", 1), pepper("b", 2)
	plain := hasher(t, password.Config{})
	old := hasher(t, password.Config{Peppers: []password.Pepper{a}})
	turned := hasher(t, password.Config{Peppers: []password.Pepper{b, a}})
	lost := hasher(t, password.Config{Peppers: []password.Pepper{b}})
	other := hasher(t, password.Config{Peppers: []password.Pepper{pepper("a", 9)}})
	const pw = "correct horse battery"
	withA, without := hash(t, old, pw), hash(t, plain, pw)
	for name, c := range map[string]struct {
		h    *password.Hasher
		body []byte
		want password.Result
	}{
		"same key":             {old, withA, password.Result{Verdict: factor.Accepted}},
		"turned key":           {turned, withA, password.Result{Verdict: factor.Accepted, Rehash: true}},
		"key lost":             {lost, withA, password.Result{Verdict: factor.Misconfigured}},
		"no key":               {plain, withA, password.Result{Verdict: factor.Misconfigured}},
		"another key, same id": {other, withA, password.Result{Verdict: factor.Rejected}},
		"not yet peppered":     {old, without, password.Result{Verdict: factor.Accepted, Rehash: true}},
	} {
		if got := c.h.Verify(now, c.body, secret(pw)); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if got := c.h.Verify(now, c.body, secret("wrong horse battery")); got.Verdict == factor.Accepted {
			t.Errorf("%s: a wrong password is accepted", name)
		}
	}
	for name, p := range map[string][]password.Pepper{
		"short key": {{ID: "a", Key: seal.NewSecret(make([]byte, 31))}},
		"no key":    {{ID: "a"}},
		"no id":     {{Key: a.Key}},
		"bad id":    {{ID: "A$", Key: a.Key}},
		"after z":   {{ID: "a{", Key: a.Key}},
		"before 0":  {{ID: "a/", Key: a.Key}},
		"after 9":   {{ID: "a:", Key: a.Key}},
		"long id":   {{ID: strings.Repeat("a", 17), Key: a.Key}},
		"id twice":  {a, pepper("a", 2)},
	} {
		if _, err := password.New(password.Config{Peppers: p}); !errors.Is(err, password.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FAC-015
func TestVerify_asks_for_a_new_hash_when_parameters_differ(t *testing.T) {
	t.Parallel()
	cheap := hasher(t, password.Config{})
	stronger := hasher(t, password.Config{Params: password.RawArgon2id(16, 2, 1)})
	body := hash(t, cheap, "correct horse battery")
	if res := stronger.Verify(now, body, secret("correct horse battery")); res != (password.Result{Verdict: factor.Accepted, Rehash: true}) {
		t.Errorf("%+v", res)
	}
	if res := stronger.Verify(now, body, secret("wrong horse battery")); res.Rehash {
		t.Error("a wrong password asks for a new hash")
	}
	for _, size := range []struct{ salt, digest int }{{16, 32}, {8, 32}, {16, 16}} {
		salt := make([]byte, size.salt)
		digest, err := cheap.Derive(password.InsecureCheap(), "correct horse battery", string(salt), size.digest)
		if err != nil {
			t.Fatal(err)
		}
		want := password.Result{Verdict: factor.Accepted, Rehash: size.salt < 16 || size.digest < 32}
		if res := cheap.Verify(now, password.Made(password.InsecureCheap(), "", salt, digest), secret("correct horse battery")); res != want {
			t.Errorf("salt and digest of %d bytes: %+v", size, res)
		}
	}
	short := password.Made(password.InsecureCheap(), "", make([]byte, 8), make([]byte, 16))
	digest, err := cheap.Derive(password.InsecureCheap(), "correct horse battery", string(make([]byte, 8)), 16)
	if err != nil {
		t.Fatal(err)
	}
	short = append(short[:0:0], password.Made(password.InsecureCheap(), "", make([]byte, 8), digest)...)
	if res := cheap.Verify(now, short, secret("correct horse battery")); res != (password.Result{Verdict: factor.Accepted, Rehash: true}) {
		t.Errorf("a short salt and digest: %+v", res)
	}
}

// FAC-016
func TestVerify_with_approved_primitives_only(t *testing.T) {
	t.Parallel()
	argon := hash(t, hasher(t, password.Config{}), "correct horse battery")
	fips := hasher(t, password.Config{Params: password.RawPBKDF2SHA512(10)})
	if res := fips.Verify(now, argon, secret("correct horse battery")); res != (password.Result{Verdict: factor.Misconfigured}) {
		t.Errorf("an Argon2id record: %+v", res)
	}
	migrating := hasher(t, password.Config{Params: password.RawPBKDF2SHA512(10), MigrateArgon2Until: now.Add(1)})
	if res := migrating.Verify(now, argon, secret("correct horse battery")); res != (password.Result{Verdict: factor.Accepted, Rehash: true}) {
		t.Errorf("while migrating: %+v", res)
	}
	if res := migrating.Verify(now.Add(1), argon, secret("correct horse battery")); res != (password.Result{Verdict: factor.Misconfigured}) {
		t.Errorf("when the time of migrating is over: %+v", res)
	}
	body := hash(t, fips, "correct horse battery")
	if res := fips.Verify(now, body, secret("correct horse battery")); res != (password.Result{Verdict: factor.Accepted}) {
		t.Errorf("a PBKDF2 record: %+v", res)
	}
	if res := fips.Verify(now, body, secret("wrong horse battery")); res.Verdict != factor.Rejected {
		t.Errorf("a wrong password: %+v", res)
	}
}

// FAC-012
func TestParams_have_floors_and_ceilings(t *testing.T) {
	t.Parallel()
	second := func(_ password.Params, err error) error { return err }
	for name, c := range map[string]struct {
		err, want error
	}{
		"lean":          {second(password.Argon2id(19456, 2, 1)), nil},
		"strong":        {second(password.Argon2id(65536, 3, 4)), nil},
		"ceiling":       {second(password.Argon2id(256<<10, 16, 16)), nil},
		"less memory":   {second(password.Argon2id(19455, 2, 1)), password.ErrWeakParams},
		"one pass":      {second(password.Argon2id(65536, 1, 1)), password.ErrWeakParams},
		"no lane":       {second(password.Argon2id(65536, 2, 0)), password.ErrWeakParams},
		"much memory":   {second(password.Argon2id(256<<10+1, 2, 1)), password.ErrParams},
		"many passes":   {second(password.Argon2id(65536, 17, 1)), password.ErrParams},
		"many lanes":    {second(password.Argon2id(65536, 2, 17)), password.ErrParams},
		"sha256 floor":  {second(password.PBKDF2SHA256(600_000)), nil},
		"below":         {second(password.PBKDF2SHA256(599_999)), password.ErrWeakParams},
		"sha512 floor":  {second(password.PBKDF2SHA512(210_000)), nil},
		"below it":      {second(password.PBKDF2SHA512(209_999)), password.ErrWeakParams},
		"too many":      {second(password.PBKDF2SHA512(4_000_001)), password.ErrParams},
		"too many also": {second(password.PBKDF2SHA256(4_000_001)), password.ErrParams},
	} {
		if !errors.Is(c.err, c.want) || (c.want == nil) != (c.err == nil) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	for p, want := range map[password.Params]string{
		password.Lean():   "$argon2id$v=19$m=19456,t=2,p=1",
		password.Strong(): "$argon2id$v=19$m=65536,t=3,p=4",
		password.FIPS():   "$pbkdf2-sha512$i=210000",
		{}:                "$default",
	} {
		if p.String() != want {
			t.Errorf("%s, want %s", p, want)
		}
	}
	h, err := password.New(password.Config{})
	if err != nil || h.Params() != password.Lean() {
		t.Errorf("default %s, %v", h.Params(), err)
	}
}

// AUN-014
func TestEvidence_is_knowledge(t *testing.T) {
	t.Parallel()
	id, at := identity.NewCredentialID(entropy.Seeded(1)), time.Unix(1700000000, 0).UTC()
	e := password.Evidence(id, at)
	if e.Kind != factor.Password || e.Credential != id || !e.At.Equal(at) || e.Class != identity.Knowledge || !slices.Equal(e.AMR, []string{"pwd"}) {
		t.Errorf("%+v", e)
	}
}

func ExampleHasher() {
	h, err := password.New(password.Config{}) // Argon2id, 19 MiB, two passes
	if err != nil {
		panic(err)
	}
	record, err := h.Hash(entropy.System(), seal.NewSecret([]byte("correct horse battery staple")))
	fmt.Println(err)
	fmt.Println(h.Verify(now, record, seal.NewSecret([]byte("correct horse battery staple"))).Verdict)
	fmt.Println(h.Verify(now, record, seal.NewSecret([]byte("Tr0ub4dor&3"))).Verdict)
	fmt.Println(h.Dummy(seal.NewSecret([]byte("anything"))).Verdict) // no such user
	// Output:
	// <nil>
	// accepted
	// rejected
	// rejected
}

func BenchmarkVerify(b *testing.B) {
	h := hasher(b, password.Config{Params: password.Lean()})
	body := hash(b, h, "correct horse battery")
	s := secret("correct horse battery")
	b.ReportAllocs()
	for b.Loop() {
		h.Verify(now, body, s)
	}
}
