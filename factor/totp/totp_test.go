package totp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

func record(t interface{ Fatal(...any) }, seed uint64, p totp.Policy) totp.Record {
	r, err := totp.New(entropy.Seeded(seed), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func codeAt(r totp.Record, at time.Time) string {
	return fmt.Sprintf("%0*d", r.Digits, r.Generate(at.Unix()/int64(r.Period)))
}

// RFC 6238 Appendix B. FAC-030
func TestVerify_known_answers(t *testing.T) {
	t.Parallel()
	const d = "1234567890"
	seeds := map[totp.Algorithm]string{
		totp.SHA1:   d + d,
		totp.SHA256: d + d + d + "12",
		totp.SHA512: d + d + d + d + d + d + "1234",
	}
	for _, c := range []struct {
		at   int64
		want map[totp.Algorithm]string
	}{
		{59, map[totp.Algorithm]string{totp.SHA1: "94287082", totp.SHA256: "46119246", totp.SHA512: "90693936"}},
		{1111111109, map[totp.Algorithm]string{totp.SHA1: "07081804", totp.SHA256: "68084774", totp.SHA512: "25091201"}},
		{1111111111, map[totp.Algorithm]string{totp.SHA1: "14050471", totp.SHA256: "67062674", totp.SHA512: "99943326"}},
		{1234567890, map[totp.Algorithm]string{totp.SHA1: "89005924", totp.SHA256: "91819424", totp.SHA512: "93441116"}},
		{2000000000, map[totp.Algorithm]string{totp.SHA1: "69279037", totp.SHA256: "90698825", totp.SHA512: "38618901"}},
		{20000000000, map[totp.Algorithm]string{totp.SHA1: "65353130", totp.SHA256: "77737706", totp.SHA512: "47863826"}},
	} {
		for alg, code := range c.want {
			r, err := totp.Import(totp.Policy{Algorithm: alg, Digits: 8}, []byte(seeds[alg]))
			if err != nil {
				t.Fatal(err)
			}
			want := totp.Result{Verdict: factor.Accepted, Step: c.at / 30}
			if got := totp.Verify(time.Unix(c.at, 0), totp.Policy{}, []totp.Record{r}, secret(code)); got != want {
				t.Errorf("%s at %d: %+v", alg, c.at, got)
			}
			// Seven and six digits are the last ones of the eight (RFC 4226 §5.3).
			r.Digits = 6
			if got := totp.Verify(time.Unix(c.at, 0), totp.Policy{}, []totp.Record{r}, secret(code[2:])); got != want {
				t.Errorf("%s at %d with six digits: %+v", alg, c.at, got)
			}
		}
	}
}

// FAC-031
func TestVerify_accepts_the_skew_and_no_more(t *testing.T) {
	t.Parallel()
	for _, period := range []int{30, 60} {
		for _, skew := range []int{0, 1, 2} {
			p := totp.Policy{Period: period, Skew: skew, Digits: 8} // eight digits: no chance hits
			r := record(t, 1, p)
			for off := -4; off <= 4; off++ {
				at := now.Add(time.Duration(off*period) * time.Second)
				want := factor.Rejected
				if most := max(skew, 1); off >= -most && off <= most {
					want = factor.Accepted
				}
				if got := totp.Verify(now, p, []totp.Record{r}, secret(codeAt(r, at))); got.Verdict != want || want == factor.Accepted && got.Step != at.Unix()/int64(period) {
					t.Errorf("period %d, skew %d, %d steps off: %+v", period, skew, off, got)
				}
			}
		}
	}
}

// FAC-031, FAC-032
func TestVerify_wants_a_step_later_than_the_last(t *testing.T) {
	t.Parallel()
	r := record(t, 2, totp.Policy{Digits: 8})
	present := now.Unix() / 30
	for last, want := range map[int64]totp.Result{
		0:           {Verdict: factor.Accepted, Step: present},
		present - 1: {Verdict: factor.Accepted, Step: present},
		present:     {Verdict: factor.Replayed, Step: present},
		present + 1: {Verdict: factor.Replayed, Step: present},
	} {
		r.LastStep = last
		if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, secret(codeAt(r, now))); got != want {
			t.Errorf("last %d from now: %+v", last-present, got)
		}
	}
}

// FAC-031
func TestVerify_takes_the_smallest_of_the_matching_steps(t *testing.T) {
	t.Parallel()
	present := now.Unix() / 30
	var seed [20]byte
	binary.BigEndian.PutUint64(seed[:], 1189752) // found by search: two steps, one code
	r, err := totp.Import(totp.Policy{}, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	if r.Generate(present) != r.Generate(present+1) {
		t.Fatal("the seed does not give one code twice")
	}
	code := secret(codeAt(r, now))
	if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, code); got.Verdict != factor.Accepted || got.Step != present {
		t.Errorf("both open: %+v", got)
	}
	r.LastStep = present
	if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, code); got.Verdict != factor.Accepted || got.Step != present+1 {
		t.Errorf("the first used: %+v", got)
	}
	r.LastStep = present + 1
	if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, code); got.Verdict != factor.Replayed {
		t.Errorf("both used: %+v", got)
	}
}

