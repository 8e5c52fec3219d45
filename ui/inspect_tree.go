package ui

import (
	"strings"

	"golang.org/x/net/html"
)

func elementsOf(root *html.Node) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func every(nodes []*html.Node, tag string) []*html.Node {
	var out []*html.Node
	for _, n := range nodes {
		// A picture inside of the page may have a title or a style of its own.
		if n.Data == tag && n.Namespace == "" {
			out = append(out, n)
		}
	}
	return out
}

func first(nodes []*html.Node, tag string) *html.Node {
	if all := every(nodes, tag); len(all) > 0 {
		return all[0]
	}
	return nil
}

func ancestor(n *html.Node, tag string) *html.Node {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && n.Data == tag {
			return n
		}
	}
	return nil
}

func get(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words is the text of an element with single spaces.
func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// ownWords is the text directly inside of an element.
func ownWords(n *html.Node) string {
	var out strings.Builder
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}
