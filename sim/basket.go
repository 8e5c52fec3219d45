package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// shelves are the keys under which the program keeps something in a session.
func shelves() []session.Key[string] {
	var out []session.Key[string]
	for _, name := range shelfNames() {
		out = append(out, session.NewKey[string](name))
	}
	return out
}

func shelfNames() []string { return []string{"bread", "milk", "salt"} }

// basket is what a page shows of it.
type basket struct {
	view
	Items map[string]string `json:"items"`
}

// basketOf is the page of the program that shows what it keeps for somebody.
func basketOf(auth *axess.Axess, keys []session.Key[string]) axess.AuthnHandler {
	return func(rw http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			http.Error(rw, "no session", http.StatusInternalServerError)
			return
		}
		have := basket{view: *look(who), Items: map[string]string{}}
		for i, name := range shelfNames() {
			v, ok, err := keys[i].Get(sess)
			if err != nil {
				http.Error(rw, err.Error(), http.StatusInternalServerError)
				return
			}
			if ok {
				have.Items[name] = v
			}
		}
		text, err := json.Marshal(have)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(rw, `<form method="post" action="/basket"><input type="hidden" name="_csrf" value="%s"></form><pre>%s</pre>`,
			html.EscapeString(auth.CSRF(r.Context())), text)
	}
}

// putInto keeps one thing.
func putInto(keys []session.Key[string]) axess.AuthnHandler {
	return func(rw http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		sess, err := session.From(r.Context())
		for i, name := range shelfNames() {
			if err == nil && r.FormValue("shelf") == name {
				err = keys[i].Set(sess, r.FormValue("thing"))
			}
		}
		switch {
		case err == nil:
			show(rw, look(who)) // what was kept is written before this is
		case errors.Is(err, store.ErrUnavailable):
			http.Error(rw, "not now", http.StatusServiceUnavailable)
		default:
			http.Error(rw, err.Error(), http.StatusConflict)
		}
	}
}

// basket is what a page says; nil: it is not that page.
func (a answer) basket() *basket {
	_, text, ok := strings.Cut(a.Body, "<pre>")
	text, _, _ = strings.Cut(text, "</pre>")
	v := &basket{}
	if a.Code != http.StatusOK || !ok || json.Unmarshal([]byte(text), v) != nil {
		return nil
	}
	return v
}

// fill puts things into the basket, from several tabs at the same moment, and looks at
// what is in it then.
func (p *person) fill(ctx context.Context, b *browser) {
	if a := b.open(ctx, "/basket"); a.basket() == nil {
		return
	}
	var puts []func(context.Context)
	for range 1 + p.draw(3) {
		puts = append(puts, p.put(b))
	}
	p.w.together(ctx, len(puts), func(ctx context.Context, i int) { puts[i](ctx) })
	p.inspect(ctx, b)
}

// inspect looks at the basket.
func (p *person) inspect(ctx context.Context, b *browser) {
	l := b.login
	a := b.open(ctx, "/basket")
	if have := a.basket(); have != nil {
		p.w.ghost.unpacks(p, have, a, b.name)
		p.w.ghost.servedAs(l, &have.view, a, b)
	}
}

// put is a tab in which the open page is about to be sent.
func (p *person) put(b *browser) func(context.Context) {
	tab := *b
	p.turn++
	shelf := shelfNames()[p.draw(len(shelfNames()))]
	thing := fmt.Sprintf("%s %d of %s", shelf, p.turn, p.name)
	return func(ctx context.Context) {
		to, form, ok := tab.fill("/basket", url.Values{"shelf": {shelf}, "thing": {thing}})
		if !ok {
			return
		}
		item := p.w.ghost.packs(p, shelf, thing)
		p.w.ghost.packed(item, tab.send(ctx, http.MethodPost, to, form))
	}
}
