package password_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/seal"
)

// other is a record that differs from phc.
const other = "\x01$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$AAAAAAAAAAAAAAAAAAAAAA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

func records(t *testing.T, body []byte) []string {
	t.Helper()
	list, err := password.Records(body)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = string(r)
	}
	return out
}

// FAC-023: the form of a credential that remembers is written down, and a release that
// knew no other than a record alone wrote what this one reads.
func TestReplace_golden(t *testing.T) {
	t.Parallel()
	const golden = "0201246172676f6e32696424763d3139246d3d31393435362c743d322c703d312c6b657969643d6b3124414141414141414141414141414141414141414141412442424242424242424242424242424242424242424242424242424242424242424242424242424242424241" +
		"00246172676f6e32696424763d3139246d3d31393435362c743d322c703d3124414141414141414141414141414141414141414141412441414141414141414141414141414141414141414141414141414141414141414141414141414141414141"
	body, err := password.MarkCompromised(password.Replace([]byte(phc), []byte(other), 3))
	if err != nil || hex.EncodeToString(body) != golden {
		t.Fatalf("%x, %v", body, err)
	}
	if got := records(t, body); !slices.Equal(got, []string{other, phc}) || !password.IsCompromised(body) {
		t.Fatalf("records %q", got)
	}
	if got := records(t, []byte(phc)); !slices.Equal(got, []string{phc}) || password.IsCompromised([]byte(phc)) {
		t.Fatalf("a record alone: %q", got)
	}
	// Without anything to remember the body is what it was before there was a history.
	if got := password.Replace([]byte(phc), []byte(other), 0); string(got) != other {
		t.Fatalf("%q", got)
	}
}

// FAC-023: older entries are deleted on append, and never more than 24 are kept.
func TestReplace_trims(t *testing.T) {
	t.Parallel()
	one := func(i int) []byte {
		return password.Made(password.Lean(), fmt.Sprint("k", i), make([]byte, 16), make([]byte, 32))
	}
	body := one(0)
	for i := 1; i <= 40; i++ {
		body = password.Replace(body, one(i), 100)
	}
	got := records(t, body)
	if len(got) != password.MaxHistory+1 || got[0] != string(one(40)) || got[24] != string(one(16)) {
		t.Fatalf("%d records", len(got))
	}
	body = password.Replace(body, one(41), 2)
	if got := records(t, body); !slices.Equal(got, []string{string(one(41)), string(one(40)), string(one(39))}) {
		t.Fatalf("%d records", len(got))
	}
	if got := password.Replace(body, one(42), -1); !bytes.Equal(got, one(42)) {
		t.Fatalf("%q", got)
	}
	if got := password.Replace([]byte("nonsense"), one(1), 5); !bytes.Equal(got, one(1)) {
		t.Fatalf("after nonsense: %q", got)
	}
}

// AUN-137: a new password takes the mark off; hashing the same anew does not, nor does
// it forget the history.
func TestMarkCompromised_stays_with_the_password(t *testing.T) {
	t.Parallel()
	body, err := password.MarkCompromised(password.Replace([]byte(phc), []byte(other), 5))
	if err != nil {
		t.Fatal(err)
	}
	again, err := password.MarkCompromised(body)
	if err != nil || !bytes.Equal(again, body) {
		t.Fatalf("marked twice: %q, %v", again, err)
	}
	fresh := []byte(strings.Replace(other, "keyid=k1", "keyid=k2", 1))
	renewed := password.Renew(body, fresh)
	if !password.IsCompromised(renewed) || !slices.Equal(records(t, renewed), []string{string(fresh), phc}) {
		t.Fatalf("renewed: %q", renewed)
	}
	if got := password.Renew([]byte(phc), fresh); !bytes.Equal(got, fresh) {
		t.Fatalf("nothing to keep: %q", got)
	}
	if got := password.Renew([]byte("nonsense"), fresh); !bytes.Equal(got, fresh) {
		t.Fatalf("after nonsense: %q", got)
	}
	if replaced := password.Replace(body, fresh, 5); password.IsCompromised(replaced) || len(records(t, replaced)) != 3 {
		t.Fatalf("replaced: %q", replaced)
	}
	if _, err := password.MarkCompromised([]byte("nonsense")); !errors.Is(err, password.ErrCorrupt) {
		t.Fatalf("nonsense marked: %v", err)
	}
	if !password.IsCompromised([]byte("nonsense")) {
		t.Fatal("nonsense is in order")
	}
}

