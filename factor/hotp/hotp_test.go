package hotp_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/hotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

func imported(t interface{ Fatal(...any) }, p hotp.Policy, counter uint64) hotp.Record {
	r, err := hotp.Import(p, []byte("12345678901234567890"), counter)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func code(r hotp.Record, counter uint64) seal.Secret {
	return secret(fmt.Sprintf("%0*d", r.Digits, r.Generate(counter)))
}

// safe seals rows under keys of its own.
func safe(t interface{ Fatal(...any) }) *factor.Vault {
	src := entropy.Seeded(1)
	data, err := seal.NewRing(seal.Data, seal.GenerateKey(src, now))
	index, err2 := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return factor.NewVault(data, index)
}

func row(t interface{ Fatal(...any) }, v *factor.Vault, r hotp.Record) identity.Credential {
	src := entropy.Seeded(2)
	c, err := v.Seal(identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: identity.NewUserID(src),
		Kind: factor.HOTP, State: identity.CredentialActive, Version: 1, CreatedAt: now,
	}, r.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stored is the record that a change leaves, and its row.
func stored(t interface{ Fatal(...any) }, v *factor.Vault, ch identity.AdvanceCredential) (identity.Credential, hotp.Record) {
	body, err := v.Open(ch.Credential)
	if err != nil {
		t.Fatal(err)
	}
	r, err := hotp.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return ch.Credential, r
}

// RFC 4226 Appendix D. FAC-040, FAC-I6
func TestVerify_known_answers(t *testing.T) {
	t.Parallel()
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		r := imported(t, hotp.Policy{}, uint64(i))
		if got := hotp.Verify(hotp.Policy{Ahead: 1}, []hotp.Record{r}, secret(want)); got.Verdict != factor.Accepted || got.Counter != uint64(i) {
			t.Errorf("%d: %+v", i, got)
		}
	}
}

// FAC-040
func TestVerify_accepts_the_window_and_no_more(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{0, 1, 7, 50} {
		p := hotp.Policy{Digits: 8, Ahead: ahead}
		r := imported(t, p, 1000)
		for off := -3; off < 60; off++ {
			want := factor.Rejected
			switch {
			case off == -1:
				want = factor.Replayed
			case off >= 0 && (off < ahead || ahead == 0 && off < 10):
				want = factor.Accepted
			}
			got := hotp.Verify(p, []hotp.Record{r}, code(r, uint64(1000+off)))
			if got.Verdict != want || want == factor.Accepted && got.Counter != uint64(1000+off) {
				t.Errorf("ahead %d, %d off: %+v", ahead, off, got)
			}
		}
	}
	first := imported(t, hotp.Policy{Digits: 8}, 0)
	if got := hotp.Verify(hotp.Policy{Digits: 8}, []hotp.Record{first}, code(first, math.MaxUint64)); got.Verdict != factor.Rejected {
		t.Errorf("the code before the first: %+v", got)
	}
}

// FAC-040: counters end at 2^63, in a record and in a window.
func TestVerify_ends_where_counters_end(t *testing.T) {
	t.Parallel()
	const end = uint64(1) << 63
	if _, err := hotp.Import(hotp.Policy{}, make([]byte, 20), end+1); !errors.Is(err, hotp.ErrPolicy) {
		t.Errorf("enrolled: %v", err)
	}
	r := imported(t, hotp.Policy{Digits: 8}, end-1)
	if got := hotp.Verify(hotp.Policy{Digits: 8}, []hotp.Record{r}, code(r, end)); got.Verdict != factor.Rejected {
		t.Errorf("a counter of 2^63: %+v", got)
	}
	if got := hotp.Verify(hotp.Policy{Digits: 8}, []hotp.Record{r}, code(r, end-1)); got.Verdict != factor.Accepted {
		t.Errorf("the last: %+v", got)
	}
	v := safe(t)
	for _, counter := range []uint64{end, end - 2, math.MaxUint64} {
		if _, err := hotp.Advance(v, row(t, v, r), r, counter, now); !errors.Is(err, hotp.ErrCounter) {
			t.Errorf("%d: %v", counter, err)
		}
	}
	r.Next = end + 1
	if got := hotp.Verify(hotp.Policy{}, []hotp.Record{r}, secret("123456")); got.Verdict != factor.Misconfigured {
		t.Errorf("a record beyond: %+v", got)
	}
}

// FAC-I6, FAC-041: whatever is typed in whatever order, no counter falls and no code is
// accepted twice.
func TestAdvance_never_goes_back(t *testing.T) {
	t.Parallel()
	v := safe(t)
	rapid.Check(t, func(t *rapid.T) {
		p := hotp.Policy{Digits: 8, Ahead: rapid.IntRange(1, 50).Draw(t, "ahead")}
		r := imported(t, p, rapid.Uint64Range(0, 1000).Draw(t, "next"))
		c, used := row(t, v, r), map[uint64]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "tries") {
			typed := uint64(max(0, int64(r.Next)+rapid.Int64Range(-5, 60).Draw(t, "off")))
			got := hotp.Verify(p, []hotp.Record{r}, code(r, typed))
			before := r.Next
			switch got.Verdict {
			case factor.Accepted:
				if used[got.Counter] {
					t.Fatalf("counter %d twice", got.Counter)
				}
				used[got.Counter] = true
				ch, err := hotp.Advance(v, c, r, got.Counter, now)
				if err != nil || ch.Credential.Version != c.Version+1 {
					t.Fatalf("version %d after %d, %v", ch.Credential.Version, c.Version, err)
				}
				c, r = stored(t, v, ch)
				if r.Next != got.Counter+1 || r.Failures != 0 {
					t.Fatalf("%+v after %d", r, got.Counter)
				}
			case factor.Rejected:
				ch, changed, err := hotp.Fail(v, c, r)
				if err != nil {
					t.Fatal(err)
				}
				if changed {
					c, r = stored(t, v, ch)
				}
				if r.Next != before {
					t.Fatalf("a wrong code moved the counter from %d to %d", before, r.Next)
				}
			case factor.Replayed, factor.Unavailable, factor.Misconfigured:
			}
			if r.Next < before {
				t.Fatalf("from %d to %d", before, r.Next)
			}
		}
	})
}

