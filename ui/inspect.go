package ui

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// inspection compares one page with the shipped one.
type inspection struct {
	nodes, shipped []*html.Node // elements in the order of reading
	frame          Frame
	report         func(Rule, string)
}

func inspect(page, shipped *html.Node, f Frame, report func(Rule, string)) {
	in := inspection{elementsOf(page), elementsOf(shipped), f, report}
	in.frameParts()
	in.inline()
	in.addresses()
	in.tokens()
	in.fields()
	in.labels()
	in.summary()
	in.notice()
}

// frameParts checks what every document has (UIX-051, UIX-085).
func (in inspection) frameParts() {
	if lang := get(first(in.nodes, "html"), "lang"); lang != in.frame.Language {
		in.report(RuleFrame, `html has not lang="{{.Language}}"`)
	}
	if dir := get(first(in.nodes, "html"), "dir"); dir != in.frame.Direction() {
		in.report(RuleFrame, `html has not dir="{{.Direction}}"`)
	}
	title := words(first(in.nodes, "title"))
	if title == "" {
		in.report(RuleFrame, "there is no title")
	} else if len(in.frame.Problems) > 0 {
		// The first word of the shipped title says that something is wrong.
		if mark, _, _ := strings.Cut(words(first(in.shipped, "title")), " "); !strings.HasPrefix(title, mark) {
			in.report(RuleFrame, "the title of a page with problems does not begin with "+mark+" as {{.DocumentTitle}} does")
		}
	}
	if len(every(in.nodes, "main")) != 1 {
		in.report(RuleFrame, "there is not one main")
	}
	if h1 := every(in.nodes, "h1"); len(h1) != 1 || words(h1[0]) == "" {
		in.report(RuleFrame, "there is not one h1 with words")
	}
	seen := map[string]bool{}
	for _, n := range in.nodes {
		id := get(n, "id")
		if id != "" && seen[id] {
			in.report(RuleFrame, `the id "`+id+`" stands twice`)
		}
		seen[id] = true
	}
}

// inline refuses what the policy of the pages would block anyway, and what would
// change the document behind its back (UIX-002).
func (in inspection) inline() {
	for _, n := range in.nodes {
		switch n.Data {
		case "script":
			if get(n, "src") == "" || n.FirstChild != nil {
				in.report(RuleInline, "inline script: the policy blocks it, move it to a file of your own")
			}
		case "style":
			in.report(RuleInline, "style element: the policy blocks it, move it to a file of your own")
		case "iframe", "frame", "frameset", "object", "embed", "applet", "base", "animate", "set", "animateTransform", "animateMotion":
			in.report(RuleElement, "element "+n.Data)
		case "meta":
			if equiv := get(n, "http-equiv"); equiv != "" {
				in.report(RuleElement, `meta http-equiv="`+equiv+`"`)
			}
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || a.Key == "srcdoc":
				in.report(RuleInline, a.Key+" attribute on "+n.Data+": the policy blocks it")
			case strings.HasPrefix(a.Key, "on"):
				in.report(RuleInline, "handler "+a.Key+" on "+n.Data+": the policy blocks it")
			}
		}
	}
}

// summary demands that problems are said before the first form, with a link to
// each field that is marked as wrong (UIX-051).
func (in inspection) summary() {
	main := first(in.nodes, "main")
	if len(in.frame.Problems) == 0 || main == nil {
		return
	}
	var said strings.Builder
	links := map[string]bool{}
	for _, n := range elementsOf(main) {
		if n.Data == "form" {
			break
		}
		said.WriteString(ownWords(n) + " ")
		if n.Data == "a" {
			links[get(n, "href")] = true
		}
	}
	text := strings.Join(strings.Fields(said.String()), " ")
	for _, p := range in.frame.Problems {
		sentence, err := in.frame.Say(p.Text)
		if err != nil {
			in.report(RuleExecute, err.Error())
			continue
		}
		if !strings.Contains(text, strings.Join(strings.Fields(sentence), " ")) {
			in.report(RuleSummary, `problems are not said in main before the first form: use {{template "summary" .}}`)
		}
		field := named(in.nodes, p.Field)
		if p.Field == "" || field == nil {
			continue // a missing field is a finding of its own
		}
		if id := get(field, "id"); id == "" || !links["#"+id] {
			in.report(RuleSummary, `the summary does not link to the field "`+p.Field+`"`)
		}
		if get(field, "aria-invalid") != "true" {
			in.report(RuleSummary, `the field "`+p.Field+`" is not marked with aria-invalid`)
		}
	}
}

// notice demands a status region with the message of the step before (UIX-057).
func (in inspection) notice() {
	if in.frame.Notice.Empty() {
		return
	}
	sentence, err := in.frame.Say(in.frame.Notice)
	if err != nil {
		in.report(RuleExecute, err.Error())
		return
	}
	for _, n := range in.nodes {
		if get(n, "role") == "status" && strings.Contains(words(n), strings.Join(strings.Fields(sentence), " ")) {
			return
		}
	}
	in.report(RuleNotice, `the notice is not said in a status region: use {{template "notice" .}}`)
}

// labels demands a label with words for each field that is seen (UIX-050).
func (in inspection) labels() {
	labelled := map[string]bool{}
	for _, l := range every(in.nodes, "label") {
		if words(l) != "" {
			labelled[get(l, "for")] = true
		}
	}
	for _, n := range in.nodes {
		if !isField(n) || slices.Contains([]string{"hidden", "submit", "button", "reset", "image"}, kindOf(n)) || n.Data == "button" {
			continue
		}
		if id := get(n, "id"); id != "" && labelled[id] {
			continue
		}
		if l := ancestor(n, "label"); l != nil && words(l) != "" {
			continue
		}
		in.report(RuleLabel, "the field "+nameOf(n)+" has no label")
	}
}
