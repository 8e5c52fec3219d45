package hotp_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/factor/hotp"
)

const (
	hexSeed  = "3132333435363738393031323334353637383930"
	textSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// FAC-044
func TestReadSeeds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		list string
		in   hotp.Encoding
		want int // zero: refused
	}{
		"hex":                    {"A-1," + hexSeed + "\nA-2," + strings.ToUpper(hexSeed) + "\r\n", hotp.Hex, 2},
		"base32":                 {"A-1," + textSeed + "\nA-2," + strings.ToLower(textSeed) + "\n", hotp.Base32, 2},
		"padded":                 {"A-1,GEZDGNBVGY3TQOJQGEZDGNBVGY======", hotp.Base32, 1},
		"spaces around":          {" A-1 , " + hexSeed + " \n", hotp.Hex, 1},
		"quoted":                 {`"A,1",` + hexSeed, hotp.Hex, 1},
		"not stated":             {"A-1," + hexSeed, 0, 0},
		"the other encoding":     {"A-1," + textSeed, hotp.Hex, 0},
		"hex as base32":          {"A-1," + hexSeed, hotp.Base32, 0},
		"empty":                  {"", hotp.Hex, 0},
		"a heading":              {"serial,seed\nA-1," + hexSeed, hotp.Hex, 0},
		"a third field":          {"A-1," + hexSeed + ",x", hotp.Hex, 0},
		"one field":              {"A-1\n", hotp.Hex, 0},
		"no serial":              {"," + hexSeed, hotp.Hex, 0},
		"twice":                  {"A-1," + hexSeed + "\nA-1," + hexSeed, hotp.Hex, 0},
		"a short seed":           {"A-1," + hexSeed[:30], hotp.Hex, 0},
		"a long one":             {"A-1," + strings.Repeat("ab", 129), hotp.Hex, 0},
		"half a byte":            {"A-1," + hexSeed + "3", hotp.Hex, 0},
		"a serial with controls": {"A\x07," + hexSeed, hotp.Hex, 0},
		"a long serial":          {strings.Repeat("A", 65) + "," + hexSeed, hotp.Hex, 0},
		"one bad of two":         {"A-1," + hexSeed + "\nA-2,zz\n", hotp.Hex, 0},
	} {
		all, err := hotp.ReadSeeds(strings.NewReader(tc.list), tc.in)
		if len(all) != tc.want || (err == nil) != (tc.want > 0) || err != nil && !errors.Is(err, hotp.ErrSeeds) {
			t.Errorf("%s: %d, %v", name, len(all), err)
		}
		if err != nil && strings.Contains(err.Error(), hexSeed[:8]) {
			t.Errorf("%s: the error tells the seed: %v", name, err)
		}
	}
	var many strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&many, "%d,%s\n", i, hexSeed)
	}
	if _, err := hotp.ReadSeeds(strings.NewReader(many.String()), hotp.Hex); !errors.Is(err, hotp.ErrSeeds) {
		t.Errorf("too many: %v", err)
	}
}

// Seeds are copies: the buffer that lines are read into is used again.
func TestReadSeeds_keeps_each(t *testing.T) {
	t.Parallel()
	other := hex.EncodeToString([]byte("another seed of bytes"))
	all, err := hotp.ReadSeeds(strings.NewReader("A-1,"+hexSeed+"\nB-2,"+other+"\n"), hotp.Hex)
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	if all[0].Serial != "A-1" || string(all[0].Seed.Reveal()) != "12345678901234567890" || all[1].Serial != "B-2" {
		t.Errorf("%s %x, %s", all[0].Serial, all[0].Seed.Reveal(), all[1].Serial)
	}
}

// FAC-044
func TestURI_form(t *testing.T) {
	t.Parallel()
	r := imported(t, hotp.Policy{}, 7)
	got, err := r.URI("Example & Söhne", "ada+x@example.test")
	const want = "otpauth://hotp/Example%20%26%20S%C3%B6hne:ada%2Bx%40example.test" +
		"?secret=" + textSeed + "&issuer=Example%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&counter=7"
	if err != nil || string(got.Reveal()) != want {
		t.Errorf("%s, %v", got.Reveal(), err)
	}
	if _, err := url.Parse(string(got.Reveal())); err != nil {
		t.Error(err)
	}
	if key := string(r.Key().Reveal()); key != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf("key %q", key)
	}
	for name, c := range map[string][2]string{"issuer with colon": {"a:b", "ada"}, "no account": {"a", ""}, "line end": {"a", "ada\n"}} {
		if _, err := r.URI(c[0], c[1]); !errors.Is(err, hotp.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (hotp.Record{}).URI("a", "b"); !errors.Is(err, hotp.ErrPolicy) {
		t.Errorf("a record without a seed: %v", err)
	}
}

// Whatever is in a list, it is refused as a whole or each of its seeds is usable.
func FuzzReadSeeds(f *testing.F) {
	f.Add("A-1,"+hexSeed+"\n", uint8(hotp.Hex))
	f.Add("A-1,"+textSeed+"\n\"b\n", uint8(hotp.Base32))
	f.Fuzz(func(t *testing.T, list string, in uint8) {
		all, err := hotp.ReadSeeds(strings.NewReader(list), hotp.Encoding(in))
		if err != nil {
			if !errors.Is(err, hotp.ErrSeeds) || all != nil {
				t.Fatalf("%v, %d", err, len(all))
			}
			return
		}
		serials := map[string]bool{}
		for _, s := range all {
			if _, err := hotp.Import(hotp.Policy{}, s.Seed.Reveal(), 0); err != nil || s.Serial == "" || serials[s.Serial] {
				t.Fatalf("%q: %v", s.Serial, err)
			}
			serials[s.Serial] = true
		}
	})
}
