package bench

import (
	"crypto/rand"
	"net/http"

	gorilla "github.com/gorilla/csrf"
	"github.com/justinas/nosurf"

	"github.com/axess-go/axess/middleware/csrf"
)

const (
	gorillaCSRFSource = "github.com/gorilla/csrf v1.7.3"
	nosurfSource      = "github.com/justinas/nosurf v1.2.0"
)

// plain answers without looking at anything.
func plain(w http.ResponseWriter, _ *http.Request) { serve(w, sample) }

// newCSRF is what both layers add to a session, for the page that page writes.
// The browser has been here before: it brings the anchor of a guest and the
// cookie of the layer.
func newCSRF(page http.HandlerFunc) (Subject, error) {
	h, err := newHouse()
	if err != nil {
		return nil, err
	}
	guard, err := csrf.New(csrf.Config{Keys: h.keys, Entropy: h.entropy, Logger: h.log})
	if err != nil {
		return nil, err
	}
	wrap := func(f http.HandlerFunc) http.Handler { return guard.Origin(h.manager.Wrap(guard.Token(f))) }
	requests, err := collect(1, wrap(axessForm))
	if err != nil {
		return nil, err
	}
	return added{
		with:    &site{handler: wrap(page), requests: requests},
		without: &site{handler: h.manager.Wrap(http.HandlerFunc(plain)), requests: requests},
	}, nil
}

// axessForm is a page with a form: it asks for the token and leaves it out.
func axessForm(w http.ResponseWriter, r *http.Request) {
	got := sample
	got.user = csrf.Token(r.Context())
	serve(w, got)
}

// newGorillaCSRF is the same for gorilla/csrf, which knows no session.
func newGorillaCSRF(page http.HandlerFunc) (Subject, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	wrap := gorilla.Protect(key, gorilla.Path("/"), gorilla.CookieName("__Host-csrf"))
	return protection(func(f http.HandlerFunc) http.Handler { return wrap(f) }, gorillaForm, page)
}

// protection is what a peer adds to a page; form shows its token to the requests.
func protection(wrap func(http.HandlerFunc) http.Handler, form, page http.HandlerFunc) (Subject, error) {
	requests, err := collect(1, wrap(form))
	if err != nil {
		return nil, err
	}
	return added{
		with:    &site{handler: wrap(page), requests: requests},
		without: &site{handler: http.HandlerFunc(plain), requests: requests},
	}, nil
}

func gorillaForm(w http.ResponseWriter, r *http.Request) {
	got := sample
	got.user = gorilla.Token(r)
	serve(w, got)
}

// newNosurf is the same for nosurf, whose token is a random value that nothing
// signs: whoever can set a cookie for the site can choose it.
func newNosurf(page http.HandlerFunc) (Subject, error) {
	wrap := func(f http.HandlerFunc) http.Handler {
		h := nosurf.New(f)
		h.SetBaseCookie(http.Cookie{Name: "__Host-csrf", Path: "/", Secure: true, HttpOnly: true})
		return h
	}
	return protection(wrap, nosurfForm, page)
}

func nosurfForm(w http.ResponseWriter, r *http.Request) {
	got := sample
	got.user = nosurf.Token(r)
	serve(w, got)
}

// newCrossOrigin is what the standard library has: it believes what the browser says
// of a request and knows no token, so of a safe one it looks at the method.
func newCrossOrigin() Subject {
	requests := []*http.Request{newRequest("")}
	page := http.HandlerFunc(plain)
	return added{
		with:    &site{handler: http.NewCrossOriginProtection().Handler(page), requests: requests},
		without: &site{handler: page, requests: requests},
	}
}
