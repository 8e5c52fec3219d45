package ui

import (
	"errors"
	"html/template"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"golang.org/x/net/html"
)

// Samples show every state of a page, but a template may ask for something that
// no state has. What stands in such a branch is looked at here, as far as that
// can be done without drawing it.

// sources examines the text of the program's files, all branches of it: code
// inside of the page and addresses elsewhere need no data to be seen.
func (r *Renderer) sources(src templateSource, found []Finding) []Finding {
	frame := Frame{bound: &r.binding}
	for _, name := range sorted(src.text) {
		if !src.own[name] {
			continue
		}
		alone, err := template.New(name + suffix).Parse(src.text[name])
		if err != nil {
			continue // found before
		}
		for _, t := range alone.Templates() {
			if t.Tree == nil {
				continue
			}
			var text strings.Builder
			literal(&text, t.Tree.Root)
			root, err := html.ParseWithOptions(strings.NewReader(text.String()), html.ParseOptionEnableScripting(false))
			if err != nil {
				continue
			}
			in := inspection{nodes: elementsOf(root), frame: frame, report: func(rule Rule, detail string) {
				// A drawn page that shows the same is the better report.
				for _, f := range found {
					if f.Rule == rule && f.Detail == detail {
						return
					}
				}
				found = append(found, Finding{Template: name + suffix, Rule: rule, Detail: detail})
			}}
			in.inline()
			in.addresses()
		}
	}
	return found
}

// literal writes the text of every branch; what is filled in becomes a letter.
func literal(w *strings.Builder, n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			literal(w, c)
		}
	case *parse.TextNode:
		w.Write(n.Text)
	case *parse.IfNode:
		literal(w, n.List)
		literal(w, n.ElseList)
	case *parse.RangeNode:
		literal(w, n.List)
		literal(w, n.ElseList)
	case *parse.WithNode:
		literal(w, n.List)
		literal(w, n.ElseList)
	case *parse.ActionNode, *parse.TemplateNode:
		w.WriteByte('x')
	}
}

// unasked makes sets in which both sides of every if are executed, so that a
// field that is gone is found in a branch that no sample takes (UIX-082). They
// draw nothing that anybody sees, so nothing is escaped.
func unasked(sets map[string]*template.Template) (map[string]*texttemplate.Template, error) {
	out := make(map[string]*texttemplate.Template, len(sets))
	for _, page := range slices.Sorted(maps.Keys(sets)) {
		set := sets[page]
		copied := texttemplate.New("").Option("missingkey=error")
		for _, t := range set.Templates() {
			if t.Tree == nil {
				continue
			}
			tree := t.Tree.Copy()
			tree.Root = both(tree.Root)
			if _, err := copied.AddParseTree(t.Name(), tree); err != nil {
				return nil, err
			}
		}
		out[page] = copied
	}
	return out, nil
}

// both puts the two sides of an if one after the other, the condition in front
// for the variable that it may declare.
func both(list *parse.ListNode) *parse.ListNode {
	if list == nil {
		return nil
	}
	out := &parse.ListNode{NodeType: parse.NodeList, Pos: list.Pos}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			out.Nodes = append(out.Nodes, &parse.ActionNode{NodeType: parse.NodeAction, Pos: n.Pos, Line: n.Line, Pipe: n.Pipe})
			out.Nodes = append(out.Nodes, both(n.List).Nodes...)
			if n.ElseList != nil {
				out.Nodes = append(out.Nodes, both(n.ElseList).Nodes...)
			}
		case *parse.RangeNode:
			n.List, n.ElseList = both(n.List), both(n.ElseList)
			out.Nodes = append(out.Nodes, n)
		case *parse.WithNode:
			n.List, n.ElseList = both(n.List), both(n.ElseList)
			out.Nodes = append(out.Nodes, n)
		case *parse.BreakNode, *parse.ContinueNode:
			// What stands behind it is to be executed as well.
		default:
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}

// gone is the engine's error about a field that a type does not have; empty for
// every other one, which a branch may have been there to prevent.
func gone(t *texttemplate.Template, data any) string {
	var exec texttemplate.ExecError
	var buf bounded
	err := t.ExecuteTemplate(&buf, "layout", data)
	if errors.As(err, &exec) && strings.Contains(err.Error(), "can't evaluate field") {
		return trimError(err)
	}
	return ""
}
