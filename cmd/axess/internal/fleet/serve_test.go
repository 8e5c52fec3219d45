//go:build linux

package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// CLI-004, PRD-025: with the URL of a server everything is kept there; the data
// directory has what is this process's own.
func TestServe_keeps_everything_on_the_server(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			restartsAlone(t, newFleet(t, 1, k.fresh(t)))
		})
	}
}

// MySQL is named in its driver's form too, and MariaDB by its own name. CLI-004
func TestServe_takes_the_names_that_store_mysql_takes(t *testing.T) {
	t.Parallel()
	dsn := mariadb.empty(t)
	where := strings.TrimPrefix(dsn, "mysql://")
	f := newFleet(t, 1, stored{dsn: "mariadb://" + where})
	f.person().signUp("ada@example.org").signedIn()
	user, rest, _ := strings.Cut(where, "@")
	addr, name, _ := strings.Cut(rest, "/")
	same := newFleet(t, 1, stored{dsn: user + "@tcp(" + addr + ")/" + name}, "--keys", f.keys())
	same.person().signIn("ada@example.org").on("/", 200)
	for _, n := range []*node{f.nodes[0], same.nodes[0]} {
		if !strings.Contains(n.logs.String(), "://"+addr+"/"+name+",") {
			t.Errorf("the place of the data is not shown:\n%s", n.logs)
		}
	}
}

// SQLite keeps the accounts and Valkey the sessions: one process, whose restart
// loses neither. CLI-004, PRD-021
func TestServe_on_SQLite_with_sessions_in_Valkey(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, stored{sessions: valkey.empty(t)})
	f.nodes[0].await("sqlite, Session on valkey, Throttle on valkey")
	ada := f.person()
	ada.signUp("ada@example.org").signedIn()
	f.nodes[0].kill()
	f.nodes[0].start()
	ada.signedIn()
	// Another site does not come in between.
	code, out := axess(t, f.environment(), "serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(f.dir, "another"))
	if code != 4 || !strings.Contains(out, "keys_missing") || !strings.Contains(out, "sessions: ") {
		t.Errorf("another site on the same sessions: exit %d:\n%s", code, out)
	}
	ada.open("/auth/sign-out").submit("/auth/sign-out", map[string]string{"scope": "this"}).on("/auth/sign-out", 200).signedOut()
}

func restartsAlone(t *testing.T, f *fleet) {
	t.Helper()
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
	f := newFleet(t, 1, stored{dsn: postgres.empty(t)})
	a := f.nodes[0]
	code, out := axess(t, a.env, append([]string{"serve", "--addr", "127.0.0.1:0"}, a.args[3:]...)...)
	if code != 3 || !strings.Contains(out, "has a server already, with pid "+a.pid()) || !strings.Contains(out, "cure: add --data DIRECTORY") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	a.kill()
	a.start()
}
