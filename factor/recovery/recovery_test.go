package recovery_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

// FAC-070
func TestNew_draws_ten_codes_of_130_bits(t *testing.T) {
	t.Parallel()
	user := identity.NewUserID(entropy.Seeded(1))
	codes, r := recovery.New(entropy.Seeded(2), user)
	if len(codes) != 10 || r.Left() != 10 {
		t.Fatalf("%d codes, %d left", len(codes), r.Left())
	}
	seen, count := map[string]bool{}, map[rune]int{}
	for seed := range uint64(200) {
		codes, _ := recovery.New(entropy.Seeded(seed), user)
		for _, c := range codes {
			text := c.Reveal()
			if groups := strings.Split(text, "-"); len(groups) != 5 || len(strings.Join(groups, "")) != 26 || seen[text] {
				t.Fatalf("%q", text)
			}
			seen[text] = true
			for _, s := range strings.ReplaceAll(text, "-", "") {
				count[s]++
			}
		}
	}
	// 52,000 symbols, 1,625 of each: no one is missing or preferred.
	if len(count) != 32 {
		t.Errorf("%d different symbols", len(count))
	}
	for s, n := range count {
		if n < 1400 || n > 1850 || strings.ContainsRune("ILOU", s) {
			t.Errorf("%c comes %d times", s, n)
		}
	}
	if text := string(recovery.Text(codes).Reveal()); strings.Count(text, "\n") != 10 || !strings.HasPrefix(text, codes[0].Reveal()+"\n") {
		t.Errorf("%q", text)
	}
}

