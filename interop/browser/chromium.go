package browser

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// patience bounds the wait for anything that a page should do.
const patience = 30 * time.Second

// Chromium is one running browser process.
type Chromium struct {
	t   testing.TB
	ctx context.Context
}

// Start runs a headless Chromium with an empty profile until the test ends. More are
// options of the process, such as names for hosts.
func Start(t testing.TB, more ...chromedp.ExecAllocatorOption) *Chromium {
	t.Helper()
	ctx, end, err := Launch(t.TempDir(), more...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return &Chromium{t: t, ctx: ctx}
}

// Open opens a window with a cookie jar of its own. The name is for messages and
// screenshots.
func (c *Chromium) Open(name string) *Browser {
	c.t.Helper()
	b := &Browser{t: c.t, name: name, shots: os.Getenv("WALK_SHOTS")}
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.complaints.hear), chromedp.WithListener(b.traffic.hear))
	c.t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		c.t.Fatalf("browser: %s: open: %v", name, err)
	}
	_, err := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	if err == nil {
		_, err = chromedp.Call(ctx, audits.Enable, cdp.Empty{})
	}
	if err != nil {
		c.t.Fatalf("browser: %s: watch: %v", name, err)
	}
	c.t.Cleanup(b.judge)
	return b
}