// FAC-033
func TestVerify_reads_codes_strictly(t *testing.T) {
	t.Parallel()
	r := record(t, 3, totp.Policy{})
	c := codeAt(r, now)
	for in, want := range map[string]factor.Verdict{
		c:                                   factor.Accepted,
		c[:3] + " " + c[3:]:                 factor.Accepted,
		" " + c[:3] + "-" + c[3:] + " ":     factor.Accepted,
		c[:5]:                               factor.Rejected,
		c + "0":                             factor.Rejected,
		"0" + c:                             factor.Rejected,
		c[:5] + "x":                         factor.Rejected,
		"+" + c:                             factor.Rejected,
		c + "\n":                            factor.Rejected,
		c[:3] + "\u00a0" + c[3:]:            factor.Rejected,
		"":                                  factor.Rejected,
		"------":                            factor.Rejected,
		strings.Repeat(" ", 59) + c:         factor.Rejected, // 65 bytes
		strings.Repeat(" ", 58) + c:         factor.Accepted,
		"１２３４５６":                            factor.Rejected,
		strings.Repeat("9", 9):              factor.Rejected,
		"4294967296" + c:                    factor.Rejected,
		string([]byte{0x30, 0, 0x31, 0x32}): factor.Rejected,
	} {
		if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, secret(in)); got.Verdict != want {
			t.Errorf("%q for %s: %+v", in, c, got)
		}
	}
}

// FAC-034
func TestVerify_rejects_times_before_1970(t *testing.T) {
	t.Parallel()
	r := record(t, 4, totp.Policy{Digits: 8})
	for _, at := range []time.Time{time.Unix(-1, 0), time.Unix(-90, 0), {}} {
		for step := at.Unix()/30 - 2; step <= at.Unix()/30+2; step++ {
			in := secret(fmt.Sprintf("%08d", r.Generate(step)))
			if got := totp.Verify(at, totp.Policy{}, []totp.Record{r}, in); got.Verdict != factor.Rejected {
				t.Errorf("%v: %+v", at, got)
			}
		}
	}
	// The first second of 1970 is in time: its own step is the last one used of a
	// new record, the next is open.
	for step, want := range map[int64]factor.Verdict{0: factor.Replayed, 1: factor.Accepted} {
		if got := totp.Verify(time.Unix(0, 0), totp.Policy{}, []totp.Record{r}, secret(fmt.Sprintf("%08d", r.Generate(step)))); got.Verdict != want {
			t.Errorf("step %d: %+v", step, got)
		}
	}
	// At the very beginning the step before is none.
	if got := totp.Verify(time.Unix(0, 0), totp.Policy{}, []totp.Record{r}, secret(fmt.Sprintf("%08d", r.Generate(-1)))); got.Verdict != factor.Rejected {
		t.Errorf("a step before 1970: %+v", got)
	}
}

