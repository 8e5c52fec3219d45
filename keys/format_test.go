package keys_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

var created = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func golden(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/v1.keys")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// PRD-031: the golden file of version 1 loads for ever.
func TestGoldenKeyFile(t *testing.T) {
	t.Parallel()
	k, err := keys.Decode([]byte(golden(t)))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		name  string
		state seal.State
	}
	want := map[seal.Purpose][]row{
		seal.Cookie:  {{"cookie-1", seal.Primary}, {"cookie-0", seal.Retiring}, {"cookie-2", seal.Pending}},
		seal.Session: {{"session-1", seal.Primary}, {"session-0", seal.Retiring}},
		seal.Data:    {{"data-1", seal.Primary}},
		seal.Index:   {{"index-1", seal.Primary}},
	}
	for _, r := range k.Rings() {
		rows := want[r.Purpose()]
		if len(r.Keys()) != len(rows) {
			t.Fatalf("%s: %v", r.Purpose(), r.Keys())
		}
		for i, key := range r.Keys() {
			m := sha256.Sum256([]byte("axess public test key: " + rows[i].name))
			if !key.Master.Equal(seal.NewSecret(m[:])) || key.State != rows[i].state {
				t.Errorf("%s key %d: %v", r.Purpose(), i, key)
			}
		}
	}
	old := k.Cookie.Keys()[1]
	if !old.NotAfter.Equal(time.Date(2026, 7, 8, 13, 0, 0, 0, time.UTC)) || !old.Created.Equal(created.AddDate(0, -3, 0)) {
		t.Errorf("times: %v %v", old.Created, old.NotAfter)
	}

	// Written again it is the same file, but for the comment.
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	rest := func(s string) string { return s[strings.Index(s, "\ncookie"):] }
	if rest(string(text)) != rest(golden(t)) {
		t.Errorf("encoded:\n%s", text)
	}
	if _, err := keys.Decode([]byte(strings.ReplaceAll(golden(t), "\n", "\r\n"))); err != nil {
		t.Errorf("Windows line ends: %v", err)
	}
}

