package pages

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/axess-go/axess/interop/browser"
)

var update = flag.Bool("update", false, "write the order of the keyboard anew")

// walked is what the keyboard reached, one stop after the other.
type walked struct {
	Stops  []string
	Faults []string
}

// watch notes every stop of the keyboard: who it is, whether that is seen, and
// whether it comes after the one before in the document and on the screen.
const watch = `(() => {
	window.walk = { Stops: [], Faults: [] };
	const name = e => (e.labels?.[0] ?? e).textContent.replace(/\s+/g, " ").trim();
	let last = null;
	document.addEventListener("focusin", ({ target: e }) => {
		if (e === document.body) return;
		const said = e.tagName.toLowerCase() + " " + name(e), fault = what => window.walk.Faults.push(said + ": " + what);
		if (e.id !== "problems") window.walk.Stops.push(said);
		const s = getComputedStyle(e), box = e.getBoundingClientRect();
		if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) fault("nobody sees that it has the focus");
		if (box.width < 1 || box.bottom < 0 || box.top > innerHeight) fault("is not in the window");
		const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
		if (at !== e && !e.contains(at) && !at?.contains(e)) fault("is covered by " + at?.outerHTML.slice(0, 80));
		if (last && !(last.compareDocumentPosition(e) & 4)) fault("comes before what was reached earlier");
		last = e;
	});
	// From the top, whatever the page has given the focus to.
	document.body.tabIndex = -1;
	document.body.focus();
	window.walk = { Stops: [], Faults: [] };
	last = null;
	return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")].filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility()).length;
})()`

// UIX-010: the keyboard reaches everything, in the order of reading, seen and
// uncovered, beginning with the way to the content, and gets out at the end.
func TestPages_keyboard_order(t *testing.T) {
	t.Parallel()
	origin, names := serve(t, "en", "de")
	b := shared.Start(t).Open("keyboard")
	b.Media("prefers-reduced-motion", "reduce")
	b.Resize(1280, 800)
	var all strings.Builder
	for _, name := range names {
		b.Go(origin + "/" + name)
		n := browser.Answer[int](b, "watch", watch)
		for range n {
			b.Key(kb.Tab)
		}
		got := browser.Answer[walked](b, "what was reached", `window.walk`)
		b.Key(kb.Tab)
		if trapped := b.Value(`document.hasFocus() && document.activeElement !== document.body && !document.activeElement.matches(".skip")`); trapped == "true" {
			t.Errorf("%s: after the last stop the keyboard is at %s", name, b.Value(`document.activeElement.outerHTML.slice(0, 100)`))
		}
		for _, fault := range got.Faults {
			t.Errorf("%s: %s", name, fault)
		}
		if len(got.Stops) != n || got.Stops[0] != "a Skip to content" {
			t.Errorf("%s: %d of %d reached: %q", name, len(got.Stops), n, got.Stops)
		}
		fmt.Fprintf(&all, "%s\n\t%s\n", name, strings.Join(got.Stops, "\n\t"))
	}
	const golden = "testdata/keyboard.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("the order has changed (go test ./pages -run keyboard -update, and read the difference):\n%s", firstDifference(string(want), all.String()))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %q is now %q", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d lines are now %d", len(x), len(y))
}
