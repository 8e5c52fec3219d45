package csrf_test

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

func Example() {
	fatal := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	// Keys come from the key file; these are for an example.
	key := func(name string, p seal.Purpose) *seal.Ring {
		m := sha256.Sum256([]byte("axess public test key: " + name))
		r, err := seal.NewRing(p, seal.Key{Master: seal.NewSecret(m[:]), State: seal.Primary})
		fatal(err)
		return r
	}
	keys := seal.Keys{Cookie: key("cookie", seal.Cookie), Session: key("session", seal.Session)}
	src, log := entropy.System(), slog.New(slog.DiscardHandler)

	sessions, err := session.New(session.Config{
		Store: memory.New(memory.Config{}).Stores().Session, Keys: keys, Entropy: src,
		Clock: clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), Logger: log,
	})
	fatal(err)
	guard, err := csrf.New(csrf.Config{Keys: keys, Entropy: src, Logger: log})
	fatal(err)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<form method="post">%s</form>`, csrf.Field(r.Context()))
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "changed") })
	handler := guard.Origin(sessions.Wrap(guard.Token(mux)))

	page := httptest.NewRecorder()
	handler.ServeHTTP(page, httptest.NewRequest("GET", "/form", nil))

	post := func(token string) {
		r := httptest.NewRequest("POST", "/form", nil)
		r.Header.Set(csrf.Header, token)
		for _, c := range page.Result().Cookies() {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	_, token, _ := strings.Cut(page.Body.String(), `value="`)
	token, _, _ = strings.Cut(token, `"`)
	post(token)
	post("guessed")
	// Output:
	// 200
	// 403
}

func ExampleToken() {
	// For a script: the page carries the token where the script finds it, and the
	// script sends it in the header csrf.Header.
	page := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<meta name="csrf" content="%s">`, csrf.Token(r.Context()))
	}
	w := httptest.NewRecorder()
	page(w, httptest.NewRequest("GET", "/", nil)) // outside of the layers: empty
	fmt.Println(w.Body)
	// Output: <meta name="csrf" content="">
}

func ExampleMultipart() {
	// The form puts {{.CSRF}} before <input type="file">, so 4 KiB are enough.
	uploads := []csrf.Upload{csrf.Multipart("POST /avatar", 4<<10)}
	fmt.Println(csrf.CheckUploads(uploads))
	fmt.Println(csrf.CheckUploads([]csrf.Upload{csrf.Multipart("POST /avatar", 0)}))
	// Output:
	// <nil>
	// Uploads[0]: "POST /avatar": limit not between 1 KiB and 32 MiB
}
