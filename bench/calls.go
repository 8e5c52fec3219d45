package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest/fault"
)

const (
	nameBegin = "BeginLogin"
	nameLast  = "the last VerifyFactor"
)

// callsContest is how often the two halves of a login ask a store; each call is one
// round trip or one transaction, so that this is what a login takes elsewhere.
func callsContest() Contest {
	entry := func(name string) Entry {
		return Entry{Name: name, Make: func(string) (Subject, error) { return newCalls(name) }}
	}
	return Contest{
		Name: "calls", Title: "Calls of the stores in a login",
		Entries: []Entry{entry(nameBegin), entry(nameLast)},
		Bars:    []Bar{{Entry: nameBegin, Calls: 4}, {Entry: nameLast, Calls: 6}},
	}
}

// calls signs in and counts in one of the two halves.
type calls struct {
	page
	auth   *axess.Axess
	faults *fault.Faults
	half   string
	seen   []string
	failed error
}

func newCalls(half string) (*calls, error) {
	c := &calls{faults: fault.New(memory.New(memory.Config{}).Stores()), half: half}
	sent := make(postbox, 8)
	var err error
	c.auth, err = axess.New(context.Background(), axess.Config{
		// Time stands still, so that no job asks in between.
		Origin: pagesOrigin, Stores: c.faults.Stores(), Mail: sent, Clock: clock.NewFake(time.Now()), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", c.auth.Pages())
	mux.Handle("/", c.auth.Home())
	mux.HandleFunc("GET /login", c.login)
	c.handler = c.auth.Handler(mux)
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c.client = &http.Client{Transport: direct{c.handler}, Jar: jar}
	if err := c.signUp(sent); err != nil {
		return nil, err
	}
	c.client.Jar, err = cookiejar.New(nil)
	return c, err
}

// login is a program's own sign-in, by the verbs.
func (c *calls) login(_ http.ResponseWriter, r *http.Request) {
	s, err := session.From(r.Context())
	if err != nil {
		c.failed = err
		return
	}
	c.faults.Reset()
	_, err = c.auth.Authn().BeginLogin(r.Context(), s, authn.LoginRequest{Identifier: "ada@example.org", Switch: true})
	if err != nil {
		c.failed = err
		return
	}
	begun := c.asked()
	out, err := c.auth.Authn().VerifyFactor(r.Context(), s, authn.Password{Secret: seal.NewSecret([]byte("nine purple ducks cross the road"))})
	if err != nil {
		c.failed = err
		return
	}
	if _, ok := out.(authn.Completed); !ok {
		c.failed = fmt.Errorf("the password led to %T", out)
		return
	}
	if c.seen = begun; c.half == nameLast {
		c.seen = c.asked()
	}
}

// asked are the calls since the last time; what a job takes from an outbox is not of
// a login.
func (c *calls) asked() (verbs []string) {
	for _, call := range c.faults.Calls() {
		if !strings.HasPrefix(call.Verb, "outbox.") && !strings.HasPrefix(call.Verb, "audit.") {
			verbs = append(verbs, call.Verb)
		}
	}
	c.faults.Reset()
	return verbs
}

func (c *calls) Check() error {
	if _, err := c.send(http.MethodGet, "/login", nil); err != nil {
		return err
	}
	if c.failed == nil && len(c.seen) == 0 {
		return errors.New("no call was seen")
	}
	return c.failed
}

func (c *calls) Measure() (Sample, error) {
	began := time.Now()
	err := c.Check()
	return Sample{Nanoseconds: float64(time.Since(began)), Calls: int64(len(c.seen))}, err
}
