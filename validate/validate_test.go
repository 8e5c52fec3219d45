package validate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/validate"
)

func ExampleLength() {
	err := validate.Length(strings.Repeat("a", 1025), validate.MaxPassword)
	fmt.Println(errors.Is(err, validate.ErrTooLong))
	// Output: true
}

func ExampleCode() {
	fmt.Println(validate.Code("012345", 6), validate.Code("１２３４５６", 6))
	// Output: true false
}

// MID-070: a value of the cap passes, one byte more does not.
func TestLength(t *testing.T) {
	t.Parallel()
	caps := [][2]int{
		{validate.MaxPassword, 1024}, {validate.MaxOTP, 64}, {validate.MaxIdentifier, 256}, {validate.MaxDisplayName, 256},
		{validate.MaxEmail, 254}, {validate.MaxURL, 2048}, {validate.MaxCookie, 4096}, {validate.MaxPathValue, 1024},
	}
	for _, c := range caps {
		limit := c[0]
		if limit != c[1] {
			t.Errorf("cap %d, want %d", limit, c[1])
		}
		if err := validate.Length(strings.Repeat("x", limit), limit); err != nil {
			t.Errorf("%d bytes: %v", limit, err)
		}
		if err := validate.Length(strings.Repeat("x", limit+1), limit); !errors.Is(err, validate.ErrTooLong) {
			t.Errorf("%d bytes: %v", limit+1, err)
		}
	}
}

// MID-071
func TestChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		check    func(string) bool
		yes, not []string
	}{
		{"printable", validate.Printable,
			[]string{"", "Ada Lovelace", "\u05d0\u05d1", "e\u0301", "a\u200db", "\U0001F600"},
			[]string{"a\x00", "a\nb", "a\x7f", "\u0085", "\ufeffa", "a\u202eb", "a\u2066b", "a\u200fb", "a\u2028b", "\xff"}},
		{"code", func(s string) bool { return validate.Code(s, 6) },
			[]string{"000000", "999999"},
			[]string{"", "12345", "1234567", "12345a", " 12345", "-12345", "+12345", "12345\n", "１２", "\u0661\u0662\u0663", "12 345"}},
		{"empty code", func(s string) bool { return validate.Code(s, 0) }, nil, []string{""}},
		{"e-mail", validate.Email,
			[]string{"a@b.example", "ada+x@sub.b.example", "\u00fc@b\u00fccher.example", strings.Repeat("a", 64) + "@b.example"},
			[]string{"", "a", "@b.example", "a@", "a@b", "a@b.", "a@.b", "a@b..c", "a@@b.example", "a@b@c.example", "a b@c.example", "a@b.example\n",
				"a@-b.example", "a@b-.example", "a\u00a0b@c.example", "a\u202e@b.example", strings.Repeat("a", 65) + "@b.example",
				"a@" + strings.Repeat("b", 64) + ".example", "a@" + strings.Repeat("b.", 126) + "example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range c.yes {
				if !c.check(s) {
					t.Errorf("%q refused", s)
				}
			}
			for _, s := range c.not {
				if c.check(s) {
					t.Errorf("%q accepted", s)
				}
			}
		})
	}
}

// MID-071
func TestSecretEqual(t *testing.T) {
	t.Parallel()
	a := []byte("0123456789abcdef")
	for i := range a {
		b := append([]byte(nil), a...)
		b[i] ^= 1
		if validate.SecretEqual(a, b) {
			t.Errorf("a flipped bit in byte %d went unseen", i)
		}
	}
	if !validate.SecretEqual(a, append([]byte(nil), a...)) || validate.SecretEqual(a, a[:15]) || validate.SecretEqual(a, nil) || !validate.SecretEqual(nil, nil) {
		t.Error("equal secrets differ or different lengths match")
	}
}

func ExampleEmail() {
	fmt.Println(validate.Email("ada@example.com"), validate.Email("ada@localhost"))
	// Output: true false
}

// A name that reads as something that it is not.
func ExamplePrintable() {
	fmt.Println(validate.Printable("Ada Lovelace"), validate.Printable("ada\u202egpj.exe"))
	// Output: true false
}

func ExampleSecretEqual() {
	fmt.Println(validate.SecretEqual([]byte("token"), []byte("token")), validate.SecretEqual([]byte("token"), []byte("tok")))
	// Output: true false
}
