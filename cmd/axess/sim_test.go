package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// simulate runs axess sim, with something around the program of its site or nil.
func simulate(t *testing.T, site func(http.Handler) http.Handler, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := testProcess(nil, &out, &errs, append([]string{"sim"}, args...)...)
	p.site = site
	return run(t.Context(), p), out.String(), errs.String()
}

// failing answers the program's own page with an internal error.
func failing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/me" {
			http.Error(rw, "broken", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// SIM-090: what holds is exit code 0, and the seed is printed first.
func TestSim_holds(t *testing.T) {
	t.Parallel()
	code, out, errs := simulate(t, nil, "--seed", "7", "--steps", "1500", "--faults", "light", "--people", "2", "--nodes", "2")
	if code != refusal.OK || !strings.HasPrefix(out, "seed 7\n") || !strings.Contains(out, "everything held: 1 seed, 1500 steps") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	_, one, _ := simulate(t, nil, "--steps", "10")
	_, other, _ := simulate(t, nil, "--steps", "10")
	first := func(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }
	if !strings.HasPrefix(one, "seed ") || first(one) == first(other) {
		t.Errorf("without a seed it takes %q, then %q", first(one), first(other))
	}
}

// SIM-014, SIM-090: many seeds, some of them twice; the numbers as JSON.
func TestSim_seeds(t *testing.T) {
	t.Parallel()
	code, out, errs := simulate(t, nil, "--seeds", "1..16", "--steps", "200", "--workers", "3", "--json")
	var sum simTotals
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	if code != refusal.OK || sum.Seeds != 16 || sum.Steps < 14*200 || sum.Twice != 1 || sum.Requests == 0 {
		t.Errorf("exit %d: %s", code, out)
	}
	for _, other := range []string{"1..16", "2..16"} {
		_, out, _ := simulate(t, nil, "--seeds", other, "--steps", "200", "--workers", "1", "--json")
		var again simTotals
		if err := json.Unmarshal([]byte(out), &again); err != nil {
			t.Fatal(err)
		}
		if same := again.Chain == sum.Chain; same != (other == "1..16") || len(again.Chain) != 64 {
			t.Errorf("seeds 1..16 have the chain %s, seeds %s then %s", sum.Chain, other, again.Chain)
		}
	}
}

// SIM-063, SIM-064, SIM-090: what is broken is exit code 1, and is written down, made
// small and told; a replay needs only the file, and says so when nothing is broken in it
// any more.
func TestSim_broken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errs := simulate(t, failing, "--seed", "1", "--steps", "3000", "--out", dir, "--shrink", "20s")
	if code != refusal.Findings {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	for _, want := range []string{"seed 1, step ", "SIM-I47 NoPanic is broken at step", "GET /me — 500", "broken in 1: 1 seed"} {
		if !strings.Contains(out, want) {
			t.Errorf("it says nothing of %q:\n%s", want, out)
		}
	}
	story, err := os.ReadFile(filepath.Join(dir, "sim-1.md"))
	if err != nil || !bytes.Contains(story, []byte("sequenceDiagram")) || !bytes.Contains(story, []byte("func Test_I47_seed_1(")) {
		t.Errorf("%v: %s", err, story)
	}
	for _, name := range []string{"sim-1.axsim", "sim-1-small.axsim"} {
		file := filepath.Join(dir, name)
		if code, out, _ := simulate(t, failing, "--replay", file); code != refusal.Findings || !strings.Contains(out, "SIM-I47 NoPanic") {
			t.Errorf("%s: exit %d: %s", name, code, out)
		}
		if code, _, errs := simulate(t, nil, "--replay", file); code != refusal.OK || !strings.Contains(errs, "when it was recorded, it broke SIM-I47") {
			t.Errorf("%s, mended: exit %d: %s", name, code, errs)
		}
	}
}

// SIM-014, SIM-090: what is not a function of its seed is exit code 3, and the first step
// that differs is named.
func TestSim_undetermined(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	lottery := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if asked.Add(1) > 10 {
				http.Error(rw, "later", http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(rw, r)
		})
	}
	code, out, errs := simulate(t, lottery, "--seeds", "1..16", "--steps", "800", "--workers", "1", "--faults", "none")
	if code != simUndetermined || !strings.Contains(out, "came out otherwise the second time, first at: ") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// SIM-040, SIM-063, SIM-090: what cannot be run is not understood, with what was probably
// meant; nothing is ignored.
func TestSim_refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.axsim")
	if err := os.WriteFile(foreign, []byte("axsim 999\nAAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"did you mean heavy?":              {"--faults", "hevy"},
		`must be a number from 1 to 64`:    {"--people", "0"},
		"must be a number from 1":          {"--steps", "many"},
		"two numbers in order":             {"--seeds", "9..1"},
		"is not a number":                  {"--seed", "x"},
		"the same thing twice":             {"--seed", "1", "--seeds", "1..2"},
		"did you mean DeadStaysDead?":      {"--invariants", "DeadStayDead"},
		"a time such as 90s":               {"--time", "soon"},
		"of one seed":                      {"--seeds", "1..2", "--trace", filepath.Join(dir, "t")},
		"takes no --steps":                 {"--replay", foreign, "--steps", "5"},
		"not a recording of format 1":      {"--replay", foreign},
		"no such file":                     {"--replay", filepath.Join(dir, "none.axsim")},
		"is no directory":                  {"--out", filepath.Join(dir, "none")},
		"did you mean logout/look?":        {"--scenario", "logout/lok"},
		"takes no --seed":                  {"--scenario", "all", "--seed", "1"},
		"--order is about a --scenario":    {"--order", "LR"},
		"is one run of one --scenario":     {"--scenario", "all", "--order", "LR"},
		"is no order":                      {"--scenario", "logout/look", "--order", "LX"},
		"did you mean lostack?":            {"--scenario", "logout/look", "--order", "L", "--fault", "left.1:lostak"},
		"did you mean real?":               {"--engine", "rael"},
		"did you mean thief?":              {"--actors", "people,theif"},
		"nobody whom anything could":       {"--actors", "thief"},
		"must be a number from 1 to 2":     {"--tenants", "3"},
		"did you mean suspended?":          {"--pairs", "suspendet"},
		`unexpected argument "everything"`: {"everything"},
	} {
		if code, out, errs := simulate(t, nil, args...); code != refusal.Usage || !strings.Contains(errs, want) || out != "" {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
	}
}

// SIM-090: what is chosen is there and nothing else; an engine that is not there is no
// pass, and pairs find what one world does not show.
func TestSim_chooses(t *testing.T) {
	t.Parallel()
	code, out, errs := simulate(t, nil, "--seed", "1", "--steps", "3000", "--actors", "people, thief", "--tenants", "1", "--engine", "coro", "--faults", "none", "--trace", filepath.Join(t.TempDir(), "trace"))
	if code != refusal.OK {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	file := filepath.Join(t.TempDir(), "trace")
	if code, out, errs = simulate(t, nil, "--seed", "1", "--steps", "6000", "--actors", "people,thief", "--tenants", "1", "--trace", file); code != refusal.OK {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	trace, err := os.ReadFile(file)
	if err != nil || bytes.Contains(trace, []byte("outside/guesser")) || bytes.Contains(trace, []byte("create tenant")) || !bytes.Contains(trace, []byte("outside/p1")) {
		t.Errorf("%v: the trace has others, or not the people", err)
	}
	if code, out, errs = simulate(t, nil, "--engine", "real"); code != refusal.Refused || !strings.Contains(errs, "no engine of real servers yet") || out != "" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	gossip := func(next http.Handler) http.Handler {
		known := map[string]bool{}
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/auth/sign-up" {
				known[strings.ToLower(r.PostFormValue("email"))] = true
			}
			if r.URL.Path == "/auth/sign-in" && known[strings.ToLower(r.PostFormValue("identifier"))] {
				rw.Header().Set("X-Known", "yes")
			}
			next.ServeHTTP(rw, r)
		})
	}
	code, out, errs = simulate(t, gossip, "--seed", "3", "--pairs", "exists", "--nodes", "1", "--steps", "12000", "--shrink", "0s", "--out", t.TempDir())
	if code != refusal.Findings || !strings.Contains(out, "SIM-I14 NoOracle") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs = simulate(t, gossip, "--seed", "4", "--pairs", "none", "--steps", "3000"); code != refusal.OK {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// SIM-090: the lists, a trace, a time, and chosen invariants.
func TestSim_lists_and_traces(t *testing.T) {
	t.Parallel()
	code, out, _ := simulate(t, nil, "--list")
	if code != refusal.OK || !strings.Contains(out, "I03        DeadStaysDead") || !strings.Contains(out, "FAULTS: none, light, default, heavy") {
		t.Errorf("exit %d: %s", code, out)
	}
	code, out, _ = simulate(t, nil, "--scenario", "logout/look", "--spread", "100")
	if code != refusal.OK || !strings.HasPrefix(out, "logout/look: ") || !strings.Contains(out, "faults: held\n") {
		t.Errorf("exit %d: %s", code, out)
	}
	code, out, _ = simulate(t, failing, "--scenario", "logout/look", "--json", "--out", t.TempDir())
	if code != refusal.Findings || !strings.Contains(out, "NoPanic") {
		t.Errorf("exit %d: %s", code, out)
	}
	code, out, _ = simulate(t, nil, "--scenario", "logout/look", "--order", "LR", "--fault", "left.2:fail")
	if code != refusal.OK || !strings.HasPrefix(out, "\nlogout/look held in order LR") || !strings.Contains(out, "for the left: session.") {
		t.Errorf("exit %d: %s", code, out)
	}
	code, out, _ = simulate(t, nil, "--list", "--json")
	if code != refusal.OK || !json.Valid([]byte(out)) || !strings.Contains(out, `"DeadStaysDead"`) {
		t.Errorf("exit %d: %s", code, out)
	}
	file := filepath.Join(t.TempDir(), "trace")
	if code, out, errs := simulate(t, nil, "--seed", "1", "--steps", "400", "--trace", file); code != refusal.OK {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if trace, err := os.ReadFile(file); err != nil || bytes.Count(trace, []byte("\n")) < 100 {
		t.Errorf("%v: %d lines of trace", err, bytes.Count(trace, []byte("\n")))
	}
	if code, out, _ := simulate(t, nil, "--seed", "1", "--time", "20s"); code != refusal.OK || !strings.Contains(out, ", 20s of the world") && !strings.Contains(out, ", 19s of the world") && !strings.Contains(out, ", 18s of the world") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out, _ := simulate(t, failing, "--seed", "1", "--steps", "2000", "--invariants", "I03,outagekeepslogin", "--out", t.TempDir()); code != refusal.OK {
		t.Errorf("what nobody looks at: exit %d: %s", code, out)
	}
}
