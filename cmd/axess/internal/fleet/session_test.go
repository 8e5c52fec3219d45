//go:build linux

package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// rounds is how often an end is measured.
const rounds = 12

// answer is one to a request for a page that only people who are signed in see.
type answer struct {
	node             string
	asked, came      time.Time
	signedIn, denied bool
	status           int
}

// watch asks a node for the account page over and over, with the cookies that the
// browser has now, until it is not signed in any more.
func (p *person) watch(ctx context.Context, n *node) ([]answer, error) {
	cookies := p.cookies()
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	var list []answer
	for {
		req, err := n.accountWith(ctx, cookies)
		if err != nil {
			return list, err
		}
		a := answer{node: n.name, asked: time.Now()}
		res, err := client.Do(req)
		if err != nil {
			return list, err
		}
		a.came = time.Now()
		if err := res.Body.Close(); err != nil {
			return list, err
		}
		a.status = res.StatusCode
		a.signedIn, a.denied = res.StatusCode == http.StatusOK, res.StatusCode == http.StatusSeeOther || res.StatusCode == http.StatusUnauthorized
		if list = append(list, a); !a.signedIn {
			return list, nil
		}
	}
}

// ended has several nodes asked while a session of the browser's is ended, and
// returns how long after the answer to that the last of them still took the cookie:
// 0 when every request that was asked from then on is refused.
func (p *person) ended(end func(), nodes ...*node) (late time.Duration) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), patience)
	defer cancel()
	type seen struct {
		list []answer
		err  error
	}
	all := make(chan seen, len(nodes))
	for _, n := range nodes {
		go func() {
			list, err := p.watch(ctx, n)
			all <- seen{list, err}
		}()
	}
	end()
	acknowledged := time.Now()
	for range nodes {
		s := <-all
		if s.err != nil {
			p.t.Fatal(s.err)
		}
		for _, a := range s.list {
			switch {
			case !a.signedIn && !a.denied:
				p.t.Errorf("%s answers neither yes nor no but %d", a.node, a.status)
			case a.signedIn && a.asked.After(acknowledged):
				late = max(late, a.came.Sub(acknowledged))
			}
		}
	}
	return late
}

// measured prints the quantiles of times.
func measured(t *testing.T, what string, times []time.Duration) {
	t.Helper()
	slices.Sort(times)
	t.Logf("%s: %d times, median %v, longest %v", what, len(times), times[len(times)/2].Round(10*time.Microsecond), times[len(times)-1].Round(10*time.Microsecond))
}

// SES-198, SES-208 at several processes: who is signed in on one server is so on the
// others, and what one of them ends is refused by the others from the next request on.
func TestFleet_ends_a_session_everywhere(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		a, b, c := f.nodes[0], f.nodes[1], f.nodes[2]
		ada := f.person()
		ada.at(a).signUp("ada@example.org").signedIn()
		ada.at(b).signedIn()
		ada.at(c).signedIn()
		phone := f.person()
		phone.at(b).signIn("ada@example.org").on("/", 200)
		var late, took []time.Duration
		for i := range rounds {
			if i > 0 {
				ada.at(a).signIn("ada@example.org").on("/", 200)
			}
			phone.at(b).open("/auth/account/sessions").on("/auth/account/sessions", 200)
			target, fields := phone.form("/end")
			began := time.Now()
			late = append(late, ada.ended(func() { phone.send(http.MethodPost, target, fields).on("/auth/account/sessions", 200) }, a, c))
			took = append(took, time.Since(began))
			ada.at(a).signedOut()
			ada.at(c).signedOut()
		}
		measured(t, "a session ended on B was taken by A or C after the answer for", late)
		measured(t, "from the click on B until A and C have refused", took)
		if longest := slices.Max(late); longest > f.bound() {
			t.Errorf("an ended session is taken for another %v", longest)
		}
		phone.at(c).signedIn()
	}, valkeyCluster(), mysqlOfOracle())
}

// SES-196, AUN-090: one raise of the epoch ends every session of a person on every
// server at once.
func TestFleet_signs_out_everywhere(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		ada, phone := f.person(), f.person()
		ada.at(f.nodes[0]).signUp("ada@example.org")
		var late []time.Duration
		for i := range rounds {
			if i > 0 {
				ada.at(f.nodes[0]).signIn("ada@example.org").on("/", 200)
			}
			phone.at(f.nodes[1]).signIn("ada@example.org").on("/", 200)
			late = append(late, ada.ended(func() {
				phone.open("/auth/sign-out").submit("/auth/sign-out", map[string]string{"scope": "all"}).on("/auth/sign-out", 200)
			}, f.nodes[0], f.nodes[2]))
			phone.at(f.nodes[2]).signedOut()
		}
		measured(t, "all sessions ended on B, one was taken by A or C after the answer for", late)
		if longest := slices.Max(late); longest > f.bound() {
			t.Errorf("an ended session is taken for another %v", longest)
		}
	})
}