// FAC-042: five wrong codes in a row and no right one passes; one before forgives.
func TestFail_puts_a_token_out_of_use(t *testing.T) {
	t.Parallel()
	v, p := safe(t), hotp.Policy{Digits: 8}
	r := imported(t, p, 7)
	c := row(t, v, r)
	for i := range hotp.MaxFailures {
		if got := hotp.Verify(p, []hotp.Record{r}, code(r, 9)); got.Verdict != factor.Accepted {
			t.Fatalf("after %d: %+v", i, got)
		}
		ch, changed, err := hotp.Fail(v, c, r)
		if err != nil || !changed {
			t.Fatal(changed, err)
		}
		c, r = stored(t, v, ch)
	}
	if _, changed, err := hotp.Fail(v, c, r); changed || err != nil {
		t.Errorf("counts on: %v, %v", changed, err)
	}
	for _, at := range []uint64{6, 7, 9} {
		if got := hotp.Verify(p, []hotp.Record{r}, code(r, at)); got.Verdict != factor.Rejected || !got.NeedsResync {
			t.Errorf("%d: %+v", at, got)
		}
	}
	// Another token of the same person goes on.
	other := imported(t, p, 500)
	if got := hotp.Verify(p, []hotp.Record{r, other}, code(other, 501)); got.Verdict != factor.Accepted || got.Index != 1 || got.NeedsResync {
		t.Errorf("the other: %+v", got)
	}
	r.Failures = hotp.MaxFailures - 1
	ch, err := hotp.Advance(v, c, r, 9, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, r = stored(t, v, ch); r.Failures != 0 {
		t.Errorf("after a right one: %d", r.Failures)
	}
}

// FAC-043
func TestResync_by_two_codes_in_sequence(t *testing.T) {
	t.Parallel()
	v, p := safe(t), hotp.Policy{Digits: 8}
	r := imported(t, p, 40)
	r.Failures = hotp.MaxFailures
	c := row(t, v, r)
	for name, tc := range map[string]struct {
		first, second seal.Secret
		want          uint64 // the next counter; zero: rejected
	}{
		"at once":                {code(r, 40), code(r, 41), 42},
		"a hundred on":           {code(r, 139), code(r, 140), 141},
		"too far":                {code(r, 140), code(r, 141), 0},
		"before":                 {code(r, 38), code(r, 39), 0},
		"the last used":          {code(r, 39), code(r, 40), 0},
		"twice the same":         {code(r, 50), code(r, 50), 0},
		"in the wrong order":     {code(r, 51), code(r, 50), 0},
		"with one between":       {code(r, 50), code(r, 52), 0},
		"no code":                {secret("12345"), code(r, 50), 0},
		"no second":              {code(r, 50), secret(""), 0},
		"the second alone fits":  {secret("00000000"), code(r, 50), 0},
		"the first is too short": {secret(fmt.Sprintf("%06d", r.Generate(50)%1_000_000)), code(r, 51), 0},
	} {
		ch, verdict, err := hotp.Resync(v, c, r, tc.first, tc.second, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// Used up in any case: the change moves the version and the time.
		_, after := stored(t, v, ch)
		if ch.Credential.Version != c.Version+1 || !after.ResyncAt.Equal(now) {
			t.Errorf("%s: version %d, at %v", name, ch.Credential.Version, after.ResyncAt)
		}
		if tc.want == 0 && (verdict != factor.Rejected || after.Next != r.Next || !after.NeedsResync()) {
			t.Errorf("%s: %v, %+v", name, verdict, after)
		}
		if tc.want > 0 && (verdict != factor.Accepted || after.Next != tc.want || after.NeedsResync()) {
			t.Errorf("%s: %v, %+v", name, verdict, after)
		}
	}
}

// FAC-043: once in ten minutes, whatever came of it.
func TestResync_seldom(t *testing.T) {
	t.Parallel()
	v := safe(t)
	r := imported(t, hotp.Policy{Digits: 8}, 40)
	r.ResyncAt = now
	c := row(t, v, r)
	for after, want := range map[time.Duration]error{
		0: hotp.ErrTooSoon, 10*time.Minute - time.Second: hotp.ErrTooSoon, 10 * time.Minute: nil,
		-time.Minute: hotp.ErrTooSoon, -time.Hour: nil,
	} {
		if _, verdict, err := hotp.Resync(v, c, r, code(r, 40), code(r, 41), now.Add(after)); !errors.Is(err, want) || (err == nil) != (verdict == factor.Accepted) {
			t.Errorf("after %v: %v, %v", after, verdict, err)
		}
	}
}

// FAC-040: what is refused when it is made.
func TestPolicy_is_never_clamped(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]hotp.Policy{
		"digits": {Digits: 9}, "few digits": {Digits: 5}, "ahead": {Ahead: 51}, "behind": {Ahead: -1}, "algorithm": {Algorithm: 4},
	} {
		if err := p.Validate(); !errors.Is(err, hotp.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := hotp.New(entropy.Seeded(1), p); !errors.Is(err, hotp.ErrPolicy) {
			t.Errorf("%s: made: %v", name, err)
		}
		if got := hotp.Verify(p, nil, secret("123456")); got.Verdict != factor.Misconfigured {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, size := range []int{0, 15, 129} {
		if _, err := hotp.Import(hotp.Policy{}, make([]byte, size), 0); !errors.Is(err, hotp.ErrPolicy) {
			t.Errorf("a seed of %d bytes: %v", size, err)
		}
	}
	for alg, size := range map[hotp.Algorithm]int{hotp.SHA1: 20, hotp.SHA256: 32, hotp.SHA512: 64} {
		if r, err := hotp.New(entropy.Seeded(1), hotp.Policy{Algorithm: alg}); err != nil || len(r.Seed.Reveal()) != size {
			t.Errorf("%v: %d bytes, %v", alg, len(r.Seed.Reveal()), err)
		}
	}
}

// FAC-040: nobody, no token and a broken token.
func TestVerify_without_a_token(t *testing.T) {
	t.Parallel()
	if got := hotp.Verify(hotp.Policy{}, nil, secret("123456")); got.Verdict != factor.Rejected {
		t.Errorf("none: %+v", got)
	}
	broken := hotp.Record{}
	if got := hotp.Verify(hotp.Policy{}, []hotp.Record{broken}, secret("123456")); got.Verdict != factor.Misconfigured {
		t.Errorf("broken: %+v", got)
	}
	r := imported(t, hotp.Policy{}, 0)
	if got := hotp.Verify(hotp.Policy{}, []hotp.Record{broken, r}, secret("000000")); got.Verdict != factor.Rejected {
		t.Errorf("beside a broken one: %+v", got)
	}
	for _, in := range []string{"", "12345", "75522x", strings.Repeat("7", 65)} {
		if got := hotp.Verify(hotp.Policy{}, []hotp.Record{r}, secret(in)); got.Verdict != factor.Rejected {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestConfirm_uses_the_code_up(t *testing.T) {
	t.Parallel()
	r := imported(t, hotp.Policy{}, 0)
	after, verdict := hotp.Confirm(hotp.Policy{}, r, secret("359152")) // the third
	if verdict != factor.Accepted || after.Next != 3 {
		t.Fatalf("%v, next %d", verdict, after.Next)
	}
	if _, verdict = hotp.Confirm(hotp.Policy{}, after, secret("359152")); verdict != factor.Replayed {
		t.Errorf("again: %v", verdict)
	}
	if same, verdict := hotp.Confirm(hotp.Policy{}, r, secret("000000")); verdict != factor.Rejected || same.Next != 0 {
		t.Errorf("a wrong one: %v, next %d", verdict, same.Next)
	}
}

// Every record comes back from its body, and whatever else is refused.
func FuzzDecode(f *testing.F) {
	r := imported(f, hotp.Policy{}, 42)
	r.Failures, r.ResyncAt = 3, now
	f.Add(r.Encode())
	f.Add([]byte{1, 1, 6})
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := hotp.Decode(body)
		if err != nil {
			if !errors.Is(err, hotp.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(r.Encode(), body) {
			t.Fatalf("%x comes back as %x", body, r.Encode())
		}
	})
}
