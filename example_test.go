package axess_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/memory"
)

// startProgram is what every example needs: a program in development.
func startProgram() *axess.Axess {
	auth, err := axess.New(context.Background(), axess.Config{
		Origin: "http://localhost:8080",
		Stores: memory.New(memory.Config{}).Stores(),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	return auth
}

// visit is a browser on this machine without a session.
func visit(h http.Handler, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, http.NoBody)
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ExampleNew() {
	ctx := context.Background()
	auth, err := axess.New(ctx, axess.Config{
		Origin: "http://localhost:8080",
		Stores: memory.New(memory.Config{}).Stores(),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := auth.Close(ctx); err != nil {
			fmt.Println(err)
		}
	}()
	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	fmt.Println(visit(auth.Handler(mux), "/auth/sign-in").Code)
	// Output: 200
}

// A configuration that is wrong says everything that is, and how to cure it.
func ExampleConfigError() {
	_, err := axess.New(context.Background(), axess.Config{
		Origin: "https://app.example.com",
		Stores: memory.New(memory.Config{}).Stores(), SingleNode: "a demonstration",
		SignUp: axess.SignUpClosed,
	})
	fmt.Println(err)
	// Output:
	// axess: configuration refused
	//   Keys: keys that are made at each start would sign everyone out, and open nothing that was stored [keys_missing]
	//     cure: make a file once with go run github.com/axess-go/axess/cmd/axess keys init --out axess.keys, then set Keys: keys.File("axess.keys")
	//   Mail: sign-ups and changed factors are told by mail; only development shows them instead [mail_missing]
	//     cure: set Mail to a mail.Sender that delivers, such as that of package mail/smtp
}

func ExampleAxess_RequireAuthn() {
	auth := startProgram()
	defer auth.Close(context.Background())

	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	// The third parameter is the proof. Without the guard this is no http.Handler
	// and does not compile.
	mux.Handle("GET /notes", auth.RequireAuthn(func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s", who.DisplayName())
	}))

	w := visit(auth.Handler(mux), "/notes?page=2")
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /auth/sign-in?next=%2Fnotes%3Fpage%3D2
}

func ExampleAxess_RequireAdmin() {
	auth := startProgram()
	defer auth.Close(context.Background())

	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	// Whoever looks after accounts sees what a person sees, for a quarter of an hour.
	mux.Handle("POST /help/{person}", auth.RequireAdmin(func(w http.ResponseWriter, r *http.Request, who axess.Administrator) {
		person, err := identity.Parse[identity.UserID](r.PathValue("person"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if who.Impersonate(w, r, person, r.FormValue("reason"), 0) {
			http.Redirect(w, r, "/", http.StatusSeeOther)
		}
	}))
	mux.Handle("GET /help", auth.RequireAdmin(func(w http.ResponseWriter, _ *http.Request, _ axess.Administrator) {}))

	w := visit(auth.Handler(mux), "/help")
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /auth/sign-in?next=%2Fhelp
}

func ExampleAxess_Routes() {
	auth := startProgram()
	defer auth.Close(context.Background())

	rt := auth.Routes() // the pages are in it already
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Authn("GET /notes", func(http.ResponseWriter, *http.Request, axess.Authenticated) {})
	rt.Mount("/files/", http.FileServer(http.Dir("public")))
	for _, r := range rt.Table() {
		fmt.Println(r.Guard, r.Pattern)
	}
	fmt.Println(visit(auth.Handler(rt), "/").Code)
	// Output:
	// mount /files/
	// authn GET /notes
	// public GET /{$}
	// 200
}

// This blocks until Ctrl-C, so it is compiled and not run.
func ExampleListenAndServe() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	auth := startProgram()
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	if err := axess.ListenAndServe(ctx, "localhost:8080", auth, rt); err != nil {
		fmt.Println(err)
	}
}

func ExampleFromContext() {
	auth := startProgram()
	defer auth.Close(context.Background())
	greet := func(ctx context.Context) string {
		if who, ok := axess.FromContext(ctx); ok {
			return "hello " + who.DisplayName()
		}
		return "hello stranger"
	}
	rt := auth.Routes()
	rt.Public("GET /greet", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, greet(r.Context())) })
	fmt.Println(visit(auth.Handler(rt), "/greet").Body)
	// Output: hello stranger
}

// While there is no administrator, a link makes one. Show it to the operator
// alone; a fresh one voids the one before.
func ExampleAxess_ClaimLink() {
	ctx := context.Background()
	auth := startProgram()
	defer auth.Close(ctx)
	link, err := auth.ClaimLink(ctx)
	page, _, _ := strings.Cut(link, "?token=")
	fmt.Println(page, err)
	// Output: http://localhost:8080/auth/activate <nil>
}
