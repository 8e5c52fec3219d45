package sim

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// cookieName is the session's.
const cookieName = "__Host-axess"

// browser is one tab: it shows a page and fills in its forms. Tabs of one browser share
// a jar.
type browser struct {
	w      *World
	name   string
	addr   string
	origin string
	*jar
	page string // the last one
	at   string
}

// jar is what the tabs of a browser share.
type jar struct {
	cookies []*http.Cookie // in the order in which they came
	login   *login         // what this browser believes it is signed in with
	flow    *person        // as whom somebody has begun to sign in here
	link    string         // the mailed one that was opened last
	acting  bool           // somebody acts as somebody else in it, or tries
}

func (w *World) browser(name, addr string) *browser {
	return &browser{w: w, name: name, addr: addr, origin: Origin, jar: &jar{}}
}

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	t := *b
	t.page, t.at = "", ""
	return &t
}

// answer is what came back; Code is zero if nothing did.
type answer struct {
	Code   int
	Header http.Header
	Body   string
	began  int           // step at which the request began
	at     time.Duration // and the time
}

func (a answer) lost() bool { return a.Code == 0 }
func (a answer) failed() bool {
	return a.Code == 0 || a.Code >= 500 || a.Code == http.StatusTooManyRequests
}
func (a answer) location() string {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return ""
	}
	// Whoever gets recovery codes is shown them on the way.
	if next := u.Query().Get("next"); next != "" && strings.HasSuffix(u.Path, "/recovery-codes") {
		return next
	}
	return u.RequestURI()
}

// send makes one request of the site's own pages. Cookies of the answer are kept, as a
// browser keeps them.
func (b *browser) send(ctx context.Context, method, path string, form url.Values) answer {
	return b.sendAs(ctx, method, path, form, func(*http.Request) {})
}

// sendAs is send for a request that is not quite what a page of the site makes.
func (b *browser) sendAs(ctx context.Context, method, path string, form url.Values, change func(*http.Request)) answer {
	s := b.w.serving()
	if s == nil {
		b.w.outside.Sleep(ctx, time.Second) //nolint:errcheck // only time
		return answer{}
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, b.origin+path, body)
	if err != nil {
		panic(err)
	}
	r.RemoteAddr, r.RequestURI = b.addr, path
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.origin)
	}
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	change(r)
	at, q := b.w.coro.Elapsed(), b.w.ghost.asks(b, r, form)
	b.w.outside.Trace(b.name, method)
	x := s.serve(b.name, r, method+" "+strings.SplitN(path, "?", 2)[0])
	st := b.w.cfg.stage
	if x.done.Wait(ctx) != nil || x.answer == nil {
		b.w.ghost.unheard(q)
		if st != nil {
			st.notes(b, method, path, form, at, x, answer{})
		}
		return answer{began: x.began, at: at}
	}
	for _, c := range x.answer.Result().Cookies() {
		b.w.ghost.given(b, c)
		b.keep(c)
	}
	a := answer{Code: x.answer.Code, Header: x.answer.Header(), Body: x.answer.Body.String(), began: x.began, at: at}
	b.w.ghost.heard(q, a)
	if st != nil {
		st.notes(b, method, path, form, at, x, a)
	}
	b.page, b.at = a.Body, path
	return a
}

// as asks the site who it takes this browser for, and notes that a login was used.
func (b *browser) as(ctx context.Context, l *login) answer {
	a := b.send(ctx, http.MethodGet, "/me", nil)
	l.asked = max(l.asked, a.at)
	return a
}

// serving is a server that takes connections.
func (w *World) serving() *server {
	if w.bout != nil {
		if s := w.bout.home(); s != nil {
			return s
		}
	}
	var up []*server
	for _, s := range w.servers {
		if s.up {
			up = append(up, s)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[w.pick(coro.Latency, len(up))]
}

func (b *browser) keep(c *http.Cookie) {
	b.cookies = slices.DeleteFunc(b.cookies, func(o *http.Cookie) bool { return o.Name == c.Name })
	if c.MaxAge >= 0 {
		b.cookies = append(b.cookies, c)
	}
}

// cookie is the session's value; empty without one.
func (b *browser) cookie() string {
	for _, c := range b.cookies {
		if c.Name == cookieName {
			return c.Value
		}
	}
	return ""
}

// follow goes where an answer sends it.
func (b *browser) follow(ctx context.Context, a answer) answer {
	for range 5 {
		if a.Code != http.StatusSeeOther && a.Code != http.StatusFound {
			return a
		}
		a = b.send(ctx, http.MethodGet, a.location(), nil)
	}
	return a
}

// open gets a page, past failures that pass.
func (b *browser) open(ctx context.Context, path string) answer {
	a := b.follow(ctx, b.send(ctx, http.MethodGet, path, nil))
	for range 20 {
		if !a.failed() {
			break
		}
		b.w.outside.Sleep(ctx, 5*time.Second) //nolint:errcheck // only time
		a = b.follow(ctx, b.send(ctx, http.MethodGet, path, nil))
	}
	return a
}

// fill fills in the form of the open page that leads to an action.
func (b *browser) fill(action string, fields url.Values) (to string, form url.Values, ok bool) {
	if to, form, ok = formOf(b.page, action); ok {
		maps.Copy(form, fields)
	}
	return to, form, ok
}

// submit sends such a form once. It is the zero answer where there is none.
func (b *browser) submit(ctx context.Context, action string, fields url.Values) answer {
	to, form, ok := b.fill(action, fields)
	if !ok {
		return answer{}
	}
	return b.send(ctx, http.MethodPost, to, form)
}
