package pages

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/ui"
)

// slow serves a sign-in page whose post is answered when the page has said that
// it works.
func slow(t *testing.T) (origin string, posts *atomic.Int32) {
	t.Helper()
	r, err := ui.NewRenderer(ui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	posts = &atomic.Int32{}
	said := make(chan struct{}, 8)
	mux := http.NewServeMux()
	mux.Handle("/auth/assets/", r.Assets())
	mux.HandleFunc("GET /auth/sign-in", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		if err := r.Render(w, ui.SignInPage{Frame: ui.Frame{CSRF: "token"}}); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /auth/sign-in", func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		select {
		case <-said:
		case <-time.After(10 * time.Second): // it never did: what was recorded says so
		}
		http.Redirect(w, r, "/next", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /said", func(http.ResponseWriter, *http.Request) { said <- struct{}{} })
	mux.HandleFunc("GET /next", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if _, err := w.Write([]byte(`<!doctype html><html lang=en><title>t</title><link rel=icon href=data:,><p>next</p>`)); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, posts
}

const (
	button = `document.querySelector("form button.main")`
	form   = `document.querySelector("form")`
	live   = `document.getElementById("live")`
	// A page that is being left answers no questions, so it writes down what it
	// looked like when it began to wait and when it said so.
	recorder = `(() => {
		const form = ` + form + `, button = ` + button + `, live = ` + live + `;
		const look = () => ({ busy: form.getAttribute("aria-busy"), disabled: button.disabled, words: button.textContent, live: live.textContent, at: performance.now() });
		const keep = (name) => sessionStorage.setItem(name, JSON.stringify(look()));
		keep("before");
		form.addEventListener("submit", () => { keep("sent"); setTimeout(() => keep("waiting"), 10); }, { once: true });
		new MutationObserver(() => {
			keep("said");
			form.requestSubmit();
			navigator.sendBeacon("/said");
		}).observe(live, { childList: true, characterData: true, subtree: true });
	})()`
)

// look is what a form looked like.
type look struct {
	Busy     *string
	Disabled bool
	Words    string
	Live     string
	At       float64
}

// UIX-053: while the answer is awaited the form is busy, its button cannot be
// pressed again and keeps its words, and after 400 ms a polite region says so;
// whoever comes back finds the form as it was.
func TestForm_is_busy_until_the_answer(t *testing.T) {
	t.Parallel()
	origin, posts := slow(t)
	b := shared.Start(t).Open("busy")
	b.Go(origin + "/auth/sign-in")
	if b.Value(live+`.getAttribute("role")`) != "status" {
		t.Error("the region is not polite")
	}
	b.Value(recorder)
	b.Press("Sign in")
	b.WaitPath("/next")
	recorded := func(name string) (l look) {
		if err := json.Unmarshal([]byte(b.Value(`sessionStorage.getItem("`+name+`")`)), &l); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return l
	}
	before, sent, waiting, said := recorded("before"), recorded("sent"), recorded("waiting"), recorded("said")
	if before.Busy != nil || before.Disabled || before.Live != "" {
		t.Errorf("before anything happens: %+v", before)
	}
	if waiting.Busy == nil || *waiting.Busy != "true" || !waiting.Disabled || waiting.Words != before.Words || waiting.Live != "" {
		t.Errorf("at once: %+v", waiting)
	}
	if said.Live != "Working…" || said.Words != before.Words || !said.Disabled || said.At-sent.At < 395 {
		t.Errorf("after a while: %+v, %.0f ms later", said, said.At-sent.At)
	}
	if n := posts.Load(); n != 1 {
		t.Errorf("the form was sent %d times", n)
	}

	b.Go(origin + "/auth/sign-in")
	const restored = form + `.getAttribute("aria-busy") === null && !` + button + `.disabled && ` + live + `.textContent === ""`
	// A page that the browser kept alive for the way back is told by pageshow.
	b.Value(form + `.addEventListener("submit", e => e.preventDefault())`)
	b.Value(form + `.requestSubmit()`)
	b.Until("the form is busy again", button+`.disabled`)
	b.Value(`dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
	b.Until("the kept page is as it was", restored)
}