// A flow belongs to the browser and not to a server: its steps may go to any.
// SES-001
func TestFleet_finishes_anywhere_what_began_elsewhere(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		a, b, c := f.nodes[0], f.nodes[1], f.nodes[2]
		ada := f.person()
		before := len(f.mailed())
		ada.at(a).open("/auth/sign-up").at(b).
			submit("/auth/sign-up", map[string]string{"email": "ada@example.org", "name": "Ada", "password": password}).on("/auth/sign-up/sent", 200)
		eventually(t, func() error {
			if len(f.mailed()) == before {
				return errors.New("no mail arrives")
			}
			return nil
		})
		ada.at(c).open(f.mailed()[before]).on("/auth/verify", 200).at(a).submit("/auth/verify", nil).on("/", 200)
		if n := len(f.mailed()); n != before+1 {
			t.Errorf("%d mails for one sign-up: more than one server delivers it", n-before)
		}
		show := ada.at(b).open("/auth/account/factors/totp").app()
		ada.at(c).submit("/auth/account/factors/totp", map[string]string{"code": show(0), "label": "Phone"}).on("/auth/recovery-codes", 200)
		phone := f.person()
		phone.at(a).open("/auth/sign-in").at(b).
			submit("/auth/sign-in", map[string]string{"identifier": "ada@example.org", "password": password}).on("/auth/factor/totp", 200)
		phone.at(c).submit("/auth/factor/totp", map[string]string{"code": show(1)}).on("/", 200)
		phone.at(a).signedIn()
		// A code is spent on all of them.
		thief := f.person()
		thief.at(a).signIn("ada@example.org").on("/auth/factor/totp", 200).at(b).submit("/auth/factor/totp", map[string]string{"code": show(1)}).on("/auth/factor/totp", 401)
	})
}

// AUN-044 at several processes: 64 guesses at once, from 64 addresses and spread
// over three servers, take from one allowance.
func TestFleet_guesses_take_from_one_allowance(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		f.person().signUp("ada@example.org")
		guessers := make([]*person, 64)
		for i := range guessers {
			guessers[i] = f.person(fmt.Sprintf("127.3.0.%d", i+1)).at(f.nodes[i%len(f.nodes)])
			guessers[i].open("/auth/sign-in").on("/auth/sign-in", 200)
		}
		statuses, start := make(chan int, len(guessers)), make(chan struct{})
		for _, g := range guessers {
			target, fields := g.form("/auth/sign-in")
			fields.Set("identifier", "ada@example.org")
			fields.Set("password", "a wrong password altogether")
			go func() {
				<-start
				// A machine that is busy says so before anything is charged, and so is asked
				// again, as a guesser would.
				for g.status = http.StatusServiceUnavailable; g.status == http.StatusServiceUnavailable; {
					if err := g.try(http.MethodPost, target, fields); err != nil {
						t.Errorf("%s: %v", g.node.name, err)
						break
					}
				}
				statuses <- g.status
			}()
		}
		close(start)
		got := map[int]int{}
		for range guessers {
			got[<-statuses]++
		}
		if got[http.StatusUnauthorized] != 5 || got[http.StatusTooManyRequests] != 59 {
			t.Errorf("answers %v: five guesses are allowed, and all others are not made", got)
		}
		for _, n := range f.nodes {
			f.person("127.3.1.1").at(n).signIn("ada@example.org").on("/auth/sign-in", http.StatusTooManyRequests)
		}
	}, mysqlOfOracle())
}

// PRD-060, PRD-062 at several processes: each start voids the links before it, and
// of claims on three servers at once one makes the administrator.
func TestFleet_has_one_first_administrator(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		f.nodes[1].stop()
		f.nodes[1].start() // the last to mint a link, whoever was before
		links := claimLink.FindAllString(f.nodes[1].logs.String(), -1)
		live := links[len(links)-1]
		for _, n := range f.nodes {
			for _, link := range claimLink.FindAllString(n.logs.String(), -1) {
				if link != live {
					f.person().at(n).open(link).on("/auth/activate", 404)
				}
			}
		}
		claimants := make([]*person, 9)
		for i := range claimants {
			p := f.person()
			claimants[i] = p
			p.at(f.nodes[i%3]).open(live).on("/auth/activate", 200).at(f.nodes[(i+1)%3]).
				submit("/auth/activate", map[string]string{"email": fmt.Sprintf("boss%d@example.org", i), "name": "Boss", "password": password}).on("/auth/activate", 200)
		}
		won, start := make(chan bool, len(claimants)), make(chan struct{})
		for i, p := range claimants {
			target, fields := p.form("/auth/activate")
			fields.Set("code", p.app()(0))
			p.at(f.nodes[i%3])
			go func() {
				<-start
				if err := p.try(http.MethodPost, target, fields); err != nil {
					t.Error(err)
				}
				won <- p.at1.Path == "/auth/recovery-codes" && strings.Contains(p.body, "You are the administrator")
			}()
		}
		close(start)
		admins := 0
		for range claimants {
			if <-won {
				admins++
			}
		}
		if admins != 1 {
			t.Errorf("%d administrators", admins)
		}
		for _, n := range f.nodes {
			f.person().at(n).open(live).on("/auth/activate", 404)
		}
	})
}
