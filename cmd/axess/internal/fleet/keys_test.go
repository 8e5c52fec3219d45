//go:build linux

package fleet

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ringLine is the line of a key file with the primary key of a ring.
func ringLine(t *testing.T, path, ring string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^` + ring + ` +primary .*$`).FindString(string(text))
	if line == "" {
		t.Fatalf("no primary key of %s", ring)
	}
	return line
}

// SES-157, PRD-034, CLI-045 on every store: what is sealed is counted by key, also
// while servers run; it is brought under another primary, and a file that lacks a key
// in use is named for it and not started with.
func TestKeys_in_use_are_counted_on_every_store(t *testing.T) {
	t.Parallel()
	on := append(kinds(), kind{"sqlite", func(testing.TB) stored { return stored{} }}, kind{"sqlite, sessions in valkey", func(t testing.TB) stored { return stored{sessions: valkey.empty(t)} }})
	for _, k := range on {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			countsKeys(t, newFleet(t, 1, k.fresh(t)))
		})
	}
}

func countsKeys(t *testing.T, f *fleet) {
	t.Helper()
	n := f.nodes[0]
	other := filepath.Join(f.dir, "other.keys")
	verb := func(want int, args ...string) string {
		t.Helper()
		code, out := axess(t, f.environment(), append(append([]string{"keys"}, args...), "--data", n.dir)...)
		if code != want {
			t.Errorf("%q: exit %d, want %d:\n%s", args, code, want, out)
		}
		return out
	}
	shows := func(out, pattern string) {
		t.Helper()
		if !regexp.MustCompile(`(?m)^` + pattern + `$`).MatchString(out) {
			t.Errorf("no %q in\n%s", pattern, out)
		}
	}
	if code, out := axess(t, nil, "keys", "init", "--out", other); code != 0 {
		t.Fatal(out)
	}
	ada := f.person()
	ada.signUp("ada@example.org").signedIn()
	id := func(path, ring string) string { return strings.Fields(ringLine(t, path, ring))[4] }
	data, old, next := id(f.keys(), "data"), id(f.keys(), "session"), id(other, "session")

	out := verb(0, "list", "--keys", f.keys())
	shows(out, "data +"+data+" +primary +1 credentials")
	shows(out, "session +"+old+" +primary +[1-9][0-9]* sessions")
	shows(out, "cookie +[0-9a-f]{8} +primary +not counted")

	text, err := os.ReadFile(f.keys())
	if err != nil {
		t.Fatal(err)
	}
	was := ringLine(t, f.keys(), "session")
	rotated := strings.Replace(string(text), was, strings.Replace(was, "primary", "retiring", 1)+"\n"+ringLine(t, other, "session"), 1)
	if err := os.WriteFile(f.keys(), []byte(rotated), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := axess(t, nil, "reload", "--data", n.dir); code != 0 {
		t.Fatal(out)
	}
	shows(verb(0, "list", "--keys", f.keys()), "session +"+old+" +retiring +[1-9][0-9]* sessions")
	shows(verb(0, "reseal"), "[1-9][0-9]* sessions are under the primary key that were not, 0 are left under other keys")
	out = verb(0, "list", "--keys", f.keys())
	shows(out, "session +"+old+" +retiring +nothing")
	shows(out, "session +"+next+" +primary +[1-9][0-9]* sessions")
	ada.signedIn()

	shows(verb(1, "list", "--keys", other), "data +"+data+" +missing +1 credentials")
	n.stop()
	shows(verb(1, "list", "--keys", other), "data +"+data+" +missing +1 credentials")
	wrong := f.node("--origin", origin, "--keys", other)
	wrong.args[4] = n.dir // the data directory of the first
	wrong.launch()
	<-wrong.over
	wrong.wantRefusal(4, "credentials: 1 under "+data, "keys_missing")
}
