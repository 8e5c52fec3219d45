package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// pages answers every path with its page, under a policy that allows scripts of
// the server and nothing inline.
func pages(t *testing.T, bodies map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src data:; form-action 'self'")
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, body)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: r.URL.Path[1:], HttpOnly: true})
		fmt.Fprintf(w, "<!doctype html><html lang=en><link rel=icon href=data:,><title>t</title>%s", body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// A page that complains fails the walk, so each kind of complaint must be heard.
func TestBrowser_hears_what_pages_complain_about(t *testing.T) {
	t.Parallel()
	origin := pages(t, map[string]string{
		"/fine":     `<p>quiet</p>`,
		"/console":  `<script src="/console.js"></script>`,
		"/uncaught": `<script src="/uncaught.js"></script>`,
		"/inline":   `<p style="color:red">x</p>`,
		"/script":   `<script>document.title = "ran"</script>`,
		"/missing":  `<script src="/none.js"></script>`,

		"/console.js":  `console.error("spoken")`,
		"/uncaught.js": `throw new Error("thrown")`,
	})
	c := Start(t)
	for path, want := range map[string]string{
		"/fine": "", "/console": "spoken", "/uncaught": "thrown",
		"/inline": "style-src", "/script": "script-src", "/missing": "404",
	} {
		b := c.Open("b")
		b.Go(origin + path)
		if want == "" {
			if got := b.Complaints(); len(got) > 0 {
				t.Errorf("%s: %q", path, got)
			}
			continue
		}
		for range 100 { // reports of network and policy come in their own time
			if strings.Contains(strings.Join(b.Complaints(), "\n"), want) {
				break
			}
			b.Text()
		}
		if got := b.Complaints(); !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%s: no complaint with %q in %q", path, want, got)
		}
		b.Expect("")
		if got := b.Complaints(); len(got) > 0 {
			t.Errorf("%s: expected, and still %q", path, got)
		}
	}
}

func TestBrowser_types_presses_and_keeps_cookies_apart(t *testing.T) {
	t.Parallel()
	origin := pages(t, map[string]string{
		"/form": `<form action="/done"><label for=a>Name</label><input id=a name=n value=old><button>Save it</button></form>
			<button hidden>Save</button><a href="/other">Save <b>elsewhere</b></a>`,
		"/done":  `<p>done</p>`,
		"/other": `<p>other</p>`,
	})
	c := Start(t)
	one, two := c.Open("one"), c.Open("two")
	one.Go(origin + "/form")
	one.Fill("Name", "new")
	one.Press("Save it")
	one.WaitPath("/done")
	if one.Query() != "n=new" {
		t.Errorf("sent %q", one.Query())
	}
	one.Go(origin + "/form")
	one.Press("Save elsewhere")
	one.WaitText("other")
	two.Go(origin + "/done")
	if a, b := one.Cookies()["seen"], two.Cookies()["seen"]; a == nil || b == nil || a.Value != "other" || b.Value != "done" || !a.HTTPOnly {
		t.Errorf("cookies %v and %v", a, b)
	}
}
