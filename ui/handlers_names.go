package ui

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// namesOf are the names that a person types; what an issuer calls them is none.
func namesOf(u identity.User) (rows []NameRow) {
	main, _ := u.Email()
	for i, n := range u.Identifiers {
		if n.Kind.Issuer() != "" {
			continue
		}
		rows = append(rows, NameRow{
			Kind: string(n.Kind), Name: n.Canonical, Typed: n.Typed, Primary: i == 0, Main: n == main,
			Unproven: n.Kind == identity.Email && u.EmailVerifiedAt.IsZero(),
		})
	}
	return rows
}

func (h *Handlers) namesPage(w http.ResponseWriter, r *http.Request, sess *session.Session, acct identity.Account, problems []FieldProblem) NamesPage {
	return NamesPage{
		Frame: h.framed(w, r, sess, problems), Names: namesOf(acct.User),
		Pending: h.Accounts.PendingSecondAddress(r.Context(), sess), Works: h.Accounts.LinkLife(),
		Undo: authn.UndoLife, Most: identity.MaxIdentifiers, Outbox: h.Outbox != nil,
	}
}

// namesForm asks for the strongest factor first (AUN-104), as every page that changes
// how somebody signs in.
func (h *Handlers) namesForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if h.steppedUp(w, r, sess, h.Accounts.Strongest(r.Context(), acct), r.URL.Path) {
		h.page(w, r, http.StatusOK, h.namesPage(w, r, sess, acct, nil))
	}
}

// addName takes an address, to which a link goes, or a user name, which counts at once.
// Whether an address belongs to somebody is told to nobody; whether a user name does, to
// somebody who has just proved who they are (IDN-027).
func (h *Handlers) addName(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	name := r.PostForm.Get("new_name")
	ctx, notice := authn.WithLanguage(r.Context(), h.language(r)), "notice.username_added"
	var err error
	if strings.ContainsAny(name, "@＠") {
		notice = "notice.address_asked"
		_, err = h.Accounts.BeginSecondAddress(ctx, sess, name)
	} else {
		err = h.Accounts.AddUsername(ctx, sess, name)
	}
	h.namesChanged(w, r, sess, err, notice, name) //nolint:contextcheck // the request carries it
}

// chosen is the name that a button of the page stands for.
func chosen(r *http.Request) identity.Identifier {
	return identity.Identifier{Kind: identity.IdentifierKind(r.PostForm.Get("kind")), Canonical: r.PostForm.Get("name")}
}

func (h *Handlers) removeName(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	err := h.Accounts.RemoveName(authn.WithLanguage(r.Context(), h.language(r)), sess, chosen(r))
	h.namesChanged(w, r, sess, err, "notice.name_removed", "") //nolint:contextcheck // the request carries it
}

func (h *Handlers) makePrimary(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	err := h.Accounts.MakePrimary(authn.WithLanguage(r.Context(), h.language(r)), sess, chosen(r))
	h.namesChanged(w, r, sess, err, "notice.primary_changed", "") //nolint:contextcheck // the request carries it
}

func (h *Handlers) cancelName(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if err := h.Accounts.CancelSecondAddress(r.Context(), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("names"), "notice.name_cancelled")
}

// namesChanged answers what a change of names led to.
func (h *Handlers) namesChanged(w http.ResponseWriter, r *http.Request, sess *session.Session, err error, notice, typed string) {
	if h.provesFirst(w, r, sess, err, h.path("names")) {
		return
	}
	again := func(status int, p []FieldProblem) {
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		page := h.namesPage(w, r, sess, acct, p)
		page.New = typed
		h.page(w, r, status, page)
	}
	var stop *authn.ThrottledError
	switch key := nameProblem(err); {
	case key != "":
		again(http.StatusUnprocessableEntity, []FieldProblem{{"new_name", Text{Key: key}}})
	case errors.As(err, &stop):
		h.throttled(w, r, stop.Until, again)
	case err != nil:
		h.fail(w, r, err)
	default:
		h.see(w, r, h.path("names"), notice)
	}
}

// nameProblem is the sentence at the field for a name that cannot be added.
func nameProblem(err error) string {
	var field *authn.FieldError
	switch {
	case errors.As(err, &field) && slices.Contains([]string{"name", "email"}, field.Field):
		return "problem.new_name"
	case errors.Is(err, authn.ErrAddressKept):
		return "problem.name_kept"
	case errors.Is(err, authn.ErrNameTaken):
		return "problem.name_taken"
	case errors.Is(err, authn.ErrNamesFull):
		return "problem.names_full"
	}
	return ""
}
