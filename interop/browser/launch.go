package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/chromedp/chromedp"
)

var errMissing = errors.New("browser: no chromium, chromium-browser or google-chrome in PATH; make browser installs one on Debian")

// find looks for the program under its names.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errMissing
}

// Launch runs a headless Chromium with its profile in dir until end is called.
// The context is one for chromedp; its first tab is open. Tests use [Start].
func Launch(dir string, more ...chromedp.ExecAllocatorOption) (ctx context.Context, end func(), err error) {
	path, err := find()
	if err != nil {
		return nil, nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.WindowSize(1200, 900),
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
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	ctx, cancel := chromedp.NewContext(alloc)
	// The browser lives as long as the context of the first call: no timeout.
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		endAlloc()
		return nil, nil, fmt.Errorf("browser: start %s: %w", path, err)
	}
	return ctx, func() { cancel(); endAlloc() }, nil
}
