package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// complaints are what the pages of a browser were unhappy about.
type complaints struct {
	mu       sync.Mutex
	heard    []string
	expected []string
}

// hear runs in the loop that reads the browser's messages: it must be quick.
func (c *complaints) hear(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
		c.add("uncaught: " + text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type != runtime.ConsoleAPICalledTypeError && ev.Type != runtime.ConsoleAPICalledTypeAssert && ev.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		text := "console." + string(ev.Type) + ":"
		for _, a := range ev.Args {
			text += " " + string(a.Value)
		}
		c.add(text)
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning {
			c.add(fmt.Sprintf("%s %s: %s %s", ev.Entry.Source, ev.Entry.Level, ev.Entry.Text, ev.Entry.URL))
		}
	case *audits.EventIssueAdded:
		if d := ev.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			csp := d.ContentSecurityPolicyIssueDetails
			c.add(fmt.Sprintf("content security policy: %s (%s) %s", csp.ViolatedDirective, csp.ContentSecurityPolicyViolationType, csp.BlockedURL))
		}
	}
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, text)
}

// list returns what was heard and not expected.
func (c *complaints) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.heard), func(text string) bool {
		return slices.ContainsFunc(c.expected, func(part string) bool { return strings.Contains(text, part) })
	})
}

// Expect says that complaints that contain part belong to the test, such as
// "status of 401" before a wrong password.
func (b *Browser) Expect(part string) {
	b.complaints.mu.Lock()
	defer b.complaints.mu.Unlock()
	b.complaints.expected = append(b.complaints.expected, part)
}

// Complaints returns what the pages complained about so far, but for what was
// expected.
func (b *Browser) Complaints() []string { return b.complaints.list() }

// judge fails the test for every complaint.
func (b *Browser) judge() {
	for _, text := range b.Complaints() {
		b.t.Errorf("browser: %s: the page complained: %s", b.name, text)
	}
}
