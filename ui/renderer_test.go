package ui_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/ui"
)

func TestNewRenderer_refuses_what_cannot_work(t *testing.T) {
	t.Parallel()
	for field, config := range map[string]ui.Config{
		"Brand.Name": {Brand: ui.Brand{Name: strings.Repeat("x", 65)}},
		"BasePath":   {BasePath: "auth"},
		"Home":       {Home: "//elsewhere.example"},
		"Origin":     {Origin: "http://localhost:8080/"},
		"HelpURL":    {Custom: ui.Custom{HelpURL: "javascript:alert(1)"}},
		"PrivacyURL": {Custom: ui.Custom{PrivacyURL: "//elsewhere.example"}},
		"TermsURL":   {Custom: ui.Custom{TermsURL: "ftp://example.org/"}},
	} {
		if _, err := ui.NewRenderer(config); !errors.Is(err, ui.ErrConfig) || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, config := range []ui.Config{
		{Brand: ui.Brand{Name: "a\u202eb"}}, {Brand: ui.Brand{Name: "a\nb"}}, {BasePath: "/auth/"}, {BasePath: "/a\\b"}, {BasePath: "/*"},
		{Origin: "localhost:8080"}, {Origin: "https://u@example.org"}, {Origin: "ftp://example.org"}, {Home: "x"},
	} {
		if _, err := ui.NewRenderer(config); !errors.Is(err, ui.ErrConfig) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

func TestRender_writes_a_whole_page_or_nothing(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{})
	for name, page := range map[string]ui.Page{
		"no page":          nil,
		"unknown factor":   ui.FactorPage{Kind: "smoke-signal"},
		"unknown notice":   ui.AccountPage{Frame: ui.Frame{Notice: ui.Text{Key: "no.such"}}},
		"late failure":     ui.SessionsPage{Sessions: []ui.SessionRow{{Ref: "a"}, {Ref: ".."}}},
		"unknown argument": ui.SignInPage{Frame: ui.Frame{Problems: []ui.FieldProblem{{Text: ui.Text{Key: "problem.locked"}}}}},
	} {
		var out bytes.Buffer
		if err := r.Render(&out, page); err == nil {
			t.Errorf("%s: no error", name)
		}
		if out.Len() != 0 {
			t.Errorf("%s: %d bytes were written", name, out.Len())
		}
	}
}

type brokenPipe struct{}

var errPipe = errors.New("pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestRender_tells_when_the_reader_went_away(t *testing.T) {
	t.Parallel()
	if err := newRenderer(t, ui.Config{}).Render(brokenPipe{}, ui.SignInPage{}); !errors.Is(err, errPipe) {
		t.Errorf("got %v", err)
	}
}

func TestRender_leaves_the_callers_page_alone_and_is_the_same_each_time(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.SampleConfig())
	rows := []ui.SessionRow{{Ref: "other"}, {Ref: "this", This: true}}
	page := ui.SessionsPage{Frame: ui.Frame{SignedInAs: "Ada"}, Sessions: rows}
	want := render(t, r, page)
	if rows[0].Ref != "other" {
		t.Error("the caller's rows were sorted")
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			var out bytes.Buffer
			if err := r.Render(&out, page); err != nil || out.String() != want {
				t.Errorf("differs under concurrency: %v", err)
			}
		})
	}
	all.Wait()
}

func BenchmarkRender_sign_in(b *testing.B) {
	r, err := ui.NewRenderer(ui.SampleConfig())
	if err != nil {
		b.Fatal(err)
	}
	page := ui.SignInPage{Frame: ui.Frame{CSRF: strings.Repeat("x", 87)}, SignUpOpen: true}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := r.Render(&out, page); err != nil {
			b.Fatal(err)
		}
	}
}
