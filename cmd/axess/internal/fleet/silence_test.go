//go:build linux

package fleet

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/dbtest"
)

// unseen is how long a connection may be dead without being noticed (SES-208).
const unseen = 2 * time.Second

// A Valkey that says nothing, over connections that stay open, is believed for two
// seconds: what a server remembers of sessions ends with that, since nobody would tell
// it of a revocation. It answers 503 then, and goes on when Valkey does. SES-208,
// STO-003
func TestFleet_remembers_nothing_when_Valkey_is_silent(t *testing.T) {
	t.Parallel()
	own := valkey.alone(t)
	redis, ok := own.machine.(*dbtest.RedisServer)
	if !ok {
		t.Fatal("no server that can be silent")
	}
	// The accounts are elsewhere, so that only what is remembered can answer.
	f := newFleet(t, 2, stored{postgres.empty(t), own.empty(t)})
	ada := f.person()
	ada.signUp("ada@example.org").signedIn().at(f.nodes[1]).signedIn()
	cookies := ada.cookies()
	if err := redis.Pause(); err != nil {
		t.Fatal(err)
	}
	last := make(chan time.Duration, len(f.nodes))
	for _, n := range f.nodes {
		go func() { last <- n.believes(cookies, 2*unseen) }()
	}
	for range f.nodes {
		late := <-last
		t.Logf("the last request that took a session out of memory came %v after Valkey fell silent", late.Round(time.Millisecond))
		if late > unseen {
			t.Errorf("somebody is taken for signed in %v after Valkey has fallen silent", late)
		}
	}
	for _, n := range f.nodes {
		n.awaitReady(http.StatusServiceUnavailable)
	}
	if err := redis.Resume(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.nodes {
		n.awaitReady(http.StatusOK)
		ada.at(n).signedIn()
	}
}

// believes asks a node for a page for a time, over and over, and returns
// how late the last request came in that it took cookies for.
//
// The page of the root asks the accounts and the session, and nothing else.
func (n *node) believes(cookies []*http.Cookie, how time.Duration) (last time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(n.t.Context()), how+patience)
	defer cancel()
	way := &http.Transport{DisableKeepAlives: true}
	for began := time.Now(); time.Since(began) < how; {
		req, err := n.requestWith(ctx, "/", cookies)
		if err != nil {
			n.t.Error(err)
			return last
		}
		asked := time.Since(began)
		res, err := way.RoundTrip(req)
		if err != nil {
			n.t.Error(err)
			return last
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			n.t.Error(err)
		}
		switch {
		case res.StatusCode == http.StatusOK && strings.Contains(string(body), "/auth/sign-out"):
			last = asked
		case res.StatusCode == http.StatusServiceUnavailable:
		default:
			n.t.Errorf("%s answers %d: neither that it is so nor that nobody knows\n%s", n.name, res.StatusCode, body)
		}
	}
	return last
}
