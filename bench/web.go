package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
)

const (
	nameWebBare = "the page bare"
	nameWebHead = nameWebBare + ", the same headers by hand"
	nameWebLog  = nameAxess + ", access log as JSON"
	nameWebDisk = nameAxess + ", SQLite"
)

// webContest is what a visitor notices: requests per second over the network.
func webContest() Contest {
	quiet := slog.New(slog.DiscardHandler)
	onMemory := func(log *slog.Logger) func(string) (Subject, error) {
		return func(string) (Subject, error) { return newWeb(memory.New(memory.Config{}).Stores(), log) }
	}
	return Contest{
		Name:  "web",
		Title: "GET of a guarded, rendered page of 2 KiB over loopback, whole chain",
		Entries: []Entry{
			{Name: nameAxess, Make: onMemory(quiet)},
			{Name: nameWebLog, Make: onMemory(slog.New(slog.NewJSONHandler(io.Discard, nil)))},
			{Name: nameWebDisk, Make: func(scratch string) (Subject, error) {
				dir, err := os.MkdirTemp(scratch, "web")
				if err != nil {
					return nil, err
				}
				db, err := sqlite.Open(filepath.Join(dir, "app.db"))
				if err != nil {
					return nil, err
				}
				return newWeb(db.Stores(), quiet)
			}},
			{Name: nameSCSIdle, Source: scsSource, Make: func(string) (Subject, error) { return newWebSCS() }},
			{Name: nameWebHead, Make: func(string) (Subject, error) { return newServed(http.HandlerFunc(renderSecured), foreign()) }},
			{Name: nameWebBare, Make: func(string) (Subject, error) { return newServed(http.HandlerFunc(render), foreign()) }},
		},
		Bars: []Bar{{Entry: nameAxess, Against: nameWebBare, Share: 0.93}},
	}
}

// row is a line of the page.
type row struct {
	Name, Owner, Updated string
	Size                 int
}

