package axess_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/health"
	"github.com/axess-go/axess/store/memory"
)

// Serve takes a listener that exists: one of systemd, or a port that a test was
// given. It returns when its context ends, after open requests have been answered.
func ExampleServe() {
	auth := startProgram()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // as Ctrl-C would
	fmt.Println(axess.Serve(ctx, ln, auth, auth.Routes()))
	// Output: <nil>
}

// Links to the pages are built by the program, and can lead back.
func ExampleNext() {
	auth := startProgram()
	defer auth.Close(context.Background())
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/notes?page=2", http.NoBody)
	fmt.Println(auth.URL(axess.PageSignIn, axess.Next(r)))
	fmt.Println(auth.URL(axess.PageSessions, nil))
	// Output:
	// /auth/sign-in?next=%2Fnotes%3Fpage%3D2
	// /auth/account/sessions
}

// A page for everybody that greets those who are signed in.
func ExampleAxess_Optional() {
	auth := startProgram()
	defer auth.Close(context.Background())
	mux := http.NewServeMux()
	mux.Handle("GET /", auth.Optional(func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated, signedIn bool) {
		if signedIn {
			fmt.Fprintf(w, "Hello, %s", who.DisplayName())
			return
		}
		fmt.Fprint(w, "Hello, stranger")
	}))
	fmt.Println(visit(auth.Handler(mux), "/").Body)
	// Output: Hello, stranger
}

// A page of one's own for the middle of a sign-in.
func ExampleAxess_RequirePartialAuthn() {
	auth := startProgram()
	defer auth.Close(context.Background())
	mux := http.NewServeMux()
	mux.Handle("GET /step", auth.RequirePartialAuthn(func(w http.ResponseWriter, _ *http.Request, p axess.Partial) {
		fmt.Fprintln(w, p.Method(), len(p.Remaining()), p.Deadline())
	}))
	w := visit(auth.Handler(mux), "/step") // nobody has begun to sign in
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /auth/sign-in?next=%2Fstep
}

// A route that is wrong is an error with its place, and nothing is served.
func ExampleRoutes_Err() {
	auth := startProgram()
	defer auth.Close(context.Background())
	rt := auth.Routes()
	rt.Optional("GET /{$}", func(http.ResponseWriter, *http.Request, axess.Authenticated, bool) {})
	rt.Partial("GET /step", func(http.ResponseWriter, *http.Request, axess.Partial) {})
	fmt.Println(rt.Err())
	rt.Public("GET /auth/mine", http.NotFound)
	fmt.Println(rt.Err() != nil)
	// Output:
	// <nil>
	// true
}

// What New would refuse about the values, without starting anything.
func ExampleConfig_Check() {
	err := axess.Config{Origin: "https://app.example.com", Stores: memory.New(memory.Config{}).Stores()}.Check()
	for _, code := range []axess.ConfigCode{"sign_up_unset", "memory_refused", "origin_invalid"} {
		fmt.Println(string(code), errors.Is(err, code))
	}
	// Output:
	// sign_up_unset true
	// memory_refused true
	// origin_invalid false
}

// What an operator asks a program that runs: would it start again, how are its
// parts, which profile is in force, where is what.
func ExampleAxess_Health() {
	ctx := context.Background()
	auth, err := axess.New(ctx, axess.Config{
		Origin: "http://localhost:8080",
		Stores: memory.New(memory.Config{}).Stores(),
		Health: []health.Check{{Name: "search", Run: func(context.Context) health.Result {
			return health.IsDegraded("the index is two minutes behind")
		}}},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer auth.Close(ctx)
	report := auth.Health(ctx)
	fmt.Println(report.Status)
	for _, f := range report.Findings {
		fmt.Println("-", f.Name, f.Status)
	}
	fmt.Println(auth.Check(ctx))
	profile, because := auth.Profile()
	fmt.Println(profile, "because", because)
	fmt.Println(auth.Topology().Ports[0].Port, "on", auth.Topology().Ports[0].Backend)
	// Output:
	// degraded
	// - session healthy
	// - identity healthy
	// - jobs healthy
	// - search degraded
	// <nil>
	// development because every origin is on this machine
	// identity.Admin on memory
}

// A form of the program's own posts the token as _csrf.
func ExampleAxess_CSRF() {
	auth := startProgram()
	defer auth.Close(context.Background())
	rt := auth.Routes()
	rt.Public("GET /feedback", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<form method="post"><input type="hidden" name="_csrf" value="%s">…</form>`, auth.CSRF(r.Context()))
	})
	rt.Public("POST /feedback", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "thank you") })

	r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/feedback", http.NoBody)
	r.RemoteAddr = "127.0.0.1:4711"
	w := httptest.NewRecorder()
	auth.Handler(rt).ServeHTTP(w, r) // another site's form has no token
	fmt.Println(visit(auth.Handler(rt), "/feedback").Code, w.Code)
	// Output: 200 403
}

// Keys that have changed in their place are taken without a restart.
func ExampleAxess_ReloadKeys() {
	ctx := context.Background()
	auth := startProgram()
	defer auth.Close(ctx)
	changed, err := auth.ReloadKeys(ctx)
	fmt.Println(changed, err) // keys of a memory store live as long as the process
	// Output: false <nil>
}
