package sim

import (
	"html"
	"net/url"
	"strings"
)

// formOf is the form of a page that leads to an action, or else the first to one that begins
// so, with what it sends unseen.
func formOf(page, action string) (to string, hidden url.Values, ok bool) {
	if to, hidden, ok = formTo(page, func(to string) bool { return to == action }); ok {
		return to, hidden, ok
	}
	return formTo(page, func(to string) bool { return strings.HasPrefix(to, action) })
}

func formTo(page string, fits func(string) bool) (to string, hidden url.Values, ok bool) {
	for {
		tag, rest, found := tagOf(page, "<form")
		if !found {
			return "", nil, false
		}
		body, after, _ := strings.Cut(rest, "</form>")
		page = after
		if to, found = attribute(tag, "action"); !found || !fits(to) {
			continue
		}
		hidden = url.Values{}
		for {
			if tag, body, found = tagOf(body, "<input"); !found {
				return to, hidden, true
			}
			kind, _ := attribute(tag, "type")
			name, named := attribute(tag, "name")
			value, valued := attribute(tag, "value")
			if kind == "hidden" && named && valued {
				hidden.Set(name, value)
			}
		}
	}
}

// tagOf is the inside of the next tag that begins so, and what follows it.
func tagOf(page, begin string) (tag, rest string, ok bool) {
	_, after, ok := strings.Cut(page, begin)
	if !ok {
		return "", "", false
	}
	return strings.Cut(after, ">")
}

// attribute is a quoted one of a tag. Quotation marks within a value are escaped, so a
// name that is followed by one is a name.
func attribute(tag, name string) (string, bool) {
	_, after, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return "", false
	}
	value, _, ok := strings.Cut(after, `"`)
	return html.UnescapeString(value), ok
}
