//go:build linux

package fleet

import (
	"fmt"
	"net/http"
	"testing"
)

// A rolling restart keeps sign-ins, and so does a server that is killed: its data
// directory is free for the next one, and what it had begun others see whole or not
// at all. OPS-031, PRD-071, CLI-005
func TestFleet_restarts(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
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

// outages are the ways in which a site can lose what it keeps things in.
func outages(t testing.TB) map[string]func() (stored, machine) {
	on := func(s *server) func() (stored, machine) {
		return func() (stored, machine) {
			own := s.alone(t)
			return stored{dsn: own.empty(t)}, own
		}
	}
	return map[string]func() (stored, machine){
		"postgres": on(postgres), "mariadb": on(mariadb), "valkey": on(valkey),
		"sessions in valkey": func() (stored, machine) {
			own := valkey.alone(t)
			return stored{postgres.empty(t), own.empty(t)}, own
		},
		"accounts in postgres": func() (stored, machine) {
			own := postgres.alone(t)
			return stored{own.empty(t), valkey.empty(t)}, own
		},
	}
}

// While a store is away nobody is signed out and nothing is pretended: 503 with
// Retry-After (the scan of each answer wants it), not ready and alive; afterwards all
// goes on without a restart, as it was acknowledged. A server that starts meanwhile is
// refused with exit code 3. STO-003, OPS-030, CLI-024
func TestFleet_outlives_an_outage(t *testing.T) {
	t.Parallel()
	for name := range outages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, srv := outages(t)[name]()
			outlives(t, newFleet(t, 2, kept), srv)
		})
	}
}

func outlives(t *testing.T, f *fleet, srv machine) {
	t.Helper()
	ada, gone := f.person(), f.person()
	ada.signUp("ada@example.org")
	gone.signIn("ada@example.org").on("/", 200)
	old := gone.cookies()
	gone.open("/auth/sign-out").submit("/auth/sign-out", map[string]string{"scope": "this"}).on("/auth/sign-out", 200)
	if err := srv.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.nodes {
		n.awaitReady(http.StatusServiceUnavailable)
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
	late.wantRefusal(3, "cannot be used", "cure: add --")
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.nodes {
		n.awaitReady(http.StatusOK)
		ada.at(n).signedIn()
		if n.takes(old) {
			t.Errorf("%s: a session that was ended before the outage is taken after it", n.name)
		}
	}
	late.start()
	ada.at(late).signedIn()
}
