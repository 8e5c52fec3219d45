package sim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// SIM-I13, SIM-I14, AUN-I1, AUN-I2, AUN-I11, AUN-I18, IDN-I7: whatever is so about an
// account, or in another tenant, those who must not learn it see the same, also while
// calls of the store fail; and each fact is one that both worlds could be made with.
func TestPair_holds(t *testing.T) {
	t.Parallel()
	for i, flip := range Flips() {
		t.Run(flip.Name, func(t *testing.T) {
			t.Parallel()
			r := Pair(Config{Seed: uint64(i), Steps: 18_000, Store: Personas()[i%4], Faults: []Faults{{}, Heavy()}[i/2%2]}, flip)
			if r.Broken() {
				t.Errorf("%s", r.Story())
			}
			if r.Pairs < 10 {
				t.Errorf("only %d requests were compared", r.Pairs)
			}
		})
	}
}

// gossip is a program that says more than the site does: to whoever signs in, that the
// address has signed up here once, or how many people of all tenants there are.
func gossip(tell func(known map[string]bool, name string) string) func(http.Handler) http.Handler {
	known := map[string]bool{} // of all servers
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if name := r.PostFormValue("email"); r.URL.Path == "/auth/sign-up" && name != "" {
				known[r.Host+" "+strings.ToLower(name)] = true
			}
			if r.URL.Path == "/auth/sign-in" {
				rw.Header().Set("X-Gossip", tell(known, r.Host+" "+strings.ToLower(r.PostFormValue("identifier"))))
			}
			next.ServeHTTP(rw, r)
		})
	}
}

// SIM-060, SIM-I13, SIM-I14, SIM-063, SIM-064: what tells the two apart is found by the
// invariant that it belongs to, can be had again from what was written down, and made
// small.
func TestPair_sees_what_tells_them_apart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"exists": "SIM-I14 NoOracle", "namesake": "SIM-I13 TenantWall"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := func() func(http.Handler) http.Handler {
				return gossip(func(known map[string]bool, who string) string {
					if name == "exists" {
						return fmt.Sprint(known[who])
					}
					return fmt.Sprint(len(known))
				})
			}
			cfg := Config{Seed: 3, Steps: 9000, Servers: 1, Flip: name, Within: eachWorld(site)}
			r, rec := Record(cfg)
			if r.Invariant() != want || !strings.Contains(r.Story(), "X-Gossip") {
				t.Fatalf("found %q: %s", r.Invariant(), r.Story())
			}
			read, err := Open(rec.String())
			if err != nil {
				t.Fatal(err)
			}
			read.Config.Within = eachWorld(site)
			if again := read.Replay(); again.Chain != r.Chain || again.Invariant() != want {
				t.Errorf("the second time it is %q", again.Invariant())
			}
			if name != "exists" {
				return
			}
			small := read.Shrink(nil)
			if story := small.Story().String(); small.Actions() > 12 || !strings.Contains(story, "/auth/sign-in") {
				t.Errorf("%d actions: %s", small.Actions(), story)
			}
		})
	}
}

// eachWorld gives each world a site of its own: it has one server, which does not crash.
func eachWorld(site func() func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return site()(next) }
}

// SIM-014: a pair is a function of its seed.
func TestPair_is_repeatable(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 5, Steps: 6000, Faults: Default(), Flip: "busy"}
	if first, second := Run(cfg), Run(cfg); first.Chain != second.Chain || first.Steps != second.Steps {
		t.Errorf("%d and %d steps", first.Steps, second.Steps)
	}
}

// SIM-I14: what is random by nature is compared by where it appears and how long it is,
// and nothing else is let pass.
func TestTwins(t *testing.T) {
	t.Parallel()
	const a, b, c = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
	for name, tc := range map[string]struct {
		one, other []string
		same       bool
	}{
		"equal":               {[]string{"x"}, []string{"x"}, true},
		"a word":              {[]string{"x"}, []string{"y"}, false},
		"a token":             {[]string{"t=" + a}, []string{"t=" + b}, true},
		"the same twice":      {[]string{a, a}, []string{b, b}, true},
		"two for one":         {[]string{a, a}, []string{b, c}, false},
		"one for two":         {[]string{a, b}, []string{c, c}, false},
		"another length":      {[]string{a}, []string{b + "B"}, false},
		"none":                {[]string{"t=" + a}, []string{"t="}, false},
		"a word behind one":   {[]string{a + " x"}, []string{b + " y"}, false},
		"one that is missing": {[]string{a + " x " + c}, []string{b + " x "}, false},
	} {
		names, same := twins{there: map[string]string{}, back: map[string]string{}}, true
		for i := range tc.one {
			same = names.same(tc.one[i], tc.other[i]) < 0 && same
		}
		if same != tc.same {
			t.Errorf("%s: %v", name, same)
		}
	}
}

// SIM-I13, SIM-I14: the table has names of its own, and a name that is in it.
func TestFlips_are_whole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Flips() {
		if f.Name == "" || seen[f.Name] || f.Statement == "" || f.Invariant != "I13" && f.Invariant != "I14" || f.hidden == nil {
			t.Errorf("%+v lacks something", f)
		}
		seen[f.Name] = true
	}
	if _, err := FlipNamed("exist"); err == nil || !strings.Contains(err.Error(), "did you mean exists?") {
		t.Errorf("%v", err)
	}
	if r := Run(Config{Flip: "nothing"}); !r.Broken() {
		t.Error("a fact that is none is no finding")
	}
	if cfg := Paired(Config{Seed: 8*3 + 4}, 8); cfg.Flip != Flips()[3].Name {
		t.Errorf("seed 28 stands for %q", cfg.Flip)
	}
	if cfg := Paired(Config{Seed: 1}, 8); cfg.Flip != "" {
		t.Errorf("seed 1 stands for %q", cfg.Flip)
	}
}
