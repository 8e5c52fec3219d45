package session_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

var visits = session.NewKey[int]("example.visits")

func newManager() *session.Manager {
	rings, err := keys.Ephemeral(entropy.System()).Load(context.Background())
	if err != nil {
		panic(err)
	}
	m, err := session.New(session.Config{
		Store:   memory.New(memory.Config{}).Stores().Session,
		Keys:    rings,
		Clock:   clock.System(),
		Entropy: entropy.System(),
	})
	if err != nil {
		panic(err)
	}
	return m
}

// serve answers one request that brings the cookies of the answer before.
func serve(h http.Handler, before *http.Response) *http.Response {
	r := httptest.NewRequest("GET", "/", nil)
	if before != nil {
		for _, c := range before.Cookies() {
			r.AddCookie(c)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func ExampleNew() {
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		n, _, _ := visits.Get(s)
		fmt.Println("visit", n+1)
		if err := visits.Set(s, n+1); err != nil {
			panic(err)
		}
	}))
	first := serve(h, nil)
	serve(h, first)
	// Output:
	// visit 1
	// visit 2
}

func ExampleKey_Consume() {
	nonce := session.NewKey[string]("example.nonce")
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := session.From(r.Context())
		if _, ok, _ := nonce.Get(s); !ok {
			_ = nonce.Set(s, "only once")
			return
		}
		v, err := nonce.Consume(r.Context(), s)
		fmt.Println(v, err)
		_, err = nonce.Consume(r.Context(), s)
		fmt.Println(err)
	}))
	serve(h, serve(h, nil))
	// Output:
	// only once <nil>
	// session: value already consumed
}

// Package authn makes such moves; applications cannot.
func ExampleSession_Transition() {
	m, src := newManager(), entropy.System()
	who := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	h := m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := session.From(r.Context())
		switch a := s.State().(type) {
		case session.Authenticated:
			fmt.Println(a.DisplayName(), "is signed in")
			fmt.Println("logout:", s.Logout(r.Context()))
		case session.Guest, session.Identifying, session.Authenticating, session.PendingWorkflow:
			now := clock.System().Now()
			_, err := s.Transition(r.Context(), machine.Adopt{Login: machine.LoginData{
				Subject: who, AuthTime: now, Origin: machine.OriginFederated, Login: identity.NewLoginID(src),
				Evidence: []identity.Evidence{{Kind: "oidc", At: now}},
				Profile:  machine.Profile{DisplayName: "Ada"},
			}}, session.Commit{})
			fmt.Println("login:", err)
		}
	}))
	in := serve(h, nil)
	infos, err := m.Sessions(context.Background(), who, session.Ref{}, 10)
	fmt.Println(len(infos), "session", err)
	serve(h, in)
	// Output:
	// login: <nil>
	// 1 session <nil>
	// Ada is signed in
	// logout: <nil>
}

func ExampleManager_InvalidateUser() {
	m, src := newManager(), entropy.System()
	who := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	// One write ends every session of the person, everywhere.
	fmt.Println(m.InvalidateUser(context.Background(), who))
	epochs, err := m.Epochs(context.Background(), who)
	fmt.Println(epochs.User, err)
	// Output:
	// <nil>
	// 1 <nil>
}

func ExampleOptional() {
	m := newManager()
	mux := http.NewServeMux()
	mux.Handle("GET /", session.Optional(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := session.From(r.Context())
		fmt.Println("answered, store out:", s.View().Degraded)
	})))
	serve(m.Wrap(mux), nil)
	// Output: answered, store out: false
}

func ExampleTimeouts() {
	t := session.AAL2()
	t.Grace = session.WithoutGrace
	fmt.Println(t.Idle, t.Absolute, t.Grace < 0, time.Duration(0) == t.Touch)
	// Output: 1h0m0s 24h0m0s true true
}

func ExampleManager_Reseal() {
	m := newManager()
	// A job calls it until nothing is left to do.
	for {
		done, err := m.Reseal(context.Background(), 200)
		if err != nil {
			fmt.Println(err)
			return
		}
		if done.Rewritten < 200 {
			fmt.Println("left under old keys:", len(done.Remaining))
			return
		}
	}
	// Output: left under old keys: 0
}
