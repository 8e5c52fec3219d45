package browser

import (
	"context"
	"slices"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Request is one that a page made; what the browser itself wants, such as the icon
// of a tab, is none.
type Request struct {
	Kind string // "Document", "Stylesheet", "Script", …
	URL  string
}

// traffic is what the pages of a browser asked for.
type traffic struct {
	mu   sync.Mutex
	seen []Request
}

func (c *traffic) hear(ev any) {
	if ev, ok := ev.(*network.EventRequestWillBeSent); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen = append(c.seen, Request{string(ev.Type), ev.Request.URL})
	}
}

// Requests returns what the pages asked for so far.
func (b *Browser) Requests() []Request {
	b.traffic.mu.Lock()
	defer b.traffic.mu.Unlock()
	return slices.Clone(b.traffic.seen)
}

// WithoutScripts turns scripts of pages off; the questions of tests are answered
// nevertheless.
func (b *Browser) WithoutScripts() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.fail("turn scripts off: %v", err)
	}
}

// Back goes back as the button of the browser does, and does not wait: a page that
// was kept alive is not loaded.
func (b *Browser) Back() {
	b.t.Helper()
	b.Value(`setTimeout(() => history.back(), 0)`)
}
