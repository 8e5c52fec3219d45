package pages

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/ui"
)

// UIX-004: a form whose answer leads to another origin arrives there if that
// origin is registered for its flow, and is stopped by the browser if not.
func TestReturn_to_another_origin(t *testing.T) {
	t.Parallel()
	r, err := ui.NewRenderer(ui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if _, err := w.Write([]byte(`<!doctype html><html lang=en><title>app</title><link rel=icon href=data:,><p>back in the app</p>`)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(app.Close) // http://127.0.0.1:…
	registered, err := ui.ReturnPolicy(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	posts := make(chan string, 8)
	mux := http.NewServeMux()
	mux.Handle("/auth/assets/", r.Assets())
	page := func(policy string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			if err := r.Render(w, ui.SignInPage{Frame: ui.Frame{CSRF: "token"}}); err != nil {
				t.Error(err)
			}
		}
	}
	mux.HandleFunc("GET /registered", page(registered))
	mux.HandleFunc("GET /unregistered", page(ui.ContentSecurityPolicy))
	mux.HandleFunc("POST /auth/sign-in", func(w http.ResponseWriter, r *http.Request) {
		posts <- r.Referer()
		http.Redirect(w, r, app.URL+"/back", http.StatusSeeOther)
	})
	own := httptest.NewServer(mux)
	t.Cleanup(own.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(own.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://localhost:" + port // another host name than the app's

	b := shared.Start(t).Open("return")
	b.Go(origin + "/registered")
	b.Press("Sign in")
	b.WaitText("back in the app")
	if got := b.Value("location.origin"); got != app.URL {
		t.Errorf("arrived at %s", got)
	}
	<-posts

	b.Go(origin + "/unregistered")
	b.Press("Sign in")
	<-posts // the form itself is of this origin and is sent
	stopped := func() bool {
		for _, c := range b.Complaints() {
			if strings.Contains(c, "form-action") {
				return true
			}
		}
		return false
	}
	for last := time.Now().Add(20 * time.Second); !stopped() && time.Now().Before(last); {
		b.Text()
	}
	heard := stopped()
	b.Expect("form-action")
	if !heard || b.Has("back in the app") || b.Path() != "/unregistered" {
		t.Errorf("the browser let an origin pass that is not registered: at %s", b.Path())
	}
}