// PRD-032
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	edit := func(old, new string) string {
		s := strings.Replace(golden(t), old, new, 1)
		if s == golden(t) {
			t.Fatalf("%q is not in the golden file", old)
		}
		return s
	}
	line := func(prefix string) string {
		for l := range strings.Lines(golden(t)) {
			if strings.HasPrefix(l, prefix) {
				return l
			}
		}
		t.Fatal(prefix)
		return ""
	}
	zero := "data primary 2026-07-01T12:00:00Z - " + (seal.Key{Master: seal.NewSecret(make([]byte, 32))}).ID().String() + " " + strings.Repeat("A", 43) + "\n"
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":              {"", keys.ErrFormat},
		"version 2":          {edit("v1", "v2"), keys.ErrFormat},
		"no header":          {edit("axess-keys v1\n", ""), keys.ErrFormat},
		"header alone":       {"axess-keys v1\n", seal.ErrRing},
		"blank before it":    {"\n" + golden(t), keys.ErrFormat},
		"byte order mark":    {"\ufeff" + golden(t), keys.ErrFormat},
		"unknown purpose":    {edit("data primary", "csrf primary"), keys.ErrFormat},
		"upper case purpose": {edit("data primary", "Data primary"), keys.ErrFormat},
		"unknown state":      {edit("data primary", "data active"), keys.ErrFormat},
		"five fields":        {edit(" - 8d623b3e", " 8d623b3e"), keys.ErrFormat},
		"two spaces":         {edit("data primary", "data  primary"), keys.ErrFormat},
		"trailing space":     {edit("7pBXCfn8", "7pBXCfn8 "), keys.ErrFormat},
		"local time":         {edit("2026-07-02T00:00:00Z", "2026-07-02T00:00:00+02:00"), keys.ErrFormat},
		"no time":            {edit("2026-07-02T00:00:00Z", "-"), keys.ErrFormat},
		"wrong kid":          {edit("8d623b3e", "8d623b3f"), keys.ErrFormat},
		"upper case kid":     {edit("8d623b3e", "8D623B3E"), keys.ErrFormat},
		"damaged key":        {edit("HDe6fr", "HDe6fs"), keys.ErrFormat},
		"padded key":         {edit("7pBXCfn8", "7pBXCfn8="), keys.ErrFormat},
		"standard base64":    {edit("HDe6frSOxF-x-j8", "HDe6frSOxF+x+j8"), keys.ErrFormat},
		"loose last bits":    {edit("7pBXCfn8", "7pBXCfn9"), keys.ErrFormat},
		"short key":          {edit("7pBXCfn8", "7pBXC"), keys.ErrFormat},
		"no primary":         {edit("data primary", "data pending"), seal.ErrRing},
		"two primaries":      {edit("cookie pending", "cookie primary"), seal.ErrRing},
		"one key twice":      {golden(t) + strings.Replace(line("data"), "primary", "retiring", 1), seal.ErrRing},
		"lost ring":          {edit(line("index"), ""), seal.ErrRing},
		"no end":             {edit("2026-07-08T13:00:00Z", "-"), seal.ErrRing},
		"key in two rings":   {edit(line("index"), "index"+strings.TrimPrefix(line("data"), "data")), seal.ErrKeyReuse},
		"all zero":           {edit(line("data"), zero), seal.ErrWeakKey},
		"too long":           {golden(t) + strings.Repeat("#\n", 32<<10), keys.ErrFormat},
		"NUL":                {golden(t) + "\x00\n", keys.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := keys.Decode([]byte(c.text))
			if !errors.Is(err, c.want) || k != (seal.Keys{}) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// PRD-032, SES-241: an error never repeats the line, which may hold a key
// wherever a field was expected.
func TestDecodeErrorsShowNoKey(t *testing.T) {
	t.Parallel()
	key := "HDe6frSOxF-x-j8vo-RmRbM5xhb2zmcE74M7pBXCfn8"
	lines := []string{key, "data " + key, strings.Repeat(key+" ", 5) + key, "data primary " + key + " - 8d623b3e " + key,
		"data primary 2026-07-01T12:00:00Z " + key + " 8d623b3e " + key, "data primary 2026-07-01T12:00:00Z - " + key + " " + key}
	for _, l := range lines {
		for _, text := range []string{"axess-keys v1\n" + l + "\n", l + "\n", "axess-keys v1\n" + l} {
			_, err := keys.Decode([]byte(text))
			if err == nil || strings.Contains(err.Error(), key[:8]) {
				t.Errorf("%q: %v", l, err)
			}
		}
	}
}

// PRD-031: a file cut off anywhere is refused, never a smaller set of keys.
func TestTruncatedFileNeverLoads(t *testing.T) {
	t.Parallel()
	k, err := keys.Generate(entropy.Seeded(1), created)
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(text) {
		if _, err := keys.Decode(text[:n]); err == nil {
			t.Fatalf("%d of %d bytes load", n, len(text))
		}
	}
}

func TestEncodeNeedsTimesAndWholeKeys(t *testing.T) {
	t.Parallel()
	k, err := keys.Ephemeral(entropy.Seeded(1)).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Encode(k); err == nil {
		t.Error("keys without time of creation were written")
	}
	k.Data = nil
	if _, err := keys.Encode(k); !errors.Is(err, seal.ErrRing) {
		t.Errorf("missing ring: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(golden(f)))
	f.Add([]byte("axess-keys v1\ndata primary - - - -\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := keys.Decode(text)
		if err != nil {
			return
		}
		out, err := keys.Encode(k)
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		again, err := keys.Decode(out)
		if err != nil {
			t.Fatal(err)
		}
		out2, err := keys.Encode(again)
		if err != nil || !bytes.Equal(out, out2) {
			t.Fatal("not stable", err)
		}
	})
}
