package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/template/parse"
)

// prepared are the shipped templates with all in them that is the same on every page of a
// language: its words, the paths of other pages, the style sheet. That is most of a page,
// and most of what drawing one costs.
//
// Each set is made when a page is first asked for in a language. Whoever comes at the
// same time makes the same one; none waits for another.
type prepared struct {
	sets map[sheet]*atomic.Pointer[template.Template]
}

// sheet is a page in a language.
type sheet struct{ page, language string }

func newPrepared(l *languages, pages map[string]*template.Template) *prepared {
	p := &prepared{sets: make(map[sheet]*atomic.Pointer[template.Template], len(pages)*len(l.offered))}
	for page := range pages {
		for _, c := range l.offered {
			p.sets[sheet{page, c.lang}] = &atomic.Pointer[template.Template]{}
		}
	}
	return p
}

// sharedPrepared are those of all renderers whose pages stand where they do by default and
// look and speak as shipped: what they have in common is a function of embedded texts.
var sharedPrepared = sync.OnceValues(func() (*prepared, error) { //axess:allow L07 a function of texts in the program, which waits for nothing
	pages, err := shippedTemplates()
	if err != nil {
		return nil, err
	}
	l, err := shippedLanguages()
	if err != nil {
		return nil, err
	}
	return newPrepared(l, pages), nil
})

// preparedFor are the sets for a binding.
func preparedFor(b *binding, theme settled) (*prepared, error) {
	l, err := shippedLanguages()
	if err != nil {
		return nil, err
	}
	if b.languages == l && b.config.BasePath == defaultBase && b.config.Home == defaultHome && theme.sheet == "" && theme.logo == nil {
		return sharedPrepared()
	}
	pages, err := shippedTemplates()
	if err != nil {
		return nil, err
	}
	return newPrepared(b.languages, pages), nil
}

// set is the one that draws a page for a renderer.
func (p *prepared) set(b *binding, page, language string) (*template.Template, error) {
	slot := p.sets[sheet{page, language}]
	if slot == nil {
		return nil, fmt.Errorf("ui: render: no template %q", page)
	}
	if set := slot.Load(); set != nil {
		return set, nil
	}
	pages, err := shippedTemplates()
	if err != nil {
		return nil, err
	}
	set, err := pages[page].Clone()
	if err != nil {
		return nil, fmt.Errorf("ui: templates: %s: %w", page, err)
	}
	frame := &Frame{Language: language}
	frame.attach(b, Text{}, "")
	say(set, frame)
	slot.Store(set)
	return set, nil
}

// say puts text in the place of every action of a set that says the same for every model
// with a frame's language. The set is drawn once before, in vain: the engine's escapers
// are part of each action then, so the text is what they make of it in its place.
func say(set *template.Template, frame *Frame) {
	layout := set.Lookup("layout")
	_ = set.ExecuteTemplate(io.Discard, layout.Name(), nil) // without a model it ends early
	if layout.Tree == nil {
		return // the escaper refuses it, as it will when it is drawn
	}
	root := layout.Tree.Root
	alone := func(n parse.Node) (*parse.TextNode, bool) {
		var out bytes.Buffer
		layout.Tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{n}}
		err := set.ExecuteTemplate(&out, layout.Name(), frame)
		layout.Tree.Root = root
		return &parse.TextNode{NodeType: parse.NodeText, Text: out.Bytes()}, err == nil
	}
	all := set.Templates()
	slices.SortFunc(all, func(a, b *template.Template) int { return strings.Compare(a.Name(), b.Name()) })
	for _, t := range all {
		if t.Tree != nil {
			settle(t.Tree.Root, alone)
		}
	}
}

// settle says what it can in a list, and in those within.
func settle(list *parse.ListNode, alone func(parse.Node) (*parse.TextNode, bool)) {
	if list == nil {
		return
	}
	kept := list.Nodes[:0]
	for _, n := range list.Nodes {
		switch branch := n.(type) {
		case *parse.IfNode:
			settle(branch.List, alone)
			settle(branch.ElseList, alone)
		case *parse.RangeNode:
			settle(branch.List, alone)
			settle(branch.ElseList, alone)
		case *parse.WithNode:
			settle(branch.List, alone)
			settle(branch.ElseList, alone)
		}
		if constant(n) {
			if said, ok := alone(n); ok {
				n = said
			}
		}
		if call, ok := n.(*parse.TemplateNode); ok && field(call) {
			if said, ok := alone(n); ok {
				n = unlessProblems(call, said)
			}
		}
		if next, ok := n.(*parse.TextNode); ok && len(kept) > 0 {
			if last, ok := kept[len(kept)-1].(*parse.TextNode); ok {
				kept[len(kept)-1] = &parse.TextNode{NodeType: parse.NodeText, Text: slices.Concat(last.Text, next.Text)}
				continue
			}
		}
		kept = append(kept, n)
	}
	clear(list.Nodes[len(kept):])
	list.Nodes = kept
}

// constant reports a node that depends on nothing but language and renderer: a text
// without arguments, a path without a segment that varies, what is said of an asset. It
// knows the shipped templates: one of the program could say anything within an asset.
func constant(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.ActionNode:
		return len(n.Pipe.Decl) == 0 && calls(n.Pipe.Cmds[0], "T", "Path")
	case *parse.WithNode:
		return len(n.Pipe.Decl) == 0 && len(n.Pipe.Cmds) == 1 && calls(n.Pipe.Cmds[0], "Asset") && n.ElseList == nil
	}
	return false
}

// field reports the field of a form whose value does not vary: what it says depends on
// language and renderer, and on what has to be corrected.
func field(n *parse.TemplateNode) bool {
	if n.Name != "input" || n.Pipe == nil || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 {
		return false
	}
	in, ok := n.Pipe.Cmds[0].Args[0].(*parse.PipeNode)
	if !ok || len(in.Cmds) != 1 || len(in.Cmds[0].Args) != 3 || in.Cmds[0].Args[1].Type() != parse.NodeString || in.Cmds[0].Args[2].Type() != parse.NodeString {
		return false
	}
	of, ok := in.Cmds[0].Args[0].(*parse.FieldNode)
	return ok && len(of.Ident) == 1 && of.Ident[0] == "Input"
}

// unlessProblems says a field where nothing has to be corrected, and draws it where
// something has: {{if .Problems}}{{template "input" …}}{{else}}…{{end}}.
func unlessProblems(n *parse.TemplateNode, said *parse.TextNode) parse.Node {
	problems := &parse.FieldNode{NodeType: parse.NodeField, Pos: n.Pos, Ident: []string{"Problems"}}
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pos, Line: n.Line, Cmds: []*parse.CommandNode{
		{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{problems}},
	}}
	list := func(n parse.Node) *parse.ListNode {
		return &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{n}}
	}
	return &parse.IfNode{BranchNode: parse.BranchNode{NodeType: parse.NodeIf, Pos: n.Pos, Line: n.Line, Pipe: pipe, List: list(n), ElseList: list(said)}}
}

// calls reports the call of a method of the frame with one word that stands there.
func calls(c *parse.CommandNode, methods ...string) bool {
	if len(c.Args) != 2 || c.Args[1].Type() != parse.NodeString {
		return false
	}
	switch of := c.Args[0].(type) {
	case *parse.FieldNode: // .T
		return len(of.Ident) == 1 && slices.Contains(methods, of.Ident[0])
	case *parse.VariableNode: // $.T
		return len(of.Ident) == 2 && of.Ident[0] == "$" && slices.Contains(methods, of.Ident[1])
	}
	return false
}