// FAC-071
func TestParse_reads_what_people_write(t *testing.T) {
	t.Parallel()
	user := identity.NewUserID(entropy.Seeded(1))
	codes, r := recovery.New(entropy.Seeded(2), user)
	good := codes[3].Reveal()
	bare := strings.ReplaceAll(good, "-", "")
	confused := strings.NewReplacer("0", "o", "1", "l").Replace(bare)
	for in, want := range map[string]factor.Verdict{
		good:                  factor.Accepted,
		bare:                  factor.Accepted,
		strings.ToLower(good): factor.Accepted,
		" " + strings.Join(strings.Split(bare, ""), " ") + " ": factor.Accepted,
		confused:                               factor.Accepted,
		strings.ReplaceAll(confused, "l", "I"): factor.Accepted,
		bare[:25]:                              factor.Rejected,
		bare + "0":                             factor.Rejected,
		bare[:25] + "U":                        factor.Rejected,
		bare[:25] + "\n":                       factor.Rejected,
		good + "\x00":                          factor.Rejected,
		"":                                     factor.Rejected,
		strings.Repeat("-", 103) + bare:        factor.Rejected, // 129 bytes
		strings.Repeat("-", 102) + bare:        factor.Accepted,
		strings.Repeat("0", 26):                factor.Rejected,
		"\u00a0" + bare:                        factor.Rejected,
	} {
		got := recovery.Verify(user, r, secret(in))
		if got.Verdict != want || want == factor.Accepted && got.Index != 3 {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

// FAC-072: a code is its owner's, and one of another set is none.
func TestVerify_belongs_to_a_person(t *testing.T) {
	t.Parallel()
	ada, bob := identity.NewUserID(entropy.Seeded(1)), identity.NewUserID(entropy.Seeded(2))
	codes, r := recovery.New(entropy.Seeded(3), ada)
	_, replaced := recovery.New(entropy.Seeded(4), ada)
	for i, c := range codes {
		if got := recovery.Verify(ada, r, secret(c.Reveal())); got.Verdict != factor.Accepted || got.Index != i {
			t.Errorf("%d: %+v", i, got)
		}
		for name, got := range map[string]recovery.Result{
			"another person": recovery.Verify(bob, r, secret(c.Reveal())),
			"a later set":    recovery.Verify(ada, replaced, secret(c.Reveal())),
			"no set":         recovery.Verify(ada, recovery.Record{}, secret(c.Reveal())),
		} {
			if got.Verdict != factor.Rejected {
				t.Errorf("%s, %d: %+v", name, i, got)
			}
		}
	}
}

// FAC-072, FAC-I11: in whatever order codes are used, each works once and takes no other
// with it.
func TestAdvance_uses_each_code_once(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(1)
	data, err := seal.NewRing(seal.Data, seal.GenerateKey(src, now))
	index, err2 := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	v, user := factor.NewVault(data, index), identity.NewUserID(src)
	rapid.Check(t, func(t *rapid.T) {
		codes, r := recovery.New(entropy.Seeded(rapid.Uint64().Draw(t, "seed")), user)
		row, err := v.Seal(identity.Credential{
			ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: user,
			Kind: factor.Recovery, State: identity.CredentialActive, Version: 1, CreatedAt: now,
		}, r.Encode())
		if err != nil {
			t.Fatal(err)
		}
		for used, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "order") {
			typed := secret(codes[i].Reveal())
			got := recovery.Verify(user, r, typed)
			if got.Verdict != factor.Accepted {
				t.Fatalf("code %d: %+v", i, got)
			}
			left := r.Left()
			ch, err := recovery.Advance(v, row, r, got.Index, now)
			if same := recovery.Verify(user, r, typed); err != nil || r.Left() != left || same != got {
				t.Fatalf("%v, the record that was read has %d of %d, and %+v", err, r.Left(), left, same)
			}
			if ch.Credential.Version != row.Version+1 || !ch.Credential.LastUsedAt.Equal(now) {
				t.Fatalf("version %d after %d", ch.Credential.Version, row.Version)
			}
			row = ch.Credential
			body, err := v.Open(row)
			if err != nil {
				t.Fatal(err)
			}
			if r, err = recovery.Decode(body); err != nil || r.Left() != recovery.Count-used-1 {
				t.Fatalf("%d left, %v", r.Left(), err)
			}
			if again := recovery.Verify(user, r, typed); again.Verdict != factor.Rejected {
				t.Fatalf("code %d again: %+v", i, again)
			}
		}
		for _, i := range []int{-1, 0} {
			if _, err := recovery.Advance(v, row, r, i, now); !errors.Is(err, recovery.ErrIndex) {
				t.Fatalf("%d of none: %v", i, err)
			}
		}
	})
}

// FAC-I3: nothing of a code is in what is kept.
func TestEncode_keeps_no_code(t *testing.T) {
	t.Parallel()
	codes, r := recovery.New(entropy.Seeded(1), identity.NewUserID(entropy.Seeded(2)))
	for _, c := range codes {
		if bytes.Contains(r.Encode(), []byte(strings.ReplaceAll(c.Reveal(), "-", ""))) || bytes.Contains(r.Encode(), []byte(c.Reveal())) {
			t.Errorf("%s is kept", c.Reveal())
		}
	}
}

// Every record comes back from its body, and whatever else is refused.
func FuzzDecode(f *testing.F) {
	_, r := recovery.New(entropy.Seeded(1), identity.NewUserID(entropy.Seeded(2)))
	f.Add(r.Encode())
	f.Add([]byte{1})
	f.Add(make([]byte, 1+11*32))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := recovery.Decode(body)
		if err != nil {
			if !errors.Is(err, recovery.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(r.Encode(), body) || r.Left() > recovery.Count {
			t.Fatalf("%x comes back as %x", body, r.Encode())
		}
	})
}

// A code that is read is written in one way, and read again.
func FuzzParse(f *testing.F) {
	f.Add("0O1I-Labcd efghj kmnpq rstvwx")
	f.Fuzz(func(t *testing.T, in string) {
		c, ok := recovery.Parse(secret(in))
		if !ok {
			return
		}
		again, ok := recovery.Parse(secret(c.Reveal()))
		if !ok || again.Reveal() != c.Reveal() || len(c.Reveal()) != 30 {
			t.Fatalf("%q is read as %q, and that as %q", in, c.Reveal(), again.Reveal())
		}
	})
}
