package browser

import (
	"context"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Resize makes the window as large as this, in CSS pixels.
func (b *Browser) Resize(width, height int) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(int64(width), int64(height)))
}

// Zoom makes the window one of width and height device pixels whose page is
// enlarged by a factor, as with ctrl and plus.
func (b *Browser) Zoom(width, height, factor int) {
	b.t.Helper()
	b.do("zoom", chromedp.EmulateViewport(int64(width/factor), int64(height/factor), chromedp.EmulateScale(float64(factor))))
}

// Media sets what media queries are told, as pairs of feature and value:
// "prefers-color-scheme", "dark". What is not named is as the system has it.
func (b *Browser) Media(pairs ...string) {
	b.t.Helper()
	var features []*emulation.MediaFeature
	for i := 0; i+1 < len(pairs); i += 2 {
		features = append(features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.fail("media %v: %v", pairs, err)
	}
}

// Key presses a key, such as kb.Tab, wherever the focus is.
func (b *Browser) Key(key string, options ...chromedp.KeyOption) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(key, options...))
}

// Enter presses the enter key wherever the focus is. As from a keyboard, what it
// means for a link is over when the key is down: the field that the link leads to
// is not sent as well.
func (b *Browser) Enter() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for _, part := range []input.DispatchKeyEventParams{
		{Type: input.DispatchKeyEventTypeRawKeyDown}, {Type: input.DispatchKeyEventTypeChar, Text: "\r"}, {Type: input.DispatchKeyEventTypeKeyUp},
	} {
		part.Key, part.Code, part.WindowsVirtualKeyCode = "Enter", "Enter", 13
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, part); err != nil {
			b.fail("enter: %v", err)
		}
	}
}
