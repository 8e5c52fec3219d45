package ui

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// tokens refuses a form that posts without its token, or in a way in which the
// token is not found (UIX-050, CSR-012).
func (in inspection) tokens() {
	for _, form := range every(in.nodes, "form") {
		fields := in.fieldsOf(form)
		tokens, secret := 0, false
		enctype := get(form, "enctype")
		posts := strings.EqualFold(get(form, "method"), "post")
		for _, n := range fields {
			switch {
			case get(n, "name") == "_csrf":
				if kindOf(n) == "hidden" && get(n, "value") == in.frame.CSRF {
					tokens++
				} else {
					tokens = -1 << 10 // two tokens, or another one, are refused by the server
				}
			case kindOf(n) == "password":
				secret = true
			}
			posts = posts || strings.EqualFold(get(n, "formmethod"), "post")
			enctype += get(n, "formenctype")
		}
		switch {
		case posts && tokens != 1:
			in.report(RuleCSRF, `a form posts without one _csrf field: use {{template "csrf" .}}`)
		case !posts && secret:
			in.report(RuleForm, "a form with a password does not post")
		}
		if enctype != "" && enctype != "application/x-www-form-urlencoded" {
			in.report(RuleCSRF, "a form with an enctype of its own: the token is not found in it")
		}
	}
}

// fields demands of each form in the shipped page's main that the page has one
// with the same address and the same field names: whatever else a template
// changes, the handlers still find what they read.
func (in inspection) fields() {
	shipped := inspection{nodes: in.shipped}
	for _, want := range every(in.shipped, "form") {
		if ancestor(want, "main") == nil {
			continue
		}
		action := get(want, "action")
		var same []*html.Node
		for _, form := range every(in.nodes, "form") {
			if get(form, "action") == action && strings.EqualFold(get(form, "method"), "post") {
				same = append(same, form)
			}
		}
		if len(same) == 0 {
			in.report(RuleForm, "no form posts to "+action)
			continue
		}
		var least []string
		for i, form := range same {
			if missing := lacks(shipped.fieldsOf(want), in.fieldsOf(form)); i == 0 || len(missing) < len(least) {
				least = missing
			}
		}
		for _, name := range least {
			in.report(RuleForm, "the form that posts to "+action+" has no "+name)
		}
	}
}

// lacks names the fields of want that have is without.
func lacks(want, have []*html.Node) []string {
	var missing []string
	for _, w := range want {
		if get(w, "name") == "" || get(w, "name") == "_csrf" {
			continue
		}
		if !slices.ContainsFunc(have, func(h *html.Node) bool { return stands(h, w) }) {
			missing = append(missing, describe(w))
		}
	}
	return missing
}

// stands reports whether h sends what w sends.
func stands(h, w *html.Node) bool {
	if get(h, "name") != get(w, "name") {
		return false
	}
	switch {
	case kindOf(w) == "hidden", kindOf(w) == "checkbox", w.Data == "button":
		// What is sent is the value.
		return get(h, "value") == get(w, "value")
	case kindOf(w) == "password":
		// A secret is neither shown while it is typed nor sent back.
		return kindOf(h) == "password" && get(h, "value") == ""
	}
	return kindOf(h) != "hidden"
}

func describe(n *html.Node) string {
	switch {
	case n.Data == "button":
		return `button "` + get(n, "name") + `" with the value "` + get(n, "value") + `"`
	case kindOf(n) == "password":
		return `password field "` + get(n, "name") + `"`
	}
	return `field "` + get(n, "name") + `"`
}

// fieldsOf are the fields inside of a form and those that name it.
func (in inspection) fieldsOf(form *html.Node) []*html.Node {
	var out []*html.Node
	id := get(form, "id")
	for _, n := range in.nodes {
		if !isField(n) {
			continue
		}
		owner := get(n, "form")
		if owner == "" && ancestor(n, "form") == form || owner != "" && owner == id {
			out = append(out, n)
		}
	}
	return out
}

func isField(n *html.Node) bool {
	return n.Namespace == "" && slices.Contains([]string{"input", "select", "textarea", "button"}, n.Data)
}

// kindOf is the type of an input in lower case; of other fields their element.
func kindOf(n *html.Node) string {
	if n.Data != "input" {
		return n.Data
	}
	return strings.ToLower(get(n, "type"))
}

func nameOf(n *html.Node) string {
	if name := get(n, "name"); name != "" {
		return `"` + name + `"`
	}
	return n.Data
}

// named is the first field with a name that is seen.
func named(nodes []*html.Node, name string) *html.Node {
	for _, n := range nodes {
		if isField(n) && get(n, "name") == name && kindOf(n) != "hidden" {
			return n
		}
	}
	return nil
}
