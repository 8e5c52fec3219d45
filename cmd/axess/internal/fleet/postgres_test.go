//go:build linux

package fleet

import (
	"os"
	"strings"
	"testing"
)

// CLI-004, PRD-025: with the URL of a database server everything is kept there;
// the data directory has what is this server's own.
func TestServe_on_PostgreSQL(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, "--dsn", database(t))
	ada := f.person()
	ada.signUp("ada@example.org").signedIn()
	if code := f.nodes[0].stop(); code != 0 {
		t.Fatalf("exit %d:\n%s", code, f.nodes[0].logs)
	}
	f.nodes[0].start()
	ada.signedIn()
	ada.open("/auth/sign-out").submit("/auth/sign-out", map[string]string{"scope": "this"}).on("/auth/sign-out", 200)
	ada.signedOut().signIn("ada@example.org").on("/", 200)
	ada.signedIn()
	left, err := os.ReadDir(f.nodes[0].dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasSuffix(e.Name(), ".db") {
			t.Errorf("%s is kept in the data directory", e.Name())
		}
	}
}

// CLI-005: servers share a database and no data directory; a kill lets go of it.
func TestServe_twice_in_one_data_directory(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, "--dsn", database(t))
	a := f.nodes[0]
	code, out := axess(t, nil, append([]string{"serve", "--addr", "127.0.0.1:0"}, a.args[3:]...)...)
	if code != 3 || !strings.Contains(out, "has a server already, with pid "+a.pid()) || !strings.Contains(out, "cure: add --data DIRECTORY") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	a.kill()
	a.start()
}
