package browser

import (
	"context"
	"os"
	"os/exec"
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

// find looks for the program under its names.
func find() (string, bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// Start runs a headless Chromium with an empty profile until the test ends.
func Start(t testing.TB) *Chromium {
	t.Helper()
	path, ok := find()
	if !ok {
		t.Fatal("browser: no chromium, chromium-browser or google-chrome in PATH; make browser installs one on Debian")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1200, 900),
		// As root, and in most containers, the sandbox cannot start. The browser
		// only ever visits the test's own server.
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-GB"),
		// No Chromium asks the network for anything: not for names either.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	// The browser lives as long as the context of the first call: no timeout.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("browser: start %s: %v", path, err)
	}
	return &Chromium{t: t, ctx: ctx}
}

// Open opens a window with a cookie jar of its own. The name is for messages and
// screenshots.
func (c *Chromium) Open(name string) *Browser {
	c.t.Helper()
	b := &Browser{t: c.t, name: name, shots: os.Getenv("WALK_SHOTS")}
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.complaints.hear))
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
