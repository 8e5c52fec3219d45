package ui_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/ui"
)

func newRenderer(t *testing.T, config ui.Config) *ui.Renderer {
	t.Helper()
	r, err := ui.NewRenderer(config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t *testing.T, r *ui.Renderer, page ui.Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Render(&out, page); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func frameOf(page ui.Page) ui.Frame {
	return reflect.ValueOf(page).FieldByName("Frame").Interface().(ui.Frame)
}

func sample(t *testing.T, name string) ui.Page {
	t.Helper()
	for _, s := range ui.Samples() {
		if s.Name == name {
			return s.Page
		}
	}
	t.Fatalf("no sample %q", name)
	return nil
}

// document is a parsed page: its elements in the order of reading.
type document struct{ nodes []*html.Node }

func parse(t *testing.T, page string) document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return document{elements(root)}
}

func elements(root *html.Node) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func within(root *html.Node, tag string) []*html.Node {
	var out []*html.Node
	for _, n := range elements(root) {
		if n.Data == tag {
			out = append(out, n)
		}
	}
	return out
}

func (d document) all(tag string) []*html.Node {
	var out []*html.Node
	for _, n := range d.nodes {
		if n.Data == tag {
			out = append(out, n)
		}
	}
	return out
}

func (d document) one(t *testing.T, tag string) *html.Node {
	t.Helper()
	for _, n := range d.nodes {
		// The picture of a page may have a title of its own.
		if n.Data == tag && n.Namespace == "" {
			return n
		}
	}
	t.Fatalf("no %s", tag)
	return nil
}

func (d document) byID(id string) *html.Node {
	for _, n := range d.nodes {
		if id != "" && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

func (d document) input(name string) *html.Node {
	for _, n := range d.all("input") {
		if attr(n, "name") == name {
			return n
		}
	}
	return nil
}

func (d document) index(node *html.Node) int {
	for i, n := range d.nodes {
		if n == node {
			return i
		}
	}
	return -1
}

// links is the set of addresses a page leads or posts to.
func (d document) links() map[string]bool {
	out := map[string]bool{}
	for _, n := range d.nodes {
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "action" {
				out[a.Val] = true
			}
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}

func firstElement(n *html.Node) *html.Node {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return n
}
