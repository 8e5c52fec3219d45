package emailotp_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// plain is a hash that can be read, and counts: what is tested here is what it is given.
type plain struct{ made, verified int }

func (p *plain) Make(_ entropy.Source, in seal.Secret) ([]byte, error) {
	p.made++
	return append([]byte("hash of "), in.Reveal()...), nil
}

func (p *plain) Verify(hash []byte, in seal.Secret) factor.Verdict {
	p.verified++
	if bytes.Equal(hash, append([]byte("hash of "), in.Reveal()...)) {
		return factor.Accepted
	}
	return factor.Rejected
}

func setup(t testing.TB, p emailotp.Policy) (*emailotp.Codes, *plain, *seal.Ring, emailotp.Bound) {
	t.Helper()
	src := entropy.Seeded(3)
	ring, err := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	if err != nil {
		t.Fatal(err)
	}
	hash := &plain{}
	codes, err := emailotp.New(emailotp.Config{Policy: p, MAC: ring.MAC(seal.LabelMailedCode), Hash: hash, Entropy: src})
	if err != nil {
		t.Fatal(err)
	}
	b := emailotp.Bound{
		Subject: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		Flow:    entropy.Bytes16(src), Purpose: emailotp.SignIn,
	}
	return codes, hash, ring, b
}

func secret(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

// FAC-060: over all bytes each digit comes as often as any other, so a digit is drawn
// without bias; and each is made of a byte of its own, so that they are independent.
func TestDraw_has_no_bias(t *testing.T) {
	t.Parallel()
	count, refused := map[byte]int{}, 0
	for b := range 256 {
		d, ok := emailotp.Digit(byte(b))
		if !ok {
			refused++
			continue
		}
		count[d]++
	}
	var square float64
	for d := byte('0'); d <= '9'; d++ {
		square += float64(count[d]-25) * float64(count[d]-25) / 25
	}
	if len(count) != 10 || square != 0 || refused != 6 {
		t.Errorf("of 256 bytes: %v, χ² %f, %d refused", count, square, refused)
	}
	// The bytes that are refused are skipped and change nothing else.
	if got := emailotp.Draw(bytesOf(255, 7, 250, 0, 251, 12, 252, 199, 253, 254, 249, 3), 6); got != "702993" {
		t.Errorf("drew %s", got)
	}
}

// bytesOf repeats what it is given.
type repeating struct {
	b  []byte
	at int
}

func bytesOf(b ...byte) *repeating { return &repeating{b: b} }

func (r *repeating) Fill(p []byte) {
	for i := range p {
		p[i] = r.b[r.at%len(r.b)]
		r.at++
	}
}

// FAC-060
func TestIssue_makes_a_code_of_the_policy(t *testing.T) {
	t.Parallel()
	for _, digits := range []int{0, 6, 8, 10} {
		codes, _, _, b := setup(t, emailotp.Policy{Digits: digits})
		want := digits
		if want == 0 {
			want = 8
		}
		zeros := 0
		for range 300 {
			code, ch, err := codes.Issue(b, now)
			if err != nil || len(code.Reveal()) != want || strings.Trim(code.Reveal(), "0123456789") != "" {
				t.Fatalf("%q, %v", code.Reveal(), err)
			}
			if !ch.Expires.Equal(now.Add(5 * time.Minute)) {
				t.Fatalf("expires %s", ch.Expires)
			}
			if code.Reveal()[0] == '0' {
				zeros++
			}
			if bytes.Contains(ch.Encode(), []byte(code.Reveal())) {
				t.Fatal("what is kept names the code")
			}
		}
		if zeros == 0 {
			t.Error("none of 300 codes begins with a zero")
		}
	}
}

// FAC-060, FAC-I7 (bad input)
func TestPolicy_is_checked(t *testing.T) {
	t.Parallel()
	for p, ok := range map[emailotp.Policy]bool{
		{}: true, {Digits: 6}: true, {Digits: 10}: true, {Digits: 5}: false, {Digits: 11}: false, {Digits: -8}: false,
		{Life: time.Minute}: true, {Life: 10 * time.Minute}: true,
		{Life: time.Minute - 1}: false, {Life: 10*time.Minute + 1}: false,
	} {
		if err := p.Validate(); (err == nil) != ok || err != nil && !errors.Is(err, emailotp.ErrPolicy) {
			t.Errorf("%+v: %v", p, err)
		}
		if _, err := emailotp.New(emailotp.Config{Policy: p, Hash: &plain{}, Entropy: entropy.Seeded(1)}); err == nil {
			t.Errorf("%+v: made without a MAC", p)
		}
	}
}

// FAC-060: good until its time is over, and not at it.
func TestVerify_takes_the_code_until_it_expires(t *testing.T) {
	t.Parallel()
	codes, hash, _, b := setup(t, emailotp.Policy{Life: 2 * time.Minute})
	code, ch, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Duration]factor.Verdict{
		0: factor.Accepted, 2*time.Minute - time.Microsecond: factor.Accepted,
		2 * time.Minute: factor.Rejected, time.Hour: factor.Rejected,
	} {
		hash.verified = 0
		if got := codes.Verify(b, ch, secret(code.Reveal()), now.Add(at)); got != want || hash.verified != 1 {
			t.Errorf("after %s: %s with %d hashes", at, got, hash.verified)
		}
	}
}

