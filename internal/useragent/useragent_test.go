package useragent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/useragent"
)

func TestReduce_knows_the_usual_browsers(t *testing.T) {
	t.Parallel()
	for ua, want := range map[string][2]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                     {"Firefox", "Linux"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                            {"Chrome", "Windows"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":              {"Edge", "Windows"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                      {"Safari", "macOS"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1": {"Chrome", "iOS"},
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                               {"Chrome", "Android"},
		"curl/8.5.0":                            {"curl", ""},
		"":                                      {"", ""},
		"\x00<script>alert(1)</script>":         {"", ""},
		strings.Repeat("x", 2000) + "Firefox/1": {"", ""},
	} {
		b, p := useragent.Reduce(ua)
		if got := [2]string{b, p}; got != want {
			t.Errorf("%.80q: %q, want %q", ua, got, want)
		}
	}
}

// SES-175: the version that a browser says of itself, and no other number.
func TestParse_major_version(t *testing.T) {
	t.Parallel()
	for ua, want := range map[string]useragent.Agent{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/139.0.0.0": {"Edge", "Windows", 139},
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/138.0":       {"Edge", "Android", 138},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) EdgiOS/137.1 Mobile/15E148 Safari/604.1":                                {"Edge", "iOS", 137},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15":         {"Safari", "macOS", 18},
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        {"Firefox", "Linux", 140},
		"Go-http-client/2.0":         {"Go", "", 0},
		"curl/8.5.0":                 {"curl", "", 8},
		"Firefox/":                   {"Firefox", "", 0},
		"Firefox/x1":                 {"Firefox", "", 0},
		"Firefox/99999":              {"Firefox", "", 99999},
		"Firefox/100000":             {"Firefox", "", 0},
		"Firefox/999999999999999999": {"Firefox", "", 0},
		"Edg":                        {"Edge", "", 0},
		"Safari/605":                 {"Safari", "", 0},
	} {
		if got := useragent.Parse(ua); got != want {
			t.Errorf("%.90q: %+v, want %+v", ua, got, want)
		}
	}
}

// What is remembered is what parsing says, for headers that share a place too.
func TestMemo_says_what_Parse_says(t *testing.T) {
	t.Parallel()
	var m useragent.Memo
	for round := range 3 {
		for v := range 2000 {
			ua := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", v, v)
			if got, want := m.Parse(ua), (useragent.Agent{Browser: "Firefox", Platform: "Linux", Major: uint32(v)}); got != want {
				t.Fatalf("round %d: %+v, want %+v", round, got, want)
			}
		}
	}
	long := strings.Repeat("x", 600) + "Firefox/7"
	if got := m.Parse(long); got.Major != 7 {
		t.Error(got)
	}
}

func ExampleMemo() {
	var m useragent.Memo
	fmt.Println(m.Parse("curl/8.5.0").Browser, m.Parse("curl/8.5.0").Major)
	// Output: curl 8
}

func ExampleParse() {
	a := useragent.Parse("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	fmt.Println(a.Browser, a.Major, "or later, on", a.Platform)
	// Output: Firefox 140 or later, on Linux
}

func ExampleReduce() {
	fmt.Println(useragent.Reduce("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"))
	// Output: Firefox Linux
}

// Whatever a client calls itself, it gets words of the list or none, and what stands
// beyond the first 1,024 bytes decides nothing. FUZ-F07
func FuzzReduce(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Mobile Safari/537.36")
	f.Add("\x00<script>Firefox/")
	known := map[string]bool{"": true}
	for _, w := range []string{
		"Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Chromium", "Safari", "curl", "Go",
		"Android", "iOS", "Windows", "macOS", "ChromeOS", "Linux",
	} {
		known[w] = true
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, p := useragent.Reduce(s)
		if !known[b] || !known[p] {
			t.Fatalf("%q is %q on %q", s, b, p)
		}
		if a := useragent.Parse(s); a.Browser != b || a.Platform != p || a.Major > 99_999 || a.Browser == "" && a.Major != 0 {
			t.Fatalf("%q is %+v", s, a)
		}
		if len(s) > 1024 {
			if b2, p2 := useragent.Reduce(s[:1024]); b2 != b || p2 != p {
				t.Fatalf("the end of %d bytes decides", len(s))
			}
		}
	})
}
