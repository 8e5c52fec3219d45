package ui

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
)

// What the handlers and the front door ask of a renderer.

// BrandName is the name that the pages show.
func (r *Renderer) BrandName() string { return r.binding.config.Brand.Name }

// Languages are the tags of the languages that are offered, the default first.
func (r *Renderer) Languages() []string {
	var tags []string
	for _, c := range r.binding.languages.offered {
		tags = append(tags, c.lang)
	}
	return tags
}

// Path is the path of a page of the table, such as "sign_in".
func (r *Renderer) Path(page string, parts ...string) (string, error) {
	return r.binding.paths.build(page, parts...)
}

// pattern is the path of a page in ServeMux syntax.
func (r *Renderer) pattern(page string) string {
	return strings.ReplaceAll(r.binding.paths.table[page], "*", "{"+segment+"}")
}

// GuardTable is where guards send people on these pages.
func (r *Renderer) GuardTable() guard.Table {
	table := r.binding.paths.table
	return guard.Table{
		SignIn: table["sign_in"], SignOut: table["sign_out"], Home: table["home"],
		Factor:   strings.TrimSuffix(table["factor"], "*"),
		StepUp:   table["step_up"],
		Workflow: workflowPage(func(name string) string { return table[name] }),
	}
}

// problemPages draws refusals for those who prefer HTML.
type problemPages struct{ h *Handlers }

// Problems is the renderer that the front door puts into every request.
func (h *Handlers) Problems() problem.Renderer { return problemPages{h} }

// docsPath is where the codes are explained.
const docsPath = "https://github.com/axess-go/axess/blob/main/docs/errors.md#"

// RenderProblem implements problem.Renderer. It needs no store: the session is
// only looked at if it is there already (UIX-056).
func (p problemPages) RenderProblem(r *http.Request, prob problem.Problem) ([]byte, error) {
	if prob.Code == problem.CSRFStale {
		if form, ok := p.h.again(r); ok {
			return p.draw(form)
		}
	}
	page := ErrorPage{
		Frame: Frame{
			Language: p.h.language(r), Here: p.h.here(r),
			RequestID: prob.RequestID, Now: p.h.Clock.Now(), Dev: p.h.Dev,
		},
		Status: prob.Code.Status(), Code: prob.Code.String(), RetryAt: prob.RetryAt,
	}
	if p.h.Dev {
		page.Cause, page.Cure = prob.Code.Cause(), prob.Code.Cure()
		page.Docs = docsPath + prob.Code.String()
	}
	if sess, err := session.From(r.Context()); err == nil {
		if login, ok := guard.Standing(sess.State()); ok {
			page.SignedInAs = login.DisplayName()
			if page.Acting = actingOf(login); page.Acting != nil {
				page.CSRF = csrf.Token(r.Context())
			}
		}
		if st, ok := sess.State().(session.PendingWorkflow); ok && prob.Code == problem.WorkflowPending {
			page.LinkTo = workflowPage(func(name string) string { return p.h.path(name) })(st)
		}
	}
	// What a guarded route refuses after a sign-out elsewhere leads back to it.
	if s := respond.From(r.Context()); s != nil && prob.Code == problem.SessionRevoked {
		if next, ok := problem.Next(r); ok {
			page.LinkTo = problem.WithNext(p.h.Table.SignIn, next)
		}
	}
	if page.LinkTo == "" {
		page.LinkTo, _ = p.h.startAgain(r, prob.Code)
	}
	if prob.Code == problem.TokenInvalid {
		page.LinkTo = p.h.newLink(r)
	}
	return p.draw(page)
}

// newLink is where a person asks for another link of the kind that did not work; empty
// is where one signs up (UIX-043).
func (h *Handlers) newLink(r *http.Request) string {
	switch r.URL.Path {
	case h.path("reset"):
		return h.path("forgot")
	case h.path("address"), h.path("undo"):
		return h.path("email")
	case h.path("rebind"):
		return h.path("sign_in")
	}
	return ""
}

func (p problemPages) draw(page Page) ([]byte, error) {
	var b bytes.Buffer
	if err := p.h.Renderer.Render(&b, page); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
