package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// SES-122: verify(sign(x)) holds for every message however it is cut into parts.
func TestMACVerifiesWhatItSigned(t *testing.T) {
	t.Parallel()
	mac := mustRing(t, Cookie, testKey("a", Primary), testKey("b", Pending)).MAC(LabelSessionCookie)
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(t, "message")
		cut := rapid.IntRange(0, len(msg)).Draw(t, "cut")
		kid, tag := mac.Sum(msg)
		if err := mac.Verify(kid, tag[:], msg[:cut], msg[cut:]); err != nil {
			t.Fatal(err)
		}
		with, err := mac.SumWith(kid, msg[:cut], nil, msg[cut:])
		if err != nil || with != tag {
			t.Fatal(with, err)
		}
	})
}

// SES-122: one bit of the message or the tag is enough to fail.
func TestMACFailsOnAnyFlippedBit(t *testing.T) {
	t.Parallel()
	mac := mustRing(t, Cookie, testKey("a", Primary)).MAC(LabelSessionCookie)
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "message")
		kid, tag := mac.Sum(msg)
		bad := bytes.Clone(msg)
		flip(t, bad)
		if err := mac.Verify(kid, tag[:], bad); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("message: %v", err)
		}
		badTag := bytes.Clone(tag[:])
		flip(t, badTag)
		if err := mac.Verify(kid, badTag, msg); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("tag: %v", err)
		}
		if _, err := mac.VerifyAny(badTag, msg); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("tag by trial: %v", err)
		}
	})
	kid, tag := mac.Sum([]byte("m"))
	for _, short := range [][]byte{nil, {}, tag[:16], tag[:31], append(bytes.Clone(tag[:]), 0)} {
		if err := mac.Verify(kid, short, []byte("m")); !errors.Is(err, ErrIntegrity) {
			t.Errorf("tag of %d bytes: %v", len(short), err)
		}
	}
	if half := tag.Half(); !bytes.Equal(half[:], tag[:16]) {
		t.Error("Half is not the first half")
	}
}

func flip(t *rapid.T, b []byte) {
	bit := rapid.IntRange(0, len(b)*8-1).Draw(t, "bit")
	b[bit/8] ^= 1 << (bit % 8)
}

// SES-122: sub-keys depend on the master and on the label, and none is the
// master itself or a constant.
func TestSubKeysDependOnMasterAndLabel(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range []string{"one", "two"} {
		master := testKey(name, Primary).Master
		seen[string(master.Reveal())] = name + " itself"
		for _, l := range allLabels {
			sub := string(derive(master, string(l)))
			if other, ok := seen[sub]; ok {
				t.Errorf("%s under %s equals %s", name, l, other)
			}
			seen[sub] = name + " " + string(l)
		}
	}
	ring, other := mustRing(t, Cookie, testKey("one", Primary)), mustRing(t, Cookie, testKey("two", Primary))
	_, a := ring.MAC(LabelSessionCookie).Sum([]byte("m"))
	_, b := ring.MAC(LabelCSRF).Sum([]byte("m"))
	_, c := other.MAC(LabelSessionCookie).Sum([]byte("m"))
	if a == b || a == c || b == c {
		t.Fatal("a tag does not depend on label or master")
	}
}

// SES-122: sealing appends the record to the label, so a label that begins
// another one would let a record name its way into it.
func TestLabelsArePrefixFreeAndPlaced(t *testing.T) {
	t.Parallel()
	for i, l := range allLabels {
		if p, prim := l.use(); p == 0 || prim == 0 {
			t.Errorf("%s has no place", l)
		}
		if !strings.HasPrefix(string(l), "axess.v1.") {
			t.Errorf("%s has no version", l)
		}
		for j, o := range allLabels {
			if i != j && strings.HasPrefix(string(o), string(l)) {
				t.Errorf("%s begins %s", l, o)
			}
		}
	}
}

// SES-122: a label works in its own ring and for its own primitive only.
func TestLabelsOutOfPlacePanic(t *testing.T) {
	t.Parallel()
	cookie := mustRing(t, Cookie, testKey("a", Primary))
	for name, f := range map[string]func(){
		"other ring":      func() { cookie.MAC(LabelIdentityRow) },
		"sealing as MAC":  func() { cookie.MAC(LabelLinkCookie) },
		"MAC as sealing":  func() { cookie.Sealer(LabelSessionCookie) },
		"sealing in ring": func() { cookie.Sealer(LabelSessionBody) },
		"unknown":         func() { cookie.MAC("axess.v1.made.up") },
		"empty":           func() { cookie.Sealer("") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}

func TestSumWithAnUnknownKey(t *testing.T) {
	t.Parallel()
	mac := mustRing(t, Cookie, testKey("a", Primary)).MAC(LabelCSRF)
	tag, err := mac.SumWith(KeyID{1, 2, 3, 4}, []byte("m"))
	if !errors.Is(err, ErrUnknownKey) || tag != (Tag{}) {
		t.Fatal(tag, err)
	}
}

func TestDigestAndFields(t *testing.T) {
	t.Parallel()
	whole := Digest(DigestSessionRef, []byte("abc"))
	if whole != Digest(DigestSessionRef, []byte("a"), []byte("bc")) || whole == Digest(DigestLinkToken, []byte("abc")) {
		t.Error("Digest is not over use and parts")
	}
	long := bytes.Repeat([]byte("x"), 1000)
	if Digest("", long) != Digest("", long[:500], long[500:]) {
		t.Error("long input differs by cut")
	}
	a := AppendFields(nil, PrefixFactorVault, []byte("ab"), []byte("c"))
	b := AppendFields(nil, PrefixFactorVault, []byte("a"), []byte("bc"))
	c := AppendFields(nil, PrefixFactorVault, []byte("ab"), []byte("c"), nil)
	if bytes.Equal(a, b) || bytes.Equal(a, c) || !bytes.HasPrefix(a, []byte("axess/factor-vault/v1\x00")) {
		t.Error("fields are ambiguous")
	}
	if !Equal([]byte("a"), []byte("a")) || Equal([]byte("a"), []byte("b")) || Equal([]byte("a"), []byte("aa")) {
		t.Error("Equal is wrong")
	}
}

func BenchmarkMACVerify(b *testing.B) {
	mac := mustRing(b, Cookie, testKey("a", Primary)).MAC(LabelSessionCookie)
	name, value := []byte("__Host-axess"), make([]byte, 22)
	kid, tag := mac.Sum([]byte(PrefixSessionCookie), name, value)
	b.ReportAllocs()
	for b.Loop() {
		if err := mac.Verify(kid, tag[:], []byte(PrefixSessionCookie), name, value); err != nil {
			b.Fatal(err)
		}
	}
}

// Fields are framed, so that no two lists of fields give the same bytes.
func TestAppendFieldsFramesEveryField(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, fields := range [][]string{{}, {""}, {"", ""}, {"a"}, {"b"}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}} {
		var parts [][]byte
		for _, f := range fields {
			parts = append(parts, []byte(f))
		}
		got := string(AppendFields([]byte("before"), PrefixLedger, parts...))
		if !strings.HasPrefix(got, "before"+string(PrefixLedger)) || !strings.HasSuffix(got, strings.Join(fields[max(0, len(fields)-1):], "")) {
			t.Errorf("%q: %q", fields, got)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%q and %s give the same", fields, other)
		}
		seen[got] = fmt.Sprintf("%q", fields)
	}
}
