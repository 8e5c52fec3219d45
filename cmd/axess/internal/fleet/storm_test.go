//go:build linux

package fleet

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// storm is people who sign in and out on all servers while something dies.
type storm struct {
	f     *fleet
	mu    sync.Mutex
	over  [][]*http.Cookie // of sessions whose end was acknowledged
	stays [][]*http.Cookie // of sessions that were acknowledged and that nobody has ended
	acked atomic.Int64
}

// errUnknown is an answer that says nothing about what happened.
var errUnknown = errors.New("no answer that counts")

// step sends a form and wants to be at a page afterwards.
func (p *person) step(path, action string, fields map[string]string, at string) error {
	if err := p.try(http.MethodGet, path, nil); err != nil {
		return err
	}
	target, values := p.form(action)
	if p.status != http.StatusOK || values == nil {
		return errUnknown
	}
	for k, v := range fields {
		values.Set(k, v)
	}
	if err := p.try(http.MethodPost, target, values); err != nil {
		return err
	}
	if p.status != http.StatusOK || p.at1.Path != at {
		return errUnknown
	}
	return nil
}

// rage has a person sign in on one server and out on another until stop.
func (s *storm) rage(p *person, email string, first int, stop *atomic.Bool) {
	nodes := s.f.nodes
	in := false
	for i := first; !stop.Load(); i++ {
		if !in {
			p.forget()
			p.at(nodes[i%len(nodes)])
			in = p.step("/auth/sign-in", "/auth/sign-in", map[string]string{"identifier": email, "password": password}, "/") == nil
			continue
		}
		had := p.cookies()
		if err := p.at(nodes[i%len(nodes)]).step("/auth/sign-out", "/auth/sign-out", map[string]string{"scope": "this"}, "/auth/sign-out"); err == nil {
			s.mu.Lock()
			s.over = append(s.over, had)
			s.mu.Unlock()
			s.acked.Add(1)
		}
		in = false // an end that was not acknowledged may have been one
	}
	if in {
		s.mu.Lock()
		s.stays = append(s.stays, p.cookies())
		s.mu.Unlock()
	}
}

// brew has people at work, calls harm in the middle of it, and afterwards wants what
// was acknowledged to be so, on each server.
func brew(t *testing.T, f *fleet, harm func()) {
	t.Helper()
	const crowd = 6
	s := &storm{f: f}
	people := make([]*person, crowd)
	for i := range people {
		people[i] = f.person().at(f.nodes[i%len(f.nodes)])
		people[i].signUp(fmt.Sprintf("p%d@example.org", i))
	}
	var stop atomic.Bool
	var done sync.WaitGroup
	for i, p := range people {
		done.Go(func() { s.rage(p, fmt.Sprintf("p%d@example.org", i), i, &stop) })
	}
	some := func(more int64) {
		t.Helper()
		until := s.acked.Load() + more
		eventually(t, func() error {
			if n := s.acked.Load(); n < until {
				return fmt.Errorf("%d of %d sign-outs", n, until)
			}
			return nil
		})
	}
	some(2 * crowd)
	harm()
	some(2 * crowd)
	stop.Store(true)
	done.Wait()
	for _, n := range f.nodes {
		n.awaitReady(http.StatusOK)
		for _, cookies := range s.over {
			if n.takes(cookies) {
				t.Errorf("%s takes a session whose end was acknowledged", n.name)
			}
		}
		for _, cookies := range s.stays {
			if !n.takes(cookies) {
				t.Errorf("%s does not take a session that nobody has ended", n.name)
			}
		}
	}
	t.Logf("%d ends acknowledged, %d sessions left", len(s.over), len(s.stays))
}

// forget empties the browser.
func (p *person) forget() {
	jar := p.client.Jar
	u := &url.URL{Scheme: "http", Host: "localhost:8080", Path: "/"}
	var gone []*http.Cookie
	for _, c := range jar.Cookies(u) {
		gone = append(gone, &http.Cookie{Name: c.Name, Path: "/", MaxAge: -1})
	}
	jar.SetCookies(u, gone)
}

// OPS-031, STO-003: a server that is killed in the middle of sign-ins and sign-outs
// takes back nothing that it or another has acknowledged.
func TestFleet_loses_nothing_with_a_server(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		brew(t, f, func() {
			f.nodes[2].kill()
			f.nodes[2].start()
		})
	})
}

// SES-208, STO-061, OPS-031: nor does a store that is killed, and started again with
// what it has on disk.
func TestFleet_loses_nothing_with_a_store(t *testing.T) {
	t.Parallel()
	for name := range outages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, srv := outages(t)[name]()
			brew(t, newFleet(t, 3, kept), func() {
				if err := srv.Kill(); err != nil {
					t.Error(err)
				}
				if err := srv.Start(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
