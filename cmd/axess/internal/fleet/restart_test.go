//go:build linux

package fleet

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/axess-go/axess/internal/dbtest"
)

// A rolling restart keeps sign-ins, and so does a server that is killed: its data
// directory is free for the next one, and what it had begun others see whole or not
// at all. OPS-031, PRD-071, CLI-005
func TestFleet_restarts(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, f *fleet) {
		people := make([]*person, len(f.nodes))
		for i, n := range f.nodes {
			people[i] = f.person().at(n)
			people[i].signUp(fmt.Sprintf("p%d@example.org", i))
		}
		everybody := func(out *node) {
			t.Helper()
			for _, p := range people {
				for _, n := range f.nodes {
					if n != out {
						p.at(n).signedIn()
					}
				}
			}
		}
		for _, n := range f.nodes {
			if code := n.stop(); code != 0 {
				t.Errorf("%s: exit %d", n.name, code)
			}
			everybody(n)
			n.start()
			everybody(nil)
		}
		f.nodes[2].kill()
		everybody(f.nodes[2])
		f.person().at(f.nodes[0]).signUp("meanwhile@example.org").at(f.nodes[1]).signedIn()
		f.nodes[2].start()
		everybody(nil)
		f.person().at(f.nodes[2]).signIn("meanwhile@example.org").on("/", 200)
	})
}

// While the database is away nobody is signed out and nothing is pretended: 503, not
// ready and alive; afterwards all goes on without a restart. A server that starts
// meanwhile is refused with exit code 3. STO-003, OPS-030, CLI-024
func TestFleet_outlives_an_outage_of_the_database(t *testing.T) {
	t.Parallel()
	srv, err := dbtest.Postgres("15")
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	f := newFleet(t, 2, "--dsn", databaseIn(t, srv))
	ada := f.person()
	ada.signUp("ada@example.org")
	if err := srv.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.nodes {
		eventually(t, func() error {
			if status, body := n.probe("/readyz"); status != http.StatusServiceUnavailable {
				return fmt.Errorf("%s: /readyz is %d %s", n.name, status, body)
			}
			return nil
		})
		if status, _ := n.probe("/livez"); status != http.StatusOK {
			t.Errorf("%s: /livez is %d", n.name, status)
		}
		ada.at(n).open("/auth/account").on("/auth/account", http.StatusServiceUnavailable)
		if set := ada.header.Values("Set-Cookie"); len(set) > 0 {
			t.Errorf("%s: an outage sets %q", n.name, set)
		}
	}
	late := f.node(f.args...)
	late.launch()
	<-late.over
	late.wantRefusal(3, "cannot be used", "cure: add --dsn 'postgres://USER@HOST/DATABASE?sslmode=verify-full'")
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.nodes {
		eventually(t, func() error {
			if status, body := n.probe("/readyz"); status != http.StatusOK {
				return fmt.Errorf("%s: /readyz is %d %s", n.name, status, body)
			}
			return nil
		})
		ada.at(n).signedIn()
	}
	late.start()
	ada.at(late).signedIn()
}
