package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/store/sqlite"
)

// views is how often a page is drawn for one figure: one in a hundred is slower
// than the 99th percentile.
const views = 400

// guestPage is the page that only those get who are not signed in.
const guestPage = "/auth/sign-in"

// drawn are the pages that are measured: a form that anybody gets, and pages of
// somebody who is signed in, which ask the stores.
var drawn = []struct{ name, path, shows string }{
	{"sign-in", guestPage, "Sign in"},
	{"account", "/auth/account", "ada@example.org"},
	{"sessions", "/auth/account/sessions", "This session"},
	{"home", "/", "ada@example.org"},
}

// pagesContest is what a page takes the server, whole chain, on embedded SQLite:
// no peer draws these pages, so the bars are times (UIX-008).
func pagesContest() Contest {
	c := Contest{Name: "pages", Title: "A page with the whole chain around it, embedded SQLite"}
	for _, d := range drawn {
		for _, q := range []struct {
			name  string
			share int // in hundredths
			most  time.Duration
		}{{"p50", 50, 2 * time.Millisecond}, {"p99", 99, 10 * time.Millisecond}} {
			entry := d.name + ", " + q.name
			c.Entries = append(c.Entries, Entry{Name: entry, Make: func(scratch string) (Subject, error) {
				return newPage(scratch, d.path, d.shows, q.share)
			}})
			c.Bars = append(c.Bars, Bar{Entry: entry, Nanoseconds: float64(q.most)})
		}
	}
	return c
}

// page is a [Subject]: one page asked for again and again, of whose times one is
// taken.
type page struct {
	handler http.Handler
	client  *http.Client
	path    string
	shows   string
	share   int
}

const pagesOrigin = "http://localhost:8080"

// newPage starts a server on a file of its own and signs somebody up, unless the
// page is for guests.
func newPage(scratch, path, shows string, share int) (*page, error) {
	dir, err := os.MkdirTemp(scratch, "pages")
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(filepath.Join(dir, "app.db"))
	if err != nil {
		return nil, err
	}
	sent := make(postbox, 8)
	auth, err := axess.New(context.Background(), axess.Config{
		Origin: pagesOrigin, Stores: db.Stores(), Mail: sent, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	mux.Handle("/", auth.Home())
	p := &page{handler: auth.Handler(mux), path: path, shows: shows, share: share}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p.client = &http.Client{Transport: direct{p.handler}, Jar: jar}
	if path == guestPage {
		return p, nil
	}
	return p, p.signUp(sent)
}

// postbox is a [mail.Sender].
type postbox chan mail.Message

// Send implements mail.Sender.
func (p postbox) Send(_ context.Context, m mail.Message) error { p <- m; return nil }

var mailed = regexp.MustCompile(pagesOrigin + `\S+`)

func (p *page) signUp(sent postbox) error {
	if _, err := p.post("/auth/sign-up", url.Values{"email": {"ada@example.org"}, "password": {"nine purple ducks cross the road"}}); err != nil {
		return err
	}
	var m mail.Message
	select {
	case m = <-sent:
	case <-time.After(time.Minute):
		return errors.New("no mail came")
	}
	if _, err := p.get(strings.TrimPrefix(mailed.FindString(m.Text), pagesOrigin)); err != nil {
		return err
	}
	_, err := p.post("/auth/verify", url.Values{})
	return err
}

var token = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// post fills in the form of a page and sends it.
func (p *page) post(path string, form url.Values) (string, error) {
	shown, err := p.get(path)
	if err != nil {
		return "", err
	}
	found := token.FindStringSubmatch(shown)
	if found == nil {
		return "", fmt.Errorf("%s: no form", path)
	}
	form.Set("_csrf", found[1])
	return p.send(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (p *page) get(path string) (string, error) { return p.send(http.MethodGet, path, nil) }

func (p *page) send(method, path string, body io.Reader) (string, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, pagesOrigin+path, body)
	if err != nil {
		return "", err
	}
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w, err := p.client.Do(r)
	if err != nil {
		return "", err
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		return "", err
	}
	if w.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s %s: %d", method, path, w.StatusCode)
	}
	return string(text), nil
}

// direct calls the handler without a network.
type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:4711"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

func (p *page) Check() error {
	text, err := p.get(p.path)
	if err == nil && !strings.Contains(text, p.shows) {
		err = fmt.Errorf("%s does not show %q", p.path, p.shows)
	}
	return err
}

// Measure returns one time out of many; what is allocated is not looked at.
func (p *page) Measure() (Sample, error) {
	u, err := url.Parse(pagesOrigin + p.path)
	if err != nil {
		return Sample{}, err
	}
	r := httptest.NewRequest(http.MethodGet, u.String(), http.NoBody)
	r.RequestURI, r.RemoteAddr = p.path, "127.0.0.1:4711"
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	for _, c := range p.client.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	times := make([]time.Duration, views)
	for i := range times {
		w := httptest.NewRecorder()
		in := r.Clone(r.Context())
		began := time.Now()
		p.handler.ServeHTTP(w, in)
		times[i] = time.Since(began)
		if w.Code != http.StatusOK {
			return Sample{}, fmt.Errorf("%s: answered %d", p.path, w.Code)
		}
	}
	slices.Sort(times)
	return Sample{Nanoseconds: float64(times[views*p.share/100])}, nil
}