// FAC-061: a code is one for what it was made for.
func TestVerify_takes_no_code_of_another_flow(t *testing.T) {
	t.Parallel()
	codes, hash, _, b := setup(t, emailotp.Policy{})
	code, ch, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	src := entropy.Seeded(9)
	_, other, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() (emailotp.Bound, emailotp.Challenge){
		"another flow":    func() (emailotp.Bound, emailotp.Challenge) { o := b; o.Flow[0]++; return o, ch },
		"another purpose": func() (emailotp.Bound, emailotp.Challenge) { o := b; o.Purpose = "recovery"; return o, ch },
		"another person": func() (emailotp.Bound, emailotp.Challenge) {
			o := b
			o.Subject.User = identity.NewUserID(src)
			return o, ch
		},
		"another tenant": func() (emailotp.Bound, emailotp.Challenge) {
			o := b
			o.Subject.Tenant = identity.NewTenantID(src)
			return o, ch
		},
		"another challenge": func() (emailotp.Bound, emailotp.Challenge) { return b, other },
		"none":              func() (emailotp.Bound, emailotp.Challenge) { return b, emailotp.Challenge{} },
		"another id":        func() (emailotp.Bound, emailotp.Challenge) { o := ch; o.ID[3]++; return b, o },
	} {
		bound, challenge := f()
		hash.verified = 0
		if got := codes.Verify(bound, challenge, secret(code.Reveal()), now); got != factor.Rejected || hash.verified != 1 {
			t.Errorf("%s: %s with %d hashes", name, got, hash.verified)
		}
	}
	if got := codes.Verify(b, ch, secret(code.Reveal()), now); got != factor.Accepted {
		t.Errorf("where it belongs: %s", got)
	}
}

// FAC-064
func TestVerify_rejects_what_is_no_code_without_a_hash(t *testing.T) {
	t.Parallel()
	codes, hash, _, b := setup(t, emailotp.Policy{})
	code, ch, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	good := code.Reveal()
	for in, want := range map[string]int{
		good: 1, code.Grouped(): 1, " " + good[:4] + "-" + good[4:] + " ": 1,
		"": 0, good[:7]: 0, good + "0": 0, good[:7] + "x": 0, good[:7] + "٣": 0, "-" + strings.Repeat(" ", 64) + good: 0, good + "\n": 0, good + "\x00": 0,
	} {
		hash.verified = 0
		got := codes.Verify(b, ch, secret(in), now)
		if hash.verified != want || (got == factor.Accepted) != (want == 1) {
			t.Errorf("%q: %s with %d hashes", in, got, hash.verified)
		}
	}
}

// FAC-060: keys that retire go on verifying what they made, and no others do.
func TestVerify_knows_the_key_of_the_challenge(t *testing.T) {
	t.Parallel()
	codes, _, ring, b := setup(t, emailotp.Policy{})
	code, ch, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	old := ring.Keys()[0]
	fresh, err := seal.NewRing(seal.Index, seal.GenerateKey(entropy.Seeded(8), now))
	if err != nil {
		t.Fatal(err)
	}
	next, err := fresh.WithPreviousKey(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Replace(next); err != nil {
		t.Fatal(err)
	}
	if got := codes.Verify(b, ch, secret(code.Reveal()), now); got != factor.Accepted {
		t.Errorf("after a rotation: %s", got)
	}
	if err := ring.Replace(fresh); err != nil {
		t.Fatal(err)
	}
	if got := codes.Verify(b, ch, secret(code.Reveal()), now); got != factor.Rejected {
		t.Errorf("without the key: %s", got)
	}
}

// FAC-061: what is kept comes back as it was, and nothing else is read.
func TestDecode_reads_what_Encode_made(t *testing.T) {
	t.Parallel()
	codes, _, _, b := setup(t, emailotp.Policy{})
	code, ch, err := codes.Issue(b, now)
	if err != nil {
		t.Fatal(err)
	}
	body := ch.Encode()
	back, err := emailotp.Decode(body)
	if err != nil || !bytes.Equal(back.Encode(), body) {
		t.Fatalf("%v", err)
	}
	if got := codes.Verify(b, back, secret(code.Reveal()), now); got != factor.Accepted {
		t.Errorf("after reading: %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "body")
		if rapid.Bool().Draw(t, "versioned") && len(in) > 25 {
			in[0], in[25] = 1, byte(rapid.IntRange(5, 11).Draw(t, "digits"))
		}
		c, err := emailotp.Decode(in)
		if err == nil && !bytes.Equal(c.Encode(), in) || err != nil && !errors.Is(err, emailotp.ErrCorrupt) {
			t.Fatalf("%x: %v", in, err)
		}
	})
}

// FAC-066
func TestEvidence_raises_no_assurance(t *testing.T) {
	t.Parallel()
	traits := emailotp.Traits()
	if traits.IsSecond() || traits.Strength() != 0 {
		t.Errorf("traits %+v", traits)
	}
	e := identity.Evidence{Kind: traits.Kind, At: now, AMR: traits.AMR, Class: traits.Class}
	pwd := identity.Evidence{Kind: factor.Password, At: now, AMR: []string{"pwd"}, Class: identity.Knowledge}
	if a := identity.Assess([]identity.Evidence{e}); a.AAL != identity.AAL0 {
		t.Errorf("alone: %v", a)
	}
	if a := identity.Assess([]identity.Evidence{pwd, e}); a.AAL != identity.AAL1 || fmt.Sprint(a.AMR) != "[pwd otp]" {
		t.Errorf("with a password: %v", a)
	}
}

// FAC-065
func TestMask_shows_what_its_owner_knows(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"ada@example.com": "a•••@e•••.com", "a@b.co.uk": "a•••@b•••.uk", "österreich@xn--bcher-kva.example": "ö•••@x•••.example",
		"root@localhost": "r•••@l•••", "nothing": "", "": "", "@": "•••@•••",
	} {
		if got := emailotp.Mask(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}