// FAC-035
func TestVerify_evaluates_all_credentials(t *testing.T) {
	t.Parallel()
	var records []totp.Record
	for i := range totp.MaxCredentials {
		records = append(records, record(t, uint64(10+i), totp.Policy{Digits: 8}))
	}
	for i, r := range records {
		if got := totp.Verify(now, totp.Policy{}, records, secret(codeAt(r, now))); got != (totp.Result{Verdict: factor.Accepted, Index: i, Step: now.Unix() / 30}) {
			t.Errorf("credential %d: %+v", i, got)
		}
	}
	// Each has a last step of its own; what is open on one is not a replay
	// because another, with the same seed, has used it.
	twin := slices.Clone(records[:2])
	twin[1] = twin[0]
	if got := totp.Verify(now, totp.Policy{}, twin, secret(codeAt(twin[0], now))); got.Verdict != factor.Accepted || got.Index != 0 {
		t.Errorf("of two that match not the first: %+v", got)
	}
	twin[0].LastStep = now.Unix() / 30
	if got := totp.Verify(now, totp.Policy{}, twin, secret(codeAt(twin[0], now))); got.Verdict != factor.Accepted || got.Index != 1 {
		t.Errorf("twins: %+v", got)
	}
	// A record that cannot be judged does not hide one that can.
	broken := append([]totp.Record{{}}, records...)
	if got := totp.Verify(now, totp.Policy{}, broken, secret(codeAt(records[2], now))); got.Verdict != factor.Accepted || got.Index != 3 {
		t.Errorf("beside a broken one: %+v", got)
	}
	// Nor does it make guessing at the others free: Misconfigured is not charged.
	for _, records := range [][]totp.Record{broken, {records[0], {}}} {
		if got := totp.Verify(now, totp.Policy{}, records, secret("00000000")); got.Verdict != factor.Rejected {
			t.Errorf("a broken one and no match: %+v", got)
		}
	}
	if got := totp.Verify(now, totp.Policy{}, broken[:1], secret("00000000")); got.Verdict != factor.Misconfigured {
		t.Errorf("a broken one alone: %+v", got)
	}
	// What is no code is answered alike for everybody, whatever their records.
	if got := totp.Verify(now, totp.Policy{}, broken[:1], secret("12345")); got.Verdict != factor.Rejected {
		t.Errorf("no code, a broken one alone: %+v", got)
	}
}

// FAC-030, FAC-031
func TestPolicy_refuses_and_never_clamps(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]totp.Policy{
		"digits 5": {Digits: 5}, "digits 9": {Digits: 9}, "period 15": {Period: 15}, "period 31": {Period: 31},
		"skew 3": {Skew: 3}, "skew negative": {Skew: -1}, "algorithm": {Algorithm: 9},
	} {
		if err := p.Validate(); !errors.Is(err, totp.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := totp.New(entropy.Seeded(1), p); !errors.Is(err, totp.ErrPolicy) {
			t.Errorf("%s at enrolment: %v", name, err)
		}
		r := record(t, 5, totp.Policy{})
		if got := totp.Verify(now, p, []totp.Record{r}, secret(codeAt(r, now))); got.Verdict != factor.Misconfigured {
			t.Errorf("%s at verification: %+v", name, got)
		}
	}
	for alg, size := range map[totp.Algorithm]int{0: 20, totp.SHA1: 20, totp.SHA256: 32, totp.SHA512: 64} {
		r := record(t, 6, totp.Policy{Algorithm: alg})
		if len(r.Seed.Reveal()) != size || r.Digits != 6 || r.Period != 30 {
			t.Errorf("%s: %d bytes, %d digits, %d s", alg, len(r.Seed.Reveal()), r.Digits, r.Period)
		}
	}
	for n, ok := range map[int]bool{15: false, 16: true, 128: true, 129: false} {
		r, err := totp.Import(totp.Policy{}, make([]byte, n))
		if (err == nil) != ok {
			t.Errorf("an imported seed of %d bytes: %v", n, err)
		}
		if _, err := totp.Decode(r.Encode()); (err == nil) != ok {
			t.Errorf("read back, a seed of %d bytes: %v", n, err)
		}
	}
}

// Not parallel: it counts what the whole process allocates. Every candidate
// costs an HMAC of its own, which allocates.
//
// AUN-033
func TestVerify_without_records_does_the_work_of_one(t *testing.T) {
	one := []totp.Record{record(t, 7, totp.Policy{})}
	in := secret("123456")
	count := func(skew int, records []totp.Record) float64 {
		return testing.AllocsPerRun(20, func() { totp.Verify(now, totp.Policy{Skew: skew}, records, in) })
	}
	for _, skew := range []int{1, 2} {
		with, without := count(skew, one), count(skew, nil)
		// The decoy record itself is made anew: a few allocations more.
		if without < with || without > with+4 {
			t.Errorf("skew %d: %v allocations with a record, %v without", skew, with, without)
		}
	}
	if got := totp.Verify(now, totp.Policy{}, nil, in); got.Verdict != factor.Rejected {
		t.Errorf("%+v", got)
	}
}

