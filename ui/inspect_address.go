package ui

import (
	"strings"

	"golang.org/x/net/html"
)

// addresses refuses everything that asks another origin for something, or leads
// to one that is not configured (UIX-005).
func (in inspection) addresses() {
	// What the shipped page links to is configured: help, privacy, terms, the
	// documentation of a code, the phone's authenticator app.
	allowed := map[string]bool{}
	for _, n := range every(in.shipped, "a") {
		allowed[get(n, "href")] = true
	}
	custom := in.frame.bound.config.Custom
	for _, u := range []string{custom.HelpURL, custom.PrivacyURL, custom.TermsURL} {
		allowed[u] = true
	}
	for _, n := range in.nodes {
		for _, a := range n.Attr {
			switch a.Key {
			case "href", "src", "action", "formaction", "poster", "data", "background", "manifest", "ping", "codebase", "longdesc", "usemap":
				in.address(n, a.Key, a.Val, n.Data == "a" && (allowed[a.Val] || asks(a.Val)))
			case "srcset", "imagesrcset":
				for one := range strings.SplitSeq(a.Val, ",") {
					address, _, _ := strings.Cut(strings.TrimSpace(one), " ")
					in.address(n, a.Key, address, false)
				}
			default:
				// Presentation attributes of pictures may name one.
				if at := strings.Index(strings.ToLower(a.Val), "url("); at >= 0 && n.Namespace == "svg" {
					in.address(n, a.Key, strings.Trim(a.Val[at+len("url("):], `"' )`), false)
				}
			}
		}
	}
}

// asks reports whether a link opens a program of the reader's instead of a page:
// a way to reach the people behind the site.
func asks(address string) bool {
	return strings.HasPrefix(address, "mailto:") || strings.HasPrefix(address, "tel:")
}

func (in inspection) address(n *html.Node, key, value string, allowed bool) {
	switch {
	case allowed || own(value):
	case strings.Contains(value, "#ZgotmplZ"):
		in.report(RuleForeign, key+" of "+n.Data+": the template engine took the address for unsafe")
	default:
		in.report(RuleForeign, key+" of "+n.Data+" leads to "+shorten(value)+
			": only this origin and the configured HelpURL, PrivacyURL and TermsURL")
	}
}

// own reports whether a browser takes an address for one of this origin. It
// strips tabs, line ends and outer spaces first, and takes a backslash for a
// slash (WHATWG URL §4.4).
func own(address string) bool {
	address = strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\r':
			return -1
		case '\\':
			return '/'
		}
		return r
	}, strings.TrimFunc(address, func(r rune) bool { return r <= ' ' }))
	if strings.HasPrefix(address, "//") || strings.Contains(address, "#ZgotmplZ") {
		return false
	}
	// A colon before any of these ends a scheme.
	end := strings.IndexAny(address, "/?#")
	if end < 0 {
		end = len(address)
	}
	return !strings.Contains(address[:end], ":")
}

func shorten(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
