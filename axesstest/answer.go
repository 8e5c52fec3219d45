package axesstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Answer is what came back, read to its end. Its Want… methods fail the test with
// the request, the answer and the log lines of that request; they return the
// answer, so that they can be written one after the other.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	// URL is where redirects led, Via are the addresses that they named.
	URL *url.URL
	Via []*url.URL
	// Request is the first one.
	Request *http.Request

	b *Browser
}

// Want demands a status.
func (a *Answer) Want(status int) *Answer {
	a.b.kit.T.Helper()
	if a.Status != status {
		a.fail("status %d, want %d", a.Status, status)
	}
	return a
}

// WantText demands words in the body.
func (a *Answer) WantText(text string) *Answer {
	a.b.kit.T.Helper()
	if !strings.Contains(a.Body, text) && !strings.Contains(html.UnescapeString(a.Body), text) {
		a.fail("no %q in the answer", text)
	}
	return a
}

// WantAt demands that redirects led to a path.
func (a *Answer) WantAt(path string) *Answer {
	a.b.kit.T.Helper()
	if a.URL.Path != path {
		a.fail("at %s, want %s", a.URL.Path, path)
	}
	return a
}

// WantSignIn demands that nobody was let pass: a page led to sign-in, a fetch got
// 401.
func (a *Answer) WantSignIn() *Answer {
	a.b.kit.T.Helper()
	if a.Status != http.StatusUnauthorized && a.URL.Path != a.b.kit.page("/sign-in") {
		a.fail("at %s with %d, want the sign-in page or 401", a.URL.Path, a.Status)
	}
	return a
}

// WantProblem demands a refusal with a code of docs/errors.md, such as
// "csrf_failed". Pages show the code too.
func (a *Answer) WantProblem(code string) *Answer {
	a.b.kit.T.Helper()
	if got := a.Problem(); got != code && !(got == "" && a.Status >= 400 && strings.Contains(a.Body, code)) {
		a.fail("code %q, want %q", got, code)
	}
	return a
}

// Problem is the code of a problem document, or nothing.
func (a *Answer) Problem() string {
	var doc struct{ Code string }
	if a.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(a.Body), &doc) != nil {
		return ""
	}
	return doc.Code
}

// Submit fills in the form on this page that posts to action, and sends it with
// everything that the page has hidden in it. A field that the form does not have
// fails the test.
func (a *Answer) Submit(action string, fields Form) *Answer {
	a.b.kit.T.Helper()
	doc, err := html.Parse(strings.NewReader(a.Body))
	if err != nil {
		a.fail("no page: %v", err)
	}
	var form *html.Node
	for n := range doc.Descendants() {
		if n.Data == "form" && attr(n, "action") == action && strings.EqualFold(attr(n, "method"), "post") {
			form = n
			break
		}
	}
	if form == nil {
		a.fail("no form that posts to %s", action)
		return a
	}
	values, has := url.Values{}, map[string]bool{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		has[name] = true
		if n.Data == "input" && attr(n, "type") == "hidden" {
			values.Set(name, attr(n, "value"))
		}
	}
	for k, v := range fields {
		if !has[k] {
			a.fail("the form to %s has no field %s", action, k)
		}
		values.Set(k, v)
	}
	r := a.b.Request(http.MethodPost, action, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header["X-Csrf-Token"] = nil // the page's own token counts, and no other
	return a.b.Do(r)
}

func attr(n *html.Node, name string) string {
	for _, at := range n.Attr {
		if at.Key == name {
			return at.Val
		}
	}
	return ""
}

func (a *Answer) fail(format string, args ...any) {
	a.b.kit.T.Helper()
	a.b.kit.T.Fatalf("axesstest: "+format+"\n%s", append(args, a.report())...)
}

// report is request and answer, with what the log says about it.
func (a *Answer) report() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s", a.Request.Method, a.Request.URL.RequestURI())
	for _, u := range a.Via {
		fmt.Fprintf(&out, " → %s", u.RequestURI())
	}
	fmt.Fprintf(&out, "\n%d %v\n%s\n", a.Status, a.Header, a.Body)
	if id := a.Header.Get("X-Request-Id"); id != "" {
		for line := range strings.Lines(a.b.kit.log.String()) {
			if strings.Contains(line, id) {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}
