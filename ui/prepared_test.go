package ui

import (
	"sync"
	"testing"
	"text/template/parse"
)

// What is said in advance is what the template says: every page in every state and
// language, with the shipped look and with one of the program's own.
func TestRender_draws_what_the_templates_say(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]Config{"shipped": {}, "elsewhere": {
		Brand: Brand{Name: "A & B"}, BasePath: "/of/one's own", Home: "/home",
		Custom: Custom{Languages: []string{"de", "en"}, HelpURL: "/help", Theme: Theme{Radius: "1rem"}},
	}} {
		r, err := NewRenderer(config)
		if err != nil {
			t.Fatal(err)
		}
		src, _, err := readTemplates(nil)
		if err != nil {
			t.Fatal(err)
		}
		plain := &Renderer{binding: r.binding}
		if plain.templates, err = src.sets(); err != nil {
			t.Fatal(err)
		}
		if shared, err := sharedPrepared(); err != nil || (r.prepared == shared) != (name == "shipped") {
			t.Errorf("%s: shared %v, %v", name, r.prepared == shared, err)
		}
		for _, s := range r.spoken(Samples()) {
			want, err := plain.try(s.Page)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, err := r.try(s.Page); err != nil || got != want {
					t.Fatalf("%s: %s: %v\n%s\nwant\n%s", name, s.Name, err, got, want)
				}
			}
		}
	}
}

// Words, paths and assets are looked for once, and not each time a page is drawn.
func TestRender_finds_words_and_paths_in_place(t *testing.T) {
	t.Parallel()
	r, err := NewRenderer(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.try(SignInPage{}); err != nil {
		t.Fatal(err)
	}
	set, err := r.prepared.set(&r.binding, "sign_in", "en")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, name := range []string{"layout", "page", "main"} {
		// What is left of fields is drawn where something has to be corrected.
		settle(set.Lookup(name).Tree.Root, func(n parse.Node) (*parse.TextNode, bool) {
			if _, drawn := n.(*parse.TemplateNode); !drawn {
				t.Errorf("%s: %s is left", name, n)
			}
			return nil, false
		})
		looked += len(set.Lookup(name).Tree.Root.Nodes)
	}
	if looked == 0 {
		t.Error("there is no page")
	}
}

// Renderers that are made at the same time, and draw at once, draw the same.
func TestNewRenderer_from_many_goroutines(t *testing.T) {
	t.Parallel()
	pages := make([]string, 16)
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() {
			r, err := NewRenderer(Config{BasePath: []string{"", "/elsewhere"}[i%2]})
			if err != nil {
				t.Error(err)
				return
			}
			if pages[i], err = r.try(SignInPage{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, page := range pages {
		if page == "" || page != pages[i%2] {
			t.Errorf("renderer %d draws another page", i)
		}
	}
}
