package ui

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/session"
)

// shownEvents is how many events a page of the history has.
const shownEvents = 30

// history shows the signed-in person what has happened to their account (UIX-038).
func (h *Handlers) history(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	query := r.URL.Query()
	show, before := query.Get("show"), query.Get("before")
	if show != "sign_ins" && show != "changes" {
		show = ""
	}
	page, err := h.Accounts.History(r.Context(), sess, authn.HistoryQuery{Kinds: kindsOf(show), Cursor: before, Limit: shownEvents})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	out := HistoryPage{Frame: h.frame(w, r, sess), Show: show}
	for _, e := range page.Entries {
		row := HistoryRow{
			At: e.At, Kind: string(e.Kind), Failed: e.Outcome != audit.Success && e.Outcome != audit.Info,
			Factor: string(e.Factor), By: string(e.By), Address: e.Address,
		}
		row.Browser, row.Platform, _ = strings.Cut(e.Client, " on ")
		out.Rows = append(out.Rows, row)
	}
	if page.Next != "" {
		out.Older = h.historyPath(show, page.Next)
	}
	if before != "" {
		out.Newest = h.historyPath(show, "")
	}
	h.page(w, r, http.StatusOK, out)
}

func (h *Handlers) historyPath(show, before string) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", show)
	}
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return h.path("history")
	}
	return h.path("history") + "?" + q.Encode()
}

// kindsOf are the kinds of a list, sorted; none for everything.
func kindsOf(show string) []audit.Kind {
	if show == "" {
		return nil
	}
	var kinds []audit.Kind
	all := historyKinds()
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if all[k] == show {
			kinds = append(kinds, audit.Kind(k))
		}
	}
	return kinds
}
