package ui

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
)

// actingOf is what the banner says; nil for everybody who is themselves.
func actingOf(login session.Authenticated) *Acting {
	who, ok := login.Actor()
	if !ok {
		return nil
	}
	return &Acting{Name: login.DisplayName(), Reason: who.Reason, Until: who.Until}
}

// Banner is the banner of [Acting] for a page of the program's own, to stand first in
// its body; empty for everybody who is themselves (UIX-044). Its element has the class
// "acting", and only the style of the pages themselves.
func (h *Handlers) Banner(r *http.Request) (template.HTML, error) {
	sess, err := session.From(r.Context())
	if err != nil {
		return "", nil //nolint:nilerr // where there is no session nobody acts
	}
	login, ok := sess.State().(session.Authenticated)
	if !ok {
		return "", nil
	}
	f := Frame{Language: h.language(r), Now: h.Clock.Now(), Acting: actingOf(login)}
	if f.Acting == nil {
		return "", nil
	}
	f.CSRF = csrf.Token(r.Context())
	var b bytes.Buffer
	if err := h.Renderer.banner(&b, f); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // a template has escaped it
}

// stopActing gives an administrator their own login back; one that was revoked
// meanwhile is a guest's.
func (h *Handlers) stopActing(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if err := h.Accounts.EndImpersonation(r.Context(), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	if _, ok := sess.State().(session.Authenticated); !ok {
		h.see(w, r, h.path("sign_in"), "")
		return
	}
	h.see(w, r, h.path("account"), "notice.stopped_acting")
}

// Fail answers an error of authn for a handler of the program's own: with a page or a
// problem, and the status and code of its kind.
func (h *Handlers) Fail(w http.ResponseWriter, r *http.Request, err error) { h.fail(w, r, err) }

// Proved reports that the signed-in person has proved lately what a requirement says;
// if not, it has sent them to prove it, and they come back to this path with a GET.
func (h *Handlers) Proved(w http.ResponseWriter, r *http.Request, sess *session.Session, need authn.Requirement) bool {
	return h.steppedUp(w, r, sess, need, r.URL.Path)
}
