package httpscan_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
)

// In a test, [httpscan.For] fails it by itself; findings are values for whoever
// wants them otherwise.
func Example() {
	scan := httpscan.New(httpscan.Config{})
	app := scan.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s3cr3t", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, &http.Request{Method: "GET"}, "https://evil.example/", http.StatusSeeOther)
	}))
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost/login?next=https://evil.example/", nil))
	for _, f := range scan.Findings() {
		fmt.Println(f.Rule, "|", f.Where, "|", f.What)
	}
	// Output:
	// cookie_cached | GET /login 303 | sets session with Cache-Control ""
	// redirect | GET /login 303 | leads to "https://evil.example/"
}

// The rules by name, as findings and exceptions say them.
func ExampleRules() {
	fmt.Println(len(httpscan.Rules()) > 10, httpscan.Rules()[0] != "")
	// Output: true true
}

// In a test: what the scanner found fails it when it ends.
func ExampleFor() {
	_ = func(t *testing.T) {
		scan := httpscan.For(t, httpscan.Config{Origins: []string{"https://app.example.com"}})
		srv := httptest.NewServer(scan.Handler(http.NotFoundHandler()))
		defer srv.Close()
		// requests of the test
	}
}
