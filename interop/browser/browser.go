package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Browser is a window with its own cookies. Its methods fail the test.
type Browser struct {
	t          testing.TB
	name       string
	ctx        context.Context
	complaints complaints
	traffic    traffic
	shots      string
	shot       int
}

// do runs steps, within patience.
func (b *Browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail("%s: %v", what, err)
	}
}

// fail says where the browser was and what it showed.
func (b *Browser) fail(format string, args ...any) {
	b.t.Helper()
	b.Shot("failed")
	where, _ := ask[string](b, "location.href") // what is unknown stays empty
	text, _ := ask[string](b, "document.body.innerText")
	b.t.Fatalf("browser: %s: %s\nat %s\nconsole: %q\n%s", b.name, fmt.Sprintf(format, args...), where, b.Complaints(), text)
}

// ask evaluates an expression in the page.
func ask[T any](b *Browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// until asks again and again: a page that is just being replaced answers with an
// error, which is no answer.
func (b *Browser) until(what, condition string) {
	b.t.Helper()
	last := time.Now().Add(patience)
	for {
		ok, err := ask[bool](b, condition)
		if err == nil && ok {
			return
		}
		if time.Now().After(last) {
			b.fail("%s: not within %v (%v)", what, patience, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// quote makes a JavaScript literal of s.
func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has a JSON form
	}
	return string(q)
}

// Go opens an address and waits until it is loaded, whatever its status.
func (b *Browser) Go(address string) {
	b.t.Helper()
	b.do("open "+address, chromedp.Navigate(address))
	b.until("open "+address, `document.readyState === "complete"`)
}

// Path returns the path of the page that is shown.
func (b *Browser) Path() string {
	b.t.Helper()
	return b.address().Path
}

func (b *Browser) address() *url.URL {
	b.t.Helper()
	s, err := ask[string](b, "location.href")
	if err != nil {
		b.fail("where: %v", err)
	}
	u, err := url.Parse(s)
	if err != nil {
		b.fail("where: %v", err)
	}
	return u
}

// WaitPath waits until a page with this path is loaded.
func (b *Browser) WaitPath(path string) {
	b.t.Helper()
	b.until("wait for page "+path, `location.pathname === `+quote(path)+` && document.readyState === "complete"`)
}

// WaitText waits until the page shows a text, and is loaded.
func (b *Browser) WaitText(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("wait for text %q", text),
		`document.readyState === "complete" && document.body.innerText.includes(`+quote(text)+`)`)
}

// Text is what the page shows.
func (b *Browser) Text() string {
	b.t.Helper()
	s, err := ask[string](b, "document.body.innerText")
	if err != nil {
		b.fail("read: %v", err)
	}
	return s
}

// TextOf is what the first element shows that a CSS selector finds.
func (b *Browser) TextOf(selector string) string {
	b.t.Helper()
	s, err := ask[*string](b, `document.querySelector(`+quote(selector)+`)?.textContent ?? null`)
	if err != nil || s == nil {
		b.fail("read %s: nothing there (%v)", selector, err)
	}
	return strings.TrimSpace(*s)
}

// Has reports whether the page shows a text now.
func (b *Browser) Has(text string) bool {
	b.t.Helper()
	return strings.Contains(b.Text(), text)
}

// words is a script's normal form of what an element says.
const words = `const words = e => e.textContent.replace(/\s+/g, " ").trim();`

// Fill types into the field whose label says exactly this or, if none does, the first
// one that begins with it, key by key, in place of what it held.
func (b *Browser) Fill(label, text string) {
	b.t.Helper()
	const field = `(() => { ` + words + ` const all = [...document.querySelectorAll("label")].filter(l => l.control && l.control.checkVisibility());
		return (all.find(l => words(l) === %[1]s) ?? all.find(l => words(l).startsWith(%[1]s)))?.control })()`
	find := fmt.Sprintf(field, quote(label))
	b.until(fmt.Sprintf("find the field %q", label), `!!`+find)
	b.do(fmt.Sprintf("fill %q", label),
		chromedp.Clear(chromedp.JSPath(find)),
		chromedp.SendKeys(chromedp.JSPath(find), text))
}

// Press clicks the visible button or link that says exactly this or, if none
// does, the first one that begins with it.
func (b *Browser) Press(text string) {
	b.t.Helper()
	const target = `(() => { ` + words + ` const all = [...document.querySelectorAll("button, a, summary")].filter(e => e.checkVisibility());
		return all.find(e => words(e) === %[1]s) ?? all.find(e => words(e).startsWith(%[1]s)) })()`
	find := fmt.Sprintf(target, quote(text))
	b.until(fmt.Sprintf("find %q to press", text), `!!`+find)
	b.do(fmt.Sprintf("press %q", text), chromedp.Click(chromedp.JSPath(find)))
}

// Reload asks for the page again.
func (b *Browser) Reload() {
	b.t.Helper()
	b.do("reload", chromedp.Reload())
	b.until("reload", `document.readyState === "complete"`)
}

// Cookies returns the cookies that the browser would send to the page it shows,
// by name.
func (b *Browser) Cookies() map[string]*network.Cookie {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		b.fail("cookies: %v", err)
	}
	cookies := map[string]*network.Cookie{}
	for _, c := range got.Cookies {
		cookies[c.Name] = c
	}
	return cookies
}

// Shot writes a screenshot of the whole page into the directory that WALK_SHOTS
// names, numbered in order; without it, it does nothing.
func (b *Browser) Shot(title string) {
	if b.shots == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	b.shot++
	file := filepath.Join(b.shots, fmt.Sprintf("%s-%02d-%s.png", b.name, b.shot, title))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(b.shots, 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		b.t.Errorf("browser: %s: screenshot %s: %v", b.name, title, err)
	}
}

// Query returns the query of the page that is shown, without the question mark.
func (b *Browser) Query() string {
	b.t.Helper()
	return b.address().RawQuery
}

// Value evaluates an expression in the page and returns the text of its result.
func (b *Browser) Value(expression string) string {
	b.t.Helper()
	s, err := ask[string](b, `String(`+expression+`)`)
	if err != nil {
		b.fail("evaluate %s: %v", expression, err)
	}
	return s
}

// Answer evaluates an expression, waits for the promise if it is one, and returns
// what it came to.
func Answer[T any](b *Browser, what, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail("%s: %.500v", what, err)
	}
	return out
}

// Until waits until an expression is true in the page.
func (b *Browser) Until(what, expression string) {
	b.t.Helper()
	b.until(what, expression)
}