// FAC-011, FAC-017: a body that remembers has one form too, and every record in it.
func TestRecords_refuses_everything_but_its_own_form(t *testing.T) {
	t.Parallel()
	good := "\x02\x00" + other[1:] + "\x00" + phc[1:]
	if got := records(t, []byte(good)); len(got) != 2 {
		t.Fatalf("%q", got)
	}
	for name, in := range map[string]string{
		"empty":                "",
		"version alone":        "\x02",
		"no record":            "\x02\x01",
		"nothing remembered":   "\x02\x00" + phc[1:],
		"unknown mark":         "\x02\x02" + phc[1:],
		"both marks":           "\x02\x03" + phc[1:],
		"record with version":  "\x02\x01" + phc,
		"empty record":         good + "\x00",
		"no record that holds": "\x02\x01\x00" + phc[1:],
		"bad history":          "\x02\x00" + other[1:] + "\x00" + phc[1:] + "=",
		"bad record":           "\x02\x00=" + other[1:] + "\x00" + phc[1:],
		"26 records":           "\x02\x00" + strings.Repeat(phc[1:]+"\x00", 25) + phc[1:],
		"giant":                "\x02\x00" + strings.Repeat("A", 20000),
		"other version":        "\x03\x00" + other[1:] + "\x00" + phc[1:],
	} {
		if list, err := password.Records([]byte(in)); !errors.Is(err, password.ErrCorrupt) {
			t.Errorf("%s: %q, %v", name, list, err)
		}
		if !password.IsCompromised([]byte(in)) {
			t.Errorf("%s is in order", name)
		}
		if _, err := password.Decoded([]byte(in)); !errors.Is(err, password.ErrCorrupt) {
			t.Errorf("%s verifies: %v", name, err)
		}
	}
}

// FAC-023: the password that holds verifies, one before it does not, and each entry
// verifies by itself under what it was made with.
func TestVerify_of_a_credential_that_remembers(t *testing.T) {
	t.Parallel()
	key := func(id string) password.Pepper {
		return password.Pepper{ID: id, Key: seal.NewSecret(bytes.Repeat([]byte(id), 16))}
	}
	before, err := password.New(password.Config{Params: password.RawArgon2id(16, 1, 1), Peppers: []password.Pepper{key("k1")}})
	if err != nil {
		t.Fatal(err)
	}
	now, err := password.New(password.Config{Params: password.InsecureCheap(), Peppers: []password.Pepper{key("k2"), key("k1")}})
	if err != nil {
		t.Fatal(err)
	}
	src := entropy.Seeded(3)
	first, err := before.Hash(src, seal.NewSecret([]byte("the first password")))
	if err != nil {
		t.Fatal(err)
	}
	second, err := now.Hash(src, seal.NewSecret([]byte("the second password")))
	if err != nil {
		t.Fatal(err)
	}
	body := password.Replace(first, second, 1)
	check := func(body []byte, text string) factor.Verdict {
		return now.Verify(time.Time{}, body, seal.NewSecret([]byte(text))).Verdict
	}
	if check(body, "the second password") != factor.Accepted || check(body, "the first password") != factor.Rejected {
		t.Fatal("not the password that holds")
	}
	if res := now.Verify(time.Time{}, body, seal.NewSecret([]byte("the second password"))); res.Rehash {
		t.Error("a history asks for a new hash")
	}
	list, err := password.Records(body)
	if err != nil || check(list[1], "the first password") != factor.Accepted {
		t.Fatalf("the entry does not verify: %v", err)
	}
}
