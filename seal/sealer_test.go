package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/fips140"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"testing"

	"pgregory.net/rapid"
)

// sealWithNonce is the only place where a nonce is chosen (SES-153). It lives
// in a test file, so no program can reach it.
func sealWithNonce(t testing.TB, s *Sealer, info, aad, plaintext, nonce []byte) []byte {
	t.Helper()
	st := s.ring.cur.Load()
	k := &st.keys[st.primary]
	block, err := s.block(k, info)
	if err != nil {
		t.Fatal(err)
	}
	env := append([]byte{0x01}, k.id[:]...)
	env = append(env, nonce...)
	// Under fips140=only a chosen nonce is refused: the very thing Seal avoids.
	fips140.WithoutEnforcement(func() {
		var gcm cipher.AEAD
		if gcm, err = cipher.NewGCM(block); err == nil {
			env = gcm.Seal(env, nonce, plaintext, aad)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// PRD-034: what no Seal has made names no key.
func TestEnvelopeKey(t *testing.T) {
	t.Parallel()
	env := append([]byte{EnvelopeFormat, 1, 2, 3, 4}, make([]byte, Overhead-5)...)
	if kid, ok := EnvelopeKey(env); !ok || kid != (KeyID{1, 2, 3, 4}) {
		t.Errorf("%s, %t", kid, ok)
	}
	for _, bad := range [][]byte{nil, env[:5], env[:Overhead-1], append([]byte{2}, env[1:]...)} {
		if _, ok := EnvelopeKey(bad); ok {
			t.Errorf("%x names a key", bad)
		}
	}
}

func mustSeal(t interface {
	Helper()
	Fatal(...any)
}, s *Sealer, info, aad, plaintext []byte) []byte {
	t.Helper()
	env, err := s.Seal(info, aad, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func sessionBox(t testing.TB) *Sealer {
	return mustRing(t, Session, testKey("session", Primary)).Sealer(LabelSessionBody)
}

// SES-150: the wire form, and what goes in comes out.
func TestEnvelopeRoundTrip(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	rapid.Check(t, func(t *rapid.T) {
		info := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "info")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "aad")
		pt := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "plaintext")
		env := mustSeal(t, box, info, aad, pt)
		if len(env) != 33+len(pt) || env[0] != 1 || KeyID(env[1:5]) != box.ring.Primary() {
			t.Fatalf("wire form %x", env)
		}
		got, kid, err := box.Open(info, aad, env)
		if err != nil || !bytes.Equal(got, pt) || kid != box.ring.Primary() {
			t.Fatal(got, kid, err)
		}
	})
}

// SES-150, SES-154: no bit of an envelope, its info or its associated data can
// change; a changed key id is an unknown key, everything else is integrity.
func TestEnvelopeFailsOnAnyFlippedBit(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	info, aad := []byte("0123456789abcdef"), []byte("row 7")
	env := mustSeal(t, box, info, aad, []byte("a session body"))
	for bit := range len(env) * 8 {
		bad := bytes.Clone(env)
		bad[bit/8] ^= 1 << (bit % 8)
		want := ErrIntegrity
		if bit/8 >= 1 && bit/8 < 5 {
			want = ErrUnknownKey
		}
		pt, _, err := box.Open(info, aad, bad)
		if !errors.Is(err, want) || pt != nil {
			t.Fatalf("bit %d: %q, %v, want %v", bit, pt, err, want)
		}
	}
	for _, changed := range [][]byte{info, aad} {
		for bit := range len(changed) * 8 {
			changed[bit/8] ^= 1 << (bit % 8)
			if pt, _, err := box.Open(info, aad, env); !errors.Is(err, ErrIntegrity) || pt != nil {
				t.Fatalf("bit %d: %q, %v", bit, pt, err)
			}
			changed[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// SES-151: what is sealed for one record never opens for another, even when
// info and associated data could be shifted against each other.
func TestEnvelopeNeverOpensForAnotherRecord(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Byte(), 1, 20).Filter(func(b []byte) bool { return !bytes.Equal(a, b) }).Draw(t, "b")
		env := mustSeal(t, box, a, b, []byte("x"))
		for _, p := range [][2][]byte{{b, b}, {a, a}, {b, a}, {append(bytes.Clone(a), b...), nil}} {
			if _, _, err := box.Open(p[0], p[1], env); !errors.Is(err, ErrIntegrity) {
				t.Fatalf("opened: %v", err)
			}
		}
	})
}

// SES-151: an envelope of one use does not open under another use of the ring.
func TestEnvelopeNeverOpensUnderAnotherLabel(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, Data, testKey("data", Primary))
	env := mustSeal(t, ring.Sealer(LabelFactorVault), []byte("i"), nil, []byte("seed"))
	if _, _, err := ring.Sealer(LabelMailRow).Open([]byte("i"), nil, env); !errors.Is(err, ErrIntegrity) {
		t.Fatal(err)
	}
}

// SES-154, CRY-009: short, unknown format, unknown key, wrong key under a known id.
func TestOpenTellsUnknownKeyFromBadTag(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	info := []byte("ref")
	env := mustSeal(t, box, info, nil, nil)
	for n := range len(env) {
		if _, kid, err := box.Open(info, nil, env[:n]); !errors.Is(err, ErrIntegrity) || errors.Is(err, ErrUnknownKey) || kid != (KeyID{}) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for _, format := range []byte{0x00, 0x02, 0xff} {
		bad := bytes.Clone(env)
		bad[0] = format
		if _, _, err := box.Open(info, nil, bad); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("format %d: %v", format, err)
		}
	}
	stranger := mustRing(t, Session, testKey("stranger", Primary))
	foreign := mustSeal(t, stranger.Sealer(LabelSessionBody), info, nil, nil)
	_, kid, err := box.Open(info, nil, foreign)
	if !errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrIntegrity) || kid != stranger.Primary() {
		t.Fatalf("unknown key: %v %v", kid, err)
	}
	// No trial decryption: a good ciphertext behind another key's id fails,
	// although the ring holds the key that would open it.
	two := mustRing(t, Session, testKey("session", Primary), testKey("stranger", Pending)).Sealer(LabelSessionBody)
	mislabelled := bytes.Clone(foreign)
	copy(mislabelled[1:5], env[1:5])
	if _, _, err := two.Open(info, nil, mislabelled); !errors.Is(err, ErrIntegrity) {
		t.Fatalf("mislabelled: %v", err)
	}
	// Sealing takes the primary wherever it stands.
	last := mustRing(t, Session, testKey("stranger", Retiring), testKey("session", Primary)).Sealer(LabelSessionBody)
	if _, kid, err := box.Open(info, nil, mustSeal(t, last, info, nil, nil)); err != nil || kid != box.ring.Primary() {
		t.Fatalf("sealed under another key than the primary: %v %v", kid, err)
	}
	if _, _, err := two.Open(info, nil, foreign); err != nil {
		t.Fatalf("pending key does not open: %v", err)
	}
}

// SES-153, CRY-010: the platform draws a nonce for each write, and an explicit nonce
// (tests alone) gives the same wire bytes.
func TestNoncesAreFreshAndBothFormsInteroperate(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	info, aad, pt := []byte("ref"), []byte("aad"), []byte("body")
	seen := map[string]bool{}
	for range 1000 {
		env := mustSeal(t, box, info, aad, pt)
		nonce := env[5:17]
		if seen[string(nonce)] {
			t.Fatal("a nonce came twice")
		}
		seen[string(nonce)] = true
		if again := sealWithNonce(t, box, info, aad, pt, nonce); !bytes.Equal(env, again) {
			t.Fatalf("forms differ:\n%x\n%x", env, again)
		}
	}
}

// SES-151
func TestSealNeedsARecord(t *testing.T) {
	t.Parallel()
	if _, err := sessionBox(t).Seal(nil, nil, []byte("x")); err == nil {
		t.Fatal("sealed without info: all records would share a key")
	}
}

// SES-158: there is no unsealed form; plaintext in an envelope's place is refused.
func TestPlaintextNeverOpens(t *testing.T) {
	t.Parallel()
	box := sessionBox(t)
	kid := box.ring.Primary()
	plain := append(append([]byte{1}, kid[:]...), bytes.Repeat([]byte("plain session body "), 5)...)
	for _, body := range [][]byte{nil, {}, []byte("{}"), plain, bytes.Repeat([]byte{0}, 100)} {
		if pt, _, err := box.Open([]byte("ref"), nil, body); err == nil || pt != nil {
			t.Fatalf("%q opened to %q", body, pt)
		}
	}
}

// FUZ-F02: SES-154.
func FuzzOpen(f *testing.F) {
	box := mustRing(f, Session, testKey("session", Primary), testKey("old", Retiring)).Sealer(LabelSessionBody)
	good := sealWithNonce(f, box, []byte("ref"), []byte("aad"), []byte("body"), make([]byte, 12))
	f.Add([]byte("ref"), []byte("aad"), good)
	f.Add([]byte("ref"), []byte("aad"), good[:32])
	f.Add([]byte("ref"), []byte{}, good[:5])
	f.Fuzz(func(t *testing.T, info, aad, env []byte) {
		before := bytes.Clone(env)
		pt, kid, err := box.Open(info, aad, env)
		if !bytes.Equal(before, env) {
			t.Fatal("Open changed the envelope")
		}
		if err == nil {
			// Nobody forges: only the seed itself opens, as itself.
			if !bytes.Equal(env, good) || string(info) != "ref" || string(aad) != "aad" || string(pt) != "body" {
				t.Fatalf("opened %x", env)
			}
			return
		}
		if pt != nil {
			t.Fatal("plaintext beside an error")
		}
		if errors.Is(err, ErrUnknownKey) && (len(env) < 33 || kid != KeyID(env[1:5]) || box.ring.cur.Load().find(kid) != nil) {
			t.Fatalf("unknown key: %v", kid)
		}
		if len(info) > 0 && !errors.Is(err, ErrUnknownKey) && !errors.Is(err, ErrIntegrity) {
			t.Fatalf("other error: %v", err)
		}
	})
}

// Whatever is sealed for one use opens for that use alone, under its own name and
// with its own associated data, whichever of them a fuzzer picks. FUZ-F02
func FuzzOpen_for_another_use(f *testing.F) {
	uses := map[Purpose][]Label{
		Cookie: {LabelLinkCookie, LabelNoticeCookie}, Session: {LabelSessionBody},
		Data: {LabelFactorVault, LabelLinkPayload, LabelMailRow, LabelStoreValue},
	}
	var boxes []*Sealer
	for _, p := range []Purpose{Cookie, Session, Data} {
		// One master in every ring: the labels alone must tell the uses apart.
		ring := mustRing(f, p, testKey("shared", Primary))
		for _, l := range uses[p] {
			boxes = append(boxes, ring.Sealer(l))
		}
	}
	f.Add([]byte("ref"), []byte("aad"), []byte("text"), uint8(0), []byte("ref"), []byte("aad"))
	f.Add([]byte("re"), []byte("faad"), []byte("text"), uint8(3), []byte("ref"), []byte("aad"))
	f.Fuzz(func(t *testing.T, info, aad, text []byte, of uint8, info2, aad2 []byte) {
		if len(info) == 0 || len(info2) == 0 {
			return
		}
		own := boxes[int(of)%len(boxes)]
		env, err := own.Seal(info, aad, text)
		if err != nil {
			return
		}
		for _, box := range boxes {
			pt, _, err := box.Open(info2, aad2, env)
			same := box == own && bytes.Equal(info, info2) && bytes.Equal(aad, aad2)
			if (err == nil) != same || same && !bytes.Equal(pt, text) {
				t.Fatalf("sealed for %d under %q, %q, opened under %q, %q: %v", of, info, aad, info2, aad2, err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	box := sessionBox(b)
	ref, aad := make([]byte, 16), make([]byte, 41)
	env := mustSeal(b, box, ref, aad, make([]byte, 413))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := box.Open(ref, aad, env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	box := sessionBox(b)
	ref, aad, body := make([]byte, 16), make([]byte, 41), make([]byte, 413)
	b.ReportAllocs()
	for b.Loop() {
		mustSeal(b, box, ref, aad, body)
	}
}

// SES-151: a record without a name has no key, neither to seal nor to open.
func TestSealerWantsAName(t *testing.T) {
	t.Parallel()
	box := mustRing(t, Session, testKey("s", Primary)).Sealer(LabelSessionBody)
	if env, err := box.Seal(nil, nil, []byte("p")); err == nil || env != nil {
		t.Errorf("sealed: %x, %v", env, err)
	}
	if got, _, err := box.Open(nil, nil, mustSeal(t, box, []byte("i"), nil, []byte("p"))); err == nil || got != nil {
		t.Errorf("opened: %q, %v", got, err)
	}
}

// SES-151, CRY-010: what a pooled HMAC makes in one step is HKDF-Expand, whatever
// the length of the record's name, and for every key of the ring.
func TestSealer_record_key_is_HKDF(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, Session, testKey("session", Primary), testKey("old", Retiring))
	box := ring.Sealer(LabelSessionBody)
	st := ring.cur.Load()
	for i := range st.keys {
		k := &st.keys[i]
		for n := range 600 {
			info := bytes.Repeat([]byte{byte(n), 0x5a}, n)[:n]
			want, err := hkdf.Expand(sha256.New, k.Master.Reveal(), string(LabelSessionBody)+string(info), KeySize)
			if err != nil {
				t.Fatal(err)
			}
			if got := box.recordKey(k, info); !bytes.Equal(got[:], want) {
				t.Fatalf("key %s, %d bytes: another key than HKDF's", k.id, n)
			}
		}
	}
}

// CRY-010: in FIPS 140-3 mode, where the module's own derivation is used, the same
// vectors hold.
func TestSealer_in_FIPS_mode(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^(TestGolden|TestSealer_record_key|TestEnvelopeRoundTrip)", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=on")
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(out, []byte("--- PASS: Test")) < 3 {
		t.Errorf("%v\n%s", err, out)
	}
}