// The decoy's seed is known to everybody: its codes must not count.
func TestVerify_without_records_rejects_the_decoys_own_code(t *testing.T) {
	t.Parallel()
	r, err := totp.Import(totp.Policy{}, make([]byte, 20))
	if err != nil {
		t.Fatal(err)
	}
	if got := totp.Verify(now, totp.Policy{}, nil, secret(codeAt(r, now))); got != (totp.Result{Verdict: factor.Rejected}) {
		t.Errorf("%+v", got)
	}
}

// FAC-032
func TestConfirm_uses_up_its_code(t *testing.T) {
	t.Parallel()
	r := record(t, 8, totp.Policy{Digits: 8})
	in := secret(codeAt(r, now))
	got, verdict := totp.Confirm(now, totp.Policy{}, r, in)
	if verdict != factor.Accepted || got.LastStep != now.Unix()/30 {
		t.Fatalf("%v, last step %d", verdict, got.LastStep)
	}
	if res := totp.Verify(now, totp.Policy{}, []totp.Record{got}, in); res.Verdict != factor.Replayed {
		t.Errorf("the confirming code signs in: %+v", res)
	}
	if again, verdict := totp.Confirm(now, totp.Policy{}, got, secret("00000000")); verdict != factor.Rejected || again.LastStep != got.LastStep {
		t.Errorf("a wrong code: %v, last step %d", verdict, again.LastStep)
	}
}

func vault(t interface{ Fatal(...any) }) *factor.Vault {
	src := entropy.Seeded(20)
	ring := func(p seal.Purpose) *seal.Ring {
		r, err := seal.NewRing(p, seal.GenerateKey(src, now))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	return factor.NewVault(ring(seal.Data), ring(seal.Index))
}

func stored(t interface{ Fatal(...any) }, v *factor.Vault, r totp.Record) identity.Credential {
	src := entropy.Seeded(21)
	row, err := v.Seal(identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: identity.NewUserID(src),
		Kind: factor.TOTP, State: identity.CredentialActive, Version: 1, CreatedAt: now,
	}, r.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func opened(t interface{ Fatal(...any) }, v *factor.Vault, row identity.Credential) totp.Record {
	body, err := v.Open(row)
	if err != nil {
		t.Fatal(err)
	}
	r, err := totp.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cell is the conditional write of a store and nothing else of it.
type cell struct {
	mu  sync.Mutex
	row identity.Credential
}

func (c *cell) read() identity.Credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.row
}

func (c *cell) write(ch identity.AdvanceCredential) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.row.Version != ch.Credential.Version-1 {
		return false
	}
	c.row = ch.Credential
	return true
}

// FAC-032, FAC-I4
func TestAdvance_lets_one_code_in_once(t *testing.T) {
	t.Parallel()
	v := vault(t)
	r := record(t, 9, totp.Policy{Digits: 8})
	c := &cell{row: stored(t, v, r)}
	in := secret(codeAt(r, now))
	var in1 atomic.Int32
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range 64 {
		wg.Go(func() {
			<-begin
			row := c.read()
			rec := opened(t, v, row)
			res := totp.Verify(now, totp.Policy{}, []totp.Record{rec}, in)
			if res.Verdict != factor.Accepted {
				if res.Verdict != factor.Replayed {
					t.Errorf("%+v", res)
				}
				return
			}
			ch, err := totp.Advance(v, row, rec, res.Step, now)
			if err != nil {
				t.Error(err)
				return
			}
			if c.write(ch) {
				in1.Add(1)
			}
		})
	}
	close(begin)
	wg.Wait()
	if in1.Load() != 1 {
		t.Fatalf("one code came in %d times", in1.Load())
	}
	after := c.read()
	if rec := opened(t, v, after); rec.LastStep != now.Unix()/30 || after.Version != 2 || !after.LastUsedAt.Equal(now) {
		t.Errorf("stored: last step %d, version %d, used %v", rec.LastStep, after.Version, after.LastUsedAt)
	}
}

func TestAdvance_tells_when_the_row_cannot_be_sealed(t *testing.T) {
	t.Parallel()
	v := vault(t)
	r := record(t, 9, totp.Policy{})
	row := stored(t, v, r)
	row.User = identity.UserID{}
	if ch, err := totp.Advance(v, row, r, 1, now); err == nil || len(ch.Credential.Body) > 0 {
		t.Errorf("%+v, %v", ch, err)
	}
}

// Other characters must not stand for digits: 12345: is not 123460.
//
// FAC-033
func TestVerify_a_code_has_one_spelling(t *testing.T) {
	t.Parallel()
	r := record(t, 4, totp.Policy{Digits: 8})
	value := int(r.Generate(now.Unix() / 30))
	for last := range 256 {
		if last >= '0' && last <= '9' {
			continue
		}
		// The seven digits before it that would give the same sum.
		for _, worth := range []int{last - '0', int(byte(last - '0'))} {
			rest := value - worth
			if rest < 0 || rest%10 != 0 {
				continue
			}
			in := fmt.Sprintf("%07d", rest/10) + string([]byte{byte(last)})
			if got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, secret(in)); got.Verdict != factor.Rejected {
				t.Errorf("%q for %08d: %+v", in, value, got)
			}
		}
	}
}

