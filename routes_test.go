package axess_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

func nothing(http.ResponseWriter, *http.Request)                         {}
func nothingFor(http.ResponseWriter, *http.Request, axess.Authenticated) {}
func nothingHalfway(http.ResponseWriter, *http.Request, axess.Partial)   {}

// GRD-051, PRD-056
func TestRoutes_table(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	rt := s.Auth.Routes()
	rt.Public("GET /{$}", nothing)
	rt.Authn("POST /notes/{id}", nothingFor)
	rt.Partial("/half", nothingHalfway)
	rt.Mount("/files/", http.NotFoundHandler())
	if err := rt.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rt.Table() {
		got = append(got, r.Pattern+" "+r.Guard)
		if !strings.Contains(r.Source, "routes_test.go:") {
			t.Errorf("%s was registered at %q", r.Pattern, r.Source)
		}
	}
	if want := "[/files/ mount /half partial GET /{$} public POST /notes/{id} authn]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	// The table is the caller's.
	rt.Table()[0].Guard = "public"
	if rt.Table()[0].Guard != "mount" {
		t.Error("the table can be changed from outside")
	}
}

// PRD-055: a mistake is an error with its place, never a panic and never a route
// that is quietly missing its guard.
func TestRoutes_mistakes(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	for name, tc := range map[string]struct {
		register func(*axess.Routes)
		says     string
	}{
		"twice":             {func(rt *axess.Routes) { rt.Public("GET /x", nothing); rt.Authn("GET /x", nothingFor) }, "conflicts"},
		"ambiguous":         {func(rt *axess.Routes) { rt.Public("/a/{x}/b", nothing); rt.Public("/a/b/{y}", nothing) }, "conflicts"},
		"bad pattern":       {func(rt *axess.Routes) { rt.Public("GET x", nothing) }, "GET x"},
		"empty":             {func(rt *axess.Routes) { rt.Public("", nothing) }, `""`},
		"over the pages":    {func(rt *axess.Routes) { rt.Public("GET /auth/sign-in", nothing) }, "where the pages are"},
		"the pages' base":   {func(rt *axess.Routes) { rt.Public("/auth", nothing) }, "where the pages are"},
		"pages, spaced":     {func(rt *axess.Routes) { rt.Public("GET \t /auth/x", nothing) }, "where the pages are"},
		"pages by host":     {func(rt *axess.Routes) { rt.Public("localhost/auth/sign-in", nothing) }, "where the pages are"},
		"pages by wildcard": {func(rt *axess.Routes) { rt.Public("GET /{a}/sign-in", nothing) }, "/auth/"},
		"mount below":       {func(rt *axess.Routes) { rt.Mount("/auth/extra/", http.NotFoundHandler()) }, "where the pages are"},
		"mount of a page":   {func(rt *axess.Routes) { rt.Mount("/files", http.NotFoundHandler()) }, "slash"},
		"no handler":        {func(rt *axess.Routes) { rt.Public("GET /x", nil) }, "handler"},
		"no mount":          {func(rt *axess.Routes) { rt.Mount("/x/", nil) }, "handler"},
		"no authn":          {func(rt *axess.Routes) { rt.Authn("GET /x", nil) }, "handler"},
		"no partial":        {func(rt *axess.Routes) { rt.Partial("GET /x", nil) }, "handler"},
	} {
		rt := s.Auth.Routes()
		if v := panics(func() { tc.register(rt) }); v != nil {
			t.Errorf("%s: panics with %v", name, v)
			continue
		}
		err := rt.Err()
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "routes_test.go:") {
			t.Errorf("%s: %v, want an error with its place that says %q", name, err, tc.says)
		}
	}
	rt := s.Auth.Routes()
	rt.Public("GET bad", nothing)
	first := rt.Err()
	rt.Public("GET worse", nothing)
	if rt.Err() != first {
		t.Error("the first mistake is forgotten")
	}
}

// PRD-019: the surface stays small.
func TestExportedSurface(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(exported(t), func(n string) bool { return strings.Contains(n, ".") })
	if len(names) > 60 {
		t.Errorf("%d exported identifiers, at most 60:\n%s", len(names), strings.Join(names, "\n"))
	}
	if len(names) < 20 {
		t.Errorf("only %d identifiers were found", len(names))
	}
}
