package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/gallery"
)

// device is a window to look through.
type device struct {
	name          string
	width, height int64
	scale         float64
}

func devices() []device {
	return []device{{"desktop", 1280, 800, 1.25}, {"phone", 390, 844, 1.5}}
}

var schemes = []string{"light", "dark"}

// file is the name of a picture.
func file(sample, device, scheme, format string) string {
	return fmt.Sprintf("%s-%s-%s.%s", sample, device, scheme, format)
}

// shoot takes every picture, or those of one page.
func shoot(out, fonts, format, only string) error {
	work, err := os.MkdirTemp("", "screens")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // what stays is a temporary directory
	env, err := environment(fonts, work)
	if err != nil {
		return err
	}
	g, err := gallery.New("en", "de")
	if err != nil {
		return err
	}
	s := httptest.NewServer(g)
	defer s.Close()
	ctx, end, err := browser.Launch(filepath.Join(work, "profile"), chromedp.Env(env...),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("disable-lcd-text", true))
	if err != nil {
		return err
	}
	defer end()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	all := pictures()
	for _, d := range devices() {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(d.width, d.height, chromedp.EmulateScale(d.scale))); err != nil {
			return err
		}
		for _, p := range all {
			if only != "" && p.sample != only {
				continue
			}
			if !slices.Contains(g.Names, p.sample) {
				return fmt.Errorf("no sample %q", p.sample)
			}
			for _, scheme := range schemes {
				body, err := take(ctx, s.URL+"/"+p.sample, scheme, format, d)
				if err != nil {
					return fmt.Errorf("%s: %w", p.sample, err)
				}
				if err := os.WriteFile(filepath.Join(out, file(p.sample, d.name, scheme, format)), body, 0o644); err != nil { //nolint:gosec // a picture for everybody
					return err
				}
			}
		}
	}
	if only != "" {
		return nil
	}
	return os.WriteFile(filepath.Join(out, "README.md"), index(all, format), 0o644) //nolint:gosec // as above
}

// take opens a page and takes it down to its end.
func take(ctx context.Context, address, scheme, format string, d device) ([]byte, error) {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		return nil, err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		return nil, err
	}
	// A caret blinks.
	height, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.fonts.ready.then(() => {
		if (document.activeElement?.matches("input")) document.activeElement.blur();
		return document.documentElement.scrollHeight;
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	beyond, quality := true, int64(80)
	params := page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormat(format), CaptureBeyondViewport: &beyond,
		Clip: &page.Viewport{Width: float64(d.width), Height: float64(max(height, d.height)), Scale: 1},
	}
	if format == "webp" {
		params.Quality = &quality
	}
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, params)
	if err != nil {
		return nil, err
	}
	return shot.Data, nil
}
