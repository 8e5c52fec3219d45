package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-091: how fast the whole product runs in the simulator, everything looked at. Rates
// are by processor time; GOMAXPROCS=1 has the collector's work done by the same one.
func BenchmarkSwitches(b *testing.B) {
	for name, faults := range map[string]Faults{"calm": {}, "default": Default()} {
		b.Run(name, func(b *testing.B) {
			steps, signIns, began := 0, 0, cpu(b)
			for seed := 0; steps < b.N; seed++ {
				r := Run(Config{Seed: uint64(seed), Faults: faults, Steps: 20_000})
				if r.Broken() {
					b.Fatal(r.Story())
				}
				steps += r.Steps
				signIns += r.Counts.SignIns
			}
			spent := (cpu(b) - began).Seconds()
			b.ReportMetric(float64(steps)/spent, "switches/s")
			b.ReportMetric(float64(signIns)/spent, "sign-ins/s")
		})
	}
}

// SIM-091: sign-ins with a password and a code, from the empty browser to the page that
// says who asks: five requests, each sent once. A crowd signs in one after another, as
// fast as its codes change; somebody alone pays for the half minute in which three
// servers do what they do without being asked.
func BenchmarkLogins(b *testing.B) {
	for name, people := range map[string]int{"crowd": 64, "alone": 1} {
		b.Run(name, func(b *testing.B) { logins(b, people) })
	}
}

func logins(b *testing.B, people int) {
	w := newWorld(Config{Seed: 1, Strategy: coro.FIFO()})
	b.Cleanup(w.close)
	ready, done := 0, 0
	var from, requests int
	var began, spent time.Duration
	for i := range people {
		p := w.person(fmt.Sprint("p", i+1), Origin)
		p.start(func(ctx context.Context) {
			addr := fmt.Sprintf("203.0.113.%d:4000", i+1)
			w.outside.Sleep(ctx, time.Duration(i)*period*time.Second/time.Duration(people)) //nolint:errcheck // only time
			home := w.browser(p.name, addr)
			for p.begin() == nil && !p.signUp(ctx, home) {
				w.outside.Sleep(ctx, time.Second) //nolint:errcheck // only time
			}
			for len(p.apps) == 0 {
				p.addApp(ctx, home)
			}
			p.signOut(ctx, home)
			if ready++; ready == people {
				from, requests = w.coro.Steps(), w.ghost.counts.Requests
				b.ResetTimer()
				began = cpu(b)
			}
			for p.begin() == nil {
				w.outside.Sleep(ctx, period*time.Second) //nolint:errcheck // the next code
				if ready < people {
					continue
				}
				if !p.logIn(ctx, w.browser(p.name, addr)) {
					w.coro.Report(fmt.Errorf("sim: %s cannot sign in", p.name))
				}
				if done++; done == b.N {
					b.StopTimer()
					spent = cpu(b) - began
					w.coro.Report(errDone)
				}
			}
		})
	}
	w.coro.Run(coro.Limits{})
	if f := w.coro.Findings(); len(f) != 1 || done != b.N {
		b.Fatal(done, f)
	}
	b.ReportMetric(float64(done)/spent.Seconds(), "logins/s")
	b.ReportMetric(float64(w.coro.Steps()-from)/spent.Seconds(), "switches/s")
	b.ReportMetric(float64(w.coro.Steps()-from)/float64(done), "switches/login")
	b.ReportMetric(float64(w.ghost.counts.Requests-requests)/float64(done), "requests/login")
}

// logIn signs in without any of what people do beside it.
func (p *person) logIn(ctx context.Context, b *browser) bool {
	began := p.w.coro.Steps()
	b.open(ctx, "/auth/sign-in")
	a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {p.password}})
	b.follow(ctx, a)
	phone := p.apps[0]
	phone.shown = p.reads()
	a = b.submit(ctx, "/auth/factor/totp", url.Values{"code": {phone.code(phone.shown)}})
	if a.Code != http.StatusSeeOther || a.location() != "/" {
		return false
	}
	p.w.ghost.counts.SignIns++
	p.w.ghost.signedIn(p, b, began)
	p.look(ctx, b)
	return b.login != nil
}

// errDone ends a world that would go on.
var errDone = errors.New("sim: done")