// listing is a page as programs have them: a table of what somebody may see.
var listing = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body><h1>{{.Title}}</h1><table>
<tr><th>Name</th><th>Owner</th><th>Updated</th><th>Size</th></tr>
{{range .Rows}}<tr><td><a href="/notes/{{.Name}}">{{.Name}}</a></td><td>{{.Owner}}</td><td>{{.Updated}}</td><td>{{.Size}}</td></tr>
{{end}}</table></body></html>
`))

// pageSize is what the page has.
const pageSize = 2 << 10

var shown = struct {
	Title string
	Rows  []row
}{Title: "Notes & lists", Rows: rows(13)}

func rows(n int) []row {
	list := make([]row, n)
	for i := range list {
		list[i] = row{fmt.Sprintf("list %d <draft>", 100+i), "Grace & Co", "2026-07-01", 1000 + i*37}
	}
	return list
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render is the page itself, the same for everybody.
func render(w http.ResponseWriter, _ *http.Request) {
	buf, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer buffers.Put(buf)
	buf.Reset()
	if err := listing.Execute(buf, shown); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	_, _ = w.Write(buf.Bytes()) // a visitor that is gone needs no page
}

// renderSecured is the page with the headers that axess gives it, written by a
// program that does nothing else: what it costs to send them is nobody's doing.
func renderSecured(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Cache-Control"] = []string{"no-store"}
	h["Content-Security-Policy"] = []string{"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"}
	h["Cross-Origin-Opener-Policy"] = []string{"same-origin"}
	h["Cross-Origin-Resource-Policy"] = []string{"same-origin"}
	h["Permissions-Policy"] = []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}
	h["Referrer-Policy"] = []string{"strict-origin-when-cross-origin"}
	h["Vary"] = []string{"Cookie"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["X-Frame-Options"] = []string{"DENY"}
	h["X-Request-Id"] = []string{"018f4e9a-7b2c-7d7a-9f10-2a6d1b0c8e55"}
	render(w, r)
}

// foreign are cookies as long as those that axess sets: everybody gets the same
// request.
func foreign() []*http.Cookie {
	return []*http.Cookie{
		{Name: "axess-dev", Value: strings.Repeat("a", 72)},
		{Name: "axess-dev-csrf", Value: strings.Repeat("b", 87)},
	}
}

// newWeb is the whole of axess around the page, which only those see who are signed
// in.
func newWeb(stores backend.Stores, log *slog.Logger) (Subject, error) {
	return newWebCost(stores, log, password.Params{})
}

func newWebCost(stores backend.Stores, log *slog.Logger, cost password.Params) (*served, error) {
	sent := make(postbox, 8)
	auth, err := axess.New(context.Background(), axess.Config{Origin: pagesOrigin, Stores: stores, Mail: sent, Logger: log, PasswordCost: cost})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	mux.Handle("GET /notes", auth.RequireAuthn(func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) { render(w, r) }))
	mux.Handle("/", auth.Home())
	p := &page{handler: auth.Handler(mux)}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p.client = &http.Client{Transport: direct{p.handler}, Jar: jar}
	if err := p.signUp(sent); err != nil {
		return nil, err
	}
	u, err := url.Parse(pagesOrigin)
	if err != nil {
		return nil, err
	}
	return newServed(p.handler, jar.Cookies(u))
}

// newWebSCS is scs with an idle timeout around the page, and nothing else.
func newWebSCS() (Subject, error) {
	m := scs.New()
	m.Store = memstore.NewWithCleanupInterval(0)
	m.Lifetime, m.IdleTimeout = 7*24*time.Hour, idle
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(_ http.ResponseWriter, r *http.Request) { m.Put(r.Context(), keyUser, sample.user) })
	mux.HandleFunc("GET /notes", func(w http.ResponseWriter, r *http.Request) {
		if m.GetString(r.Context(), keyUser) == "" {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		render(w, r)
	})
	h := m.LoadAndSave(mux)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, pagesOrigin+"/in", http.NoBody))
	return newServed(h, w.Result().Cookies())
}

// served is a [Subject] behind a server of the standard library on loopback, asked
// over connections that stay open, as many as there are processors.
type served struct {
	request []byte
	addr    string

	mu   sync.Mutex
	idle []*visitor
}

// newServed lets the server run until the process ends: nothing is measured after
// that.
func newServed(h http.Handler, cookies []*http.Cookie) (*served, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	pairs := make([]string, len(cookies))
	for i, c := range cookies {
		pairs[i] = c.Name + "=" + c.Value
	}
	r := newRequest(strings.Join(pairs, "; "))
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET /notes HTTP/1.1\r\nHost: %s\r\n", strings.TrimPrefix(pagesOrigin, "http://"))
	if err := r.Header.Write(&b); err != nil {
		return nil, err
	}
	b.WriteString("\r\n")
	return &served{request: b.Bytes(), addr: l.Addr().String()}, nil
}

// visitor asks for the page as cheaply as possible: what it takes is the same for
// all, and would hide what differs.
type visitor struct {
	conn net.Conn
	in   *bufio.Reader
}

func (s *served) visitor() (*visitor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		v := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return v, nil
	}
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	return &visitor{c, bufio.NewReaderSize(c, 8<<10)}, nil
}

func (s *served) leave(v *visitor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, v)
}

var (
	statusOK = []byte("HTTP/1.1 200 ")
	lengthIs = []byte("Content-Length: ")
)

// visit asks once and returns how long the page was.
func (v *visitor) visit(request []byte) (int, error) {
	if _, err := v.conn.Write(request); err != nil {
		return 0, err
	}
	line, err := v.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(line, statusOK) {
		return 0, fmt.Errorf("answered %q", line)
	}
	size := -1
	for {
		if line, err = v.in.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if n, ok := bytes.CutPrefix(line, lengthIs); ok {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return 0, err
			}
		}
	}
	if size < 0 {
		return 0, errors.New("no Content-Length")
	}
	_, err = v.in.Discard(size)
	return size, err
}

func (s *served) Check() error {
	v, err := s.visitor()
	if err != nil {
		return err
	}
	defer s.leave(v)
	size, err := v.visit(s.request)
	if err == nil && (size < pageSize*9/10 || size > pageSize*11/10) {
		err = fmt.Errorf("a page of %d bytes", size)
	}
	return err
}

func (s *served) Measure() (Sample, error) { return loop(s.loop).Measure() }

func (s *served) loop(b *testing.B) {
	b.ReportAllocs()
	b.SetParallelism(1)
	var mu sync.Mutex
	var failed error
	b.RunParallel(func(pb *testing.PB) {
		v, err := s.visitor()
		for err == nil && pb.Next() {
			_, err = v.visit(s.request)
		}
		if err == nil {
			s.leave(v)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		failed = errors.Join(failed, err)
	})
	if failed != nil {
		b.Fatal(failed)
	}
	runtime.KeepAlive(s)
}
