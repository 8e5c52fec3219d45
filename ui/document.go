package ui

import (
	"net/http"
	"strings"

	"github.com/axess-go/axess/internal/problem"
)

// stated lets a page with something to correct be asked what that is.
func (f Frame) stated() (language string, problems []FieldProblem) { return f.Language, f.Problems }

// document answers a form that failed to those who prefer JSON: the same status
// and the same sentences, without the page around them (UIX-051). Done is false
// for whoever gets the page.
func (h *Handlers) document(w http.ResponseWriter, r *http.Request, status int, p Page) (done bool) {
	form, ok := p.(interface {
		stated() (string, []FieldProblem)
	})
	if !ok || status < http.StatusBadRequest || problem.WantsHTML(r) {
		return false
	}
	code := problem.ValidationFailed
	if status == http.StatusUnauthorized {
		code = problem.InvalidCredentials
	}
	var errs []problem.FieldError
	language, problems := form.stated()
	for _, s := range problems {
		if s.Field == "" {
			continue
		}
		detail, err := h.Renderer.say(language, s.Text)
		if err != nil {
			h.Log.ErrorContext(r.Context(), "ui: text not found", "key", s.Text.Key, "error", err)
		}
		errs = append(errs, problem.FieldError{Field: s.Field, Rule: strings.TrimPrefix(s.Text.Key, "problem."), Detail: detail})
	}
	problem.Write(w, r, code, problem.Fields(errs...))
	return true
}

// say is a sentence outside of any page.
func (r *Renderer) say(language string, t Text) (string, error) {
	return r.binding.languages.near(language).say(t, r.binding.moments)
}