// FAC-I5
func TestAdvance_never_goes_back(t *testing.T) {
	t.Parallel()
	v := vault(t)
	rapid.Check(t, func(t *rapid.T) {
		r := record(t, 9, totp.Policy{})
		row := stored(t, v, r)
		at := now
		for range rapid.IntRange(1, 8).Draw(t, "attempts") {
			at = at.Add(time.Duration(rapid.IntRange(-120, 120).Draw(t, "seconds")) * time.Second)
			rec := opened(t, v, row)
			if _, err := totp.Advance(v, row, rec, rec.LastStep-int64(rapid.IntRange(0, 3).Draw(t, "back")), at); !errors.Is(err, totp.ErrStep) {
				t.Fatalf("advanced backwards: %v", err)
			}
			res := totp.Verify(at, totp.Policy{}, []totp.Record{rec}, secret(codeAt(rec, at)))
			if res.Verdict != factor.Accepted {
				continue
			}
			ch, err := totp.Advance(v, row, rec, res.Step, at)
			if err != nil {
				t.Fatal(err)
			}
			if next := opened(t, v, ch.Credential); next.LastStep <= rec.LastStep || ch.Credential.Version != row.Version+1 {
				t.Fatalf("from step %d to %d", rec.LastStep, next.LastStep)
			}
			row = ch.Credential
		}
	})
}

