package axess

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/axess-go/axess/internal/problem"
)

// Route is one row of the table that [Routes] keeps.
type Route struct {
	Pattern string // as given, ServeMux syntax
	Guard   string // "public", "optional", "partial", "authn", "admin", "mount"
	Source  string // file:line of the registration
}

// Routes is a ServeMux on which every route says how it is guarded; what is
// public says the word (GRD-051). It is an http.Handler for [Axess.Handler].
// Register before serving.
type Routes struct {
	auth  *Axess
	mux   *http.ServeMux
	table []Route
	err   error
}

// Routes starts an empty table with the pages mounted under their base path.
func (a *Axess) Routes() *Routes {
	rt := &Routes{auth: a, mux: http.NewServeMux()}
	rt.mux.Handle(a.base+"/", a.Pages())
	return rt
}

// Public registers a route for everybody.
func (rt *Routes) Public(pattern string, h http.HandlerFunc) {
	rt.add("public", pattern, func() http.Handler {
		if h == nil {
			panic("needs a handler")
		}
		return h
	})
}

// Optional registers a route for everybody that is told who is signed in.
func (rt *Routes) Optional(pattern string, h OptionalHandler) {
	rt.add("optional", pattern, func() http.Handler { return rt.auth.Optional(h) })
}

// Authn registers a route for people who are signed in.
func (rt *Routes) Authn(pattern string, h AuthnHandler) {
	rt.add("authn", pattern, func() http.Handler { return rt.auth.RequireAuthn(h) })
}

// Partial registers a route for the middle of a login.
func (rt *Routes) Partial(pattern string, h PartialHandler) {
	rt.add("partial", pattern, func() http.Handler { return rt.auth.RequirePartialAuthn(h) })
}

// Mount registers a handler that guards itself, such as a file server or another
// Routes, under a pattern that ends in a slash.
func (rt *Routes) Mount(pattern string, h http.Handler) {
	rt.add("mount", pattern, func() http.Handler {
		if !strings.HasSuffix(pattern, "/") {
			panic("pattern must end in a slash")
		}
		if _, ok := h.(*pages); ok {
			panic("the pages are under " + rt.auth.base + "/ already; Config.BasePath moves them")
		}
		return h
	})
}

// add collects what ServeMux panics about: a bad or a conflicting pattern is an
// error of Err and of ListenAndServe, with its place (PRD-055).
func (rt *Routes) add(guard, pattern string, h func() http.Handler) {
	source := "unknown"
	if _, file, line, ok := runtime.Caller(2); ok {
		source = fmt.Sprintf("%s:%d", file, line)
	}
	defer func() {
		if p := recover(); p != nil {
			rt.fail(fmt.Errorf("axess: %s: route %q: %v", source, pattern, p))
		}
	}()
	if path := pathOf(pattern); path == rt.auth.base || strings.HasPrefix(path, rt.auth.base+"/") {
		panic("lies under " + rt.auth.base + "/, where the pages are")
	}
	rt.mux.Handle(pattern, h())
	rt.table = append(rt.table, Route{pattern, guard, source})
}

// pathOf is a pattern without method and host, as ServeMux reads it.
func pathOf(pattern string) string {
	if i := strings.IndexAny(pattern, " \t"); i >= 0 {
		pattern = strings.TrimLeft(pattern[i+1:], " \t")
	}
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return pattern
}

func (rt *Routes) fail(err error) {
	if rt.err == nil {
		rt.err = err
	}
}

// Err is the first registration that failed, or nil.
func (rt *Routes) Err() error { return rt.err }

// Table lists the routes by pattern, for review and for a test that fails when
// one changes (PRD-056).
func (rt *Routes) Table() []Route {
	t := slices.Clone(rt.table)
	slices.SortStableFunc(t, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return t
}

// ServeHTTP implements http.Handler. What no route takes is refused like
// everything else: as a page, or as a document (MID-060).
func (rt *Routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h, pattern := rt.mux.Handler(r); pattern == "" {
		notRouted(w, r, h)
		return
	}
	rt.mux.ServeHTTP(w, r)
}

// notRouted asks the mux's own refusal what it would say, since only the mux
// knows which methods a path has.
func notRouted(w http.ResponseWriter, r *http.Request, h http.Handler) {
	said := refusal{header: http.Header{}}
	h.ServeHTTP(&said, r)
	switch said.status {
	case http.StatusMethodNotAllowed:
		problem.Write(w, r, problem.MethodNotAllowed, problem.Allow(said.header.Get("Allow")))
	case http.StatusNotFound:
		problem.Write(w, r, problem.NotFound)
	default:
		problem.Write(w, r, problem.BadRequest)
	}
}

// refusal is a response of which only status and headers count.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (f *refusal) WriteHeader(status int)      { f.status = status }
