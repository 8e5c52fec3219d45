package ui

import (
	"net/http"
	"strings"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// language is the tag of the language that a request is answered in: the
// person's choice, else what the browser asks for, else the default (UIX-086).
func (h *Handlers) language(r *http.Request) string {
	offered := h.Renderer.binding.languages
	if c := offered.exact(h.cookies.language(r)); c != nil {
		return c.lang
	}
	return offered.accept(strings.Join(r.Header["Accept-Language"], ",")).lang
}

// chooseLanguage keeps the choice in a cookie and goes back to the page. It is a
// link, so that it works without script and on every page: following it changes
// nothing but the words that this browser is shown.
func (h *Handlers) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	h.cookies.setLanguage(w, h.Renderer.binding.languages.near(r.PathValue(segment)).lang)
	to, ok := problem.SafeNext(r.URL.Query().Get(problem.NextParam), strings.TrimSuffix(h.path("language", "x"), "/x"))
	if !ok {
		to = h.Table.Home
	}
	h.see(w, r, to, "")
}

// here is the page that a request shows, for coming back to it. Of its query
// only the return target is kept: no other part of an address is known to be
// harmless on a page. A form is come back to when it can be opened.
func (h *Handlers) here(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		_, pattern := h.mux.Handler(&http.Request{Method: http.MethodGet, URL: r.URL, Host: r.Host})
		if !strings.HasPrefix(pattern, http.MethodGet+" ") {
			return ""
		}
	}
	path, ok := problem.SafeNext(r.URL.EscapedPath())
	if !ok {
		return ""
	}
	if next, ok := problem.SafeNext(r.URL.Query().Get(problem.NextParam)); ok {
		return problem.WithNext(path, next)
	}
	return path
}

// offered is the tag of the catalogue that an account's language leads to; empty
// when it has none.
func (h *Handlers) offered(tag string) string {
	if tag == "" {
		return ""
	}
	return h.Renderer.binding.languages.near(tag).lang
}

// keepLanguage keeps a choice with the account: for mails, and for the next
// browser that it signs in with.
func (h *Handlers) keepLanguage(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	tag := h.Renderer.binding.languages.near(r.PostForm.Get("language")).lang
	if err := h.Accounts.SetLanguage(r.Context(), sess, tag); err != nil {
		h.fail(w, r, err)
		return
	}
	h.cookies.setLanguage(w, tag)
	h.see(w, r, h.path("account"), "notice.language_set")
}

// speakTheirs lets a browser in which nobody has chosen a language speak that of
// the account that has just signed in. Who cannot be read now keeps the browser's:
// it is no reason to fail a sign-in.
func (h *Handlers) speakTheirs(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if h.cookies.language(r) != "" {
		return
	}
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.Log.WarnContext(r.Context(), "ui: language of the account not read", "error", err)
		return
	}
	if tag := h.offered(acct.User.Language); tag != "" && tag != h.language(r) {
		h.cookies.setLanguage(w, tag)
	}
}