// FAC-030
func TestRecord_round_trip_and_golden_bytes(t *testing.T) {
	t.Parallel()
	r, err := totp.Import(totp.Policy{Algorithm: totp.SHA256, Digits: 7, Period: 60}, bytes.Repeat([]byte{0xab}, 16))
	if err != nil {
		t.Fatal(err)
	}
	r.LastStep = 0x0102030405
	want := "\x01\x02\x07\x3c\x00\x00\x00\x01\x02\x03\x04\x05" + strings.Repeat("\xab", 16)
	if got := string(r.Encode()); got != want {
		t.Errorf("%x", got)
	}
	back, err := totp.Decode([]byte(want))
	if err != nil || back.Algorithm != r.Algorithm || back.Digits != 7 || back.Period != 60 || back.LastStep != r.LastStep || !back.Seed.Equal(r.Seed) {
		t.Errorf("%+v, %v", back, err)
	}
	set := func(i int, b byte) []byte {
		out := []byte(want)
		out[i] = b
		return out
	}
	for name, body := range map[string][]byte{
		"empty": nil, "header alone": []byte(want)[:12], "short seed": []byte(want)[:27], "long seed": []byte(want + strings.Repeat("x", 113)),
		"version": set(0, 2), "algorithm": set(1, 4), "no algorithm": set(1, 0), "digits": set(2, 9), "no digits": set(2, 0),
		"period": set(3, 45), "no period": set(3, 0), "negative step": set(4, 0x80),
	} {
		if _, err := totp.Decode(body); !errors.Is(err, totp.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", r, r, r); strings.Contains(s, "171") || strings.Contains(s, "\xab") || strings.Contains(s, "abab") {
		t.Errorf("a printed record shows its seed: %s", s)
	}
}

// FAC-038
func TestVerify_in_FIPS_only_mode(t *testing.T) {
	t.Parallel()
	if os.Getenv("TOTP_FIPS_CHILD") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestVerify_in_FIPS_only_mode$", "-test.v")
		cmd.Env = append(os.Environ(), "TOTP_FIPS_CHILD=1", "GODEBUG=fips140=only")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	seed := []byte("12345678901234567890")
	body := append([]byte{1, 1, 6, 30, 0, 0, 0, 0, 0, 0, 0, 0}, seed...)
	old, err := totp.Decode(body)
	if err != nil {
		t.Fatalf("an older record does not decode: %v", err)
	}
	if got := totp.Verify(time.Unix(59, 0), totp.Policy{}, []totp.Record{old}, secret("287082")); got.Verdict != factor.Misconfigured {
		t.Errorf("a SHA-1 record: %+v", got)
	}
	if got := totp.Verify(now, totp.Policy{}, nil, secret("287082")); got.Verdict != factor.Rejected {
		t.Errorf("no record: %+v", got)
	}
	r := record(t, 1, totp.Policy{})
	if r.Algorithm != totp.SHA256 || totp.Verify(now, totp.Policy{}, []totp.Record{old, r}, secret(codeAt(r, now))).Verdict != factor.Accepted {
		t.Errorf("a new credential uses %s, or does not verify", r.Algorithm)
	}
}

// AUN-014
func TestEvidence_is_possession_alone(t *testing.T) {
	t.Parallel()
	id := identity.NewCredentialID(entropy.Seeded(1))
	e := totp.Evidence(id, now)
	a := identity.Assess([]identity.Evidence{e})
	if e.Kind != factor.TOTP || e.Credential != id || !e.At.Equal(now) || a.AAL != identity.AAL1 || !slices.Equal(a.AMR, []string{"otp"}) {
		t.Errorf("%+v, %+v", e, a)
	}
}

func ExampleVerify() {
	p := totp.Policy{}
	rec, err := totp.Import(p, []byte("12345678901234567890"))
	if err != nil {
		panic(err)
	}
	at := time.Unix(59, 0) // from a clock in a program
	fmt.Printf("%+v\n", totp.Verify(at, p, []totp.Record{rec}, secret("287 082")))
	rec.LastStep = 1 // what totp.Advance stores
	fmt.Println(totp.Verify(at, p, []totp.Record{rec}, secret("287 082")).Verdict)
	// Output:
	// {Verdict:accepted Index:0 Step:1}
	// replayed
}

func ExampleNew() {
	rec, err := totp.New(entropy.System(), totp.Policy{})
	if err != nil {
		panic(err)
	}
	uri, err := rec.URI("Example", "ada@example.test")
	if err != nil {
		panic(err)
	}
	picture, err := totp.NewQR(uri)
	fmt.Println(err, picture.Side() > 0, uri, rec.Key())
	// Output: <nil> true [redacted] [redacted]
}

func BenchmarkVerify(b *testing.B) {
	records := []totp.Record{record(b, 1, totp.Policy{})}
	in := secret("123456")
	b.ReportAllocs()
	for b.Loop() {
		totp.Verify(now, totp.Policy{}, records, in)
	}
}

// FUZ-F11
func FuzzVerify(f *testing.F) {
	r := record(f, 3, totp.Policy{})
	right := codeAt(r, now)
	for _, s := range []string{right, right[:3] + " " + right[3:], "", "１２３４５６", "-1-2-3-4-5-6-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits := strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' {
				return -1
			}
			return r
		}, s)
		match := false
		for off := int64(-1); off <= 1; off++ {
			match = match || digits == fmt.Sprintf("%06d", r.Generate(now.Unix()/30+off))
		}
		got := totp.Verify(now, totp.Policy{}, []totp.Record{r}, secret(s))
		if (got.Verdict == factor.Accepted) != (match && len(s) <= 64) {
			t.Fatalf("%q: %+v", s, got)
		}
	})
}
