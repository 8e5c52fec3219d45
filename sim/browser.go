package sim

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// cookieName is the session's.
const cookieName = "__Host-axess"

// browser keeps cookies and fills in forms.
type browser struct {
	w       *World
	name    string
	addr    string
	cookies []*http.Cookie // in the order in which they came
	login   *login         // what this browser believes it is signed in with
	page    string         // the last one
	at      string
}

func (w *World) browser(name, addr string) *browser { return &browser{w: w, name: name, addr: addr} }

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
	return u.RequestURI()
}

// send makes one request. Cookies of the answer are kept, as a browser keeps them.
func (b *browser) send(ctx context.Context, method, path string, form url.Values) answer {
	s := b.reach()
	if s == nil {
		b.w.outside.Sleep(ctx, time.Second) //nolint:errcheck // only time
		return answer{}
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, Origin+path, body)
	if err != nil {
		panic(err)
	}
	r.RemoteAddr, r.RequestURI = b.addr, path
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", Origin)
	}
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	at := b.w.coro.Elapsed()
	b.w.outside.Trace(b.name, method)
	x := s.serve(r, method+" "+strings.SplitN(path, "?", 2)[0])
	if x.done.Wait(ctx) != nil || x.answer == nil {
		return answer{began: x.began, at: at}
	}
	for _, c := range x.answer.Result().Cookies() {
		b.keep(c)
	}
	a := answer{Code: x.answer.Code, Header: x.answer.Header(), Body: x.answer.Body.String(), began: x.began, at: at}
	b.w.ghost.heard(b, r, a)
	b.page, b.at = a.Body, path
	return a
}

// as asks the site who it takes this browser for, and notes that a login was used.
func (b *browser) as(ctx context.Context, l *login) answer {
	a := b.send(ctx, http.MethodGet, "/me", nil)
	l.asked = max(l.asked, a.at)
	return a
}

// reach is a server that takes connections.
func (b *browser) reach() *server {
	var up []*server
	for _, s := range b.w.servers {
		if s.up {
			up = append(up, s)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[b.w.pick(coro.Latency, len(up))]
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

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)
)

// submit fills in the form of the open page that leads to an action, and sends it
// once. It is the zero answer where there is no such form.
func (b *browser) submit(ctx context.Context, action string, fields url.Values) answer {
	for _, f := range forms.FindAllStringSubmatch(b.page, -1) {
		to := html.UnescapeString(f[1])
		if !strings.HasPrefix(to, action) {
			continue
		}
		form := url.Values{}
		for _, h := range hidden.FindAllStringSubmatch(f[2], -1) {
			form.Set(h[1], html.UnescapeString(h[2]))
		}
		for k, v := range fields {
			form[k] = v
		}
		return b.send(ctx, http.MethodPost, to, form)
	}
	return answer{}
}
