package sim

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// SIM-063, SIM-064: a run that was made small is told in words, as a diagram, and as a
// test that compiles, fails while the fault is in the program, and passes without it.
func TestStory(t *testing.T) {
	t.Parallel()
	_, small := found()
	story := small.Story()
	t.Logf("\n%s\n%s", story, story.Diagram())
	for _, want := range []string{"SIM-I03 DeadStaysDead is broken", "   1. ", "→ s1.1: POST /auth/", "— 200", "What must not be"} {
		if !strings.Contains(story.String(), want) {
			t.Errorf("the story says nothing of %q", want)
		}
	}
	for _, want := range []string{"sequenceDiagram\n", "    actor n", " as p", "->>", "-->>", "Note over"} {
		if !strings.Contains(story.Diagram(), want) {
			t.Errorf("the diagram shows nothing of %q", want)
		}
	}
	if out, ok := withOverlay(t, story.Test(), ""); !ok {
		t.Errorf("without the fault it fails: %s", out)
	}
	out, ok := withOverlay(t, story.Test(), "return auth.Handler(forgetful(mux))")
	if ok || !strings.Contains(out, "SIM-I03 DeadStaysDead") {
		t.Errorf("with the fault it says: %s", out)
	}
}

// withOverlay runs a test beside those of the package, which has a fault in the program
// of its site or none.
func withOverlay(t *testing.T, test, fault string) (output string, passed bool) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	put := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, name)] = file
	}
	put("generated_test.go", test)
	if fault != "" {
		site, err := os.ReadFile("site.go")
		if err != nil {
			t.Fatal(err)
		}
		const line = "return auth.Handler(mux)"
		if !strings.Contains(string(site), line) {
			t.Fatal("the site has no line to break")
		}
		put("site.go", strings.Replace(string(site), line, fault, 1))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	put("overlay.json", string(text))
	out, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "^Test_I03_seed_", //nolint:gosec // a path of the test
		"-overlay", filepath.Join(dir, "overlay.json"), ".").CombinedOutput()
	return string(out), err == nil
}
