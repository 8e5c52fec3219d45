package attack

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/interop/browser"
)

// world is a site and the hosts of somebody else, each with a name of its own and
// all on this machine.
type world struct {
	*fronttest.Site
	t *testing.T
	// own is where a browser reaches the site.
	own string
	// changed counts what only a form of the site may do.
	changed func() []string

	mu    sync.Mutex
	pages map[string]page // by path
}

type page struct {
	text    string
	cookies []string // lines of Set-Cookie, from the server
}

const (
	siteName    = "app.example.test"
	siblingName = "evil.example.test" // same site to a browser, another host
	foreignName = "evil.other.test"
)

// build starts the site, in production behind TLS.
func build(t *testing.T) *world {
	t.Helper()
	return buildAs(t, "https://"+siteName, fronttest.Standard)
}

// buildAs starts the site under a name.
func buildAs(t *testing.T, origin string, profile func(*axess.Config)) *world {
	t.Helper()
	w := &world{t: t, pages: map[string]page{}}
	var handler http.Handler
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.own = origin + ":" + port(t, srv.Listener.Addr())
	w.Site = fronttest.New(t, profile, func(c *axess.Config) { c.Origin = w.own })
	var mu sync.Mutex
	var changed []string
	w.changed = func() []string {
		mu.Lock()
		defer mu.Unlock()
		return changed
	}
	w.Routes.Authn("/do", func(_ http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != http.MethodGet {
			changed = append(changed, r.Method+" from "+r.Header.Get("Origin"))
		}
	})
	w.Routes.Authn("GET /whoami", func(rw http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(rw, "<!doctype html><title>x</title><p>person %s</p>", who.UserID())
	})
	w.Routes.Public("GET /favicon.ico", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
	handler = w.Handler
	if strings.HasPrefix(origin, "https:") {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return w
}

func port(t *testing.T, a net.Addr) string {
	t.Helper()
	_, p, err := net.SplitHostPort(a.String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// host starts a server of the attacker's under a name, over TLS or not.
func (w *world) host(name, scheme string) string {
	w.t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		p, ok := w.pages[r.URL.Path]
		w.mu.Unlock()
		if !ok {
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		for _, line := range p.cookies {
			rw.Header().Add("Set-Cookie", line)
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, "<!doctype html><html lang=en><title>attack</title><link rel=icon href=data:,><body>%s</body></html>", p.text)
	}))
	if scheme == "https" {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	w.t.Cleanup(srv.Close)
	return scheme + "://" + name + ":" + port(w.t, srv.Listener.Addr())
}

// put makes a page of the attacker's, under every name of theirs.
func (w *world) put(path, text string, cookies ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[path] = page{text, cookies}
}

// chromium knows the names, and takes the certificate that a test server makes
// itself.
func chromium(t *testing.T) *browser.Chromium {
	t.Helper()
	return browser.Start(t,
		chromedp.Flag("host-resolver-rules", "MAP *.example.test 127.0.0.1, MAP *.other.test 127.0.0.1, MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("ignore-certificate-errors", true),
	)
}

// form is a page that posts these fields by itself as soon as it is open.
func form(action, enctype string, fields map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<form id=f method=post action="%s" enctype="%s">`, html.EscapeString(action), enctype)
	for _, name := range []string{"_csrf", "identifier", "password", "scope", "language"} {
		if v, ok := fields[name]; ok {
			fmt.Fprintf(&b, `<input name="%s" value="%s">`, name, html.EscapeString(v))
		}
	}
	return b.String() + `</form><script>document.getElementById("f").submit()</script>`
}

// signIn signs ada in by the page.
func (w *world) signIn(b *browser.Browser) (person string) {
	w.t.Helper()
	b.Go(w.own + "/auth/sign-in")
	b.Fill("E-mail", "ada@example.org")
	b.Fill("Password", fronttest.Password)
	b.Press("Sign in")
	b.WaitPath("/")
	return w.whoami(b)
}

func (w *world) whoami(b *browser.Browser) string {
	w.t.Helper()
	b.Go(w.own + "/whoami")
	person, ok := strings.CutPrefix(b.Text(), "person ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(person)
}

// A page of a sibling host, of another site, or over http of the very name, posts
// forms of every kind to the site in the browser of somebody signed in, with a token
// of the attacker's own: nothing is done, and they stay signed in. CSR-002, CSR-033,
// SES-125
func TestChromium_forms_from_elsewhere(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.Person("ada@example.org")
	mallory := w.Person("mallory@example.org")
	mallory.Get("/auth/account")
	token := mallory.Cookies[mallory.Cookie("-csrf")]
	b := chromium(t).Open("victim")
	b.Expect("status of 403")
	ada := w.signIn(b)
	if ada == "" {
		t.Fatal("ada is not signed in")
	}
	hosts := map[string]string{
		"a sibling":           w.host(siblingName, "https"),
		"another site":        w.host(foreignName, "https"),
		"http of the same":    w.host(siteName, "http"),
		"another port of it":  w.host(siteName, "https"),
		"http of the sibling": w.host(siblingName, "http"),
	}
	fields := map[string]string{"_csrf": token, "scope": "all", "language": "de", "identifier": "mallory@example.org", "password": fronttest.Password}
	for name, host := range hosts {
		for _, path := range []string{"/do", "/auth/sign-out", "/auth/sign-in"} {
			for _, enctype := range []string{"application/x-www-form-urlencoded", "text/plain"} {
				if path != "/do" && enctype == "text/plain" {
					continue
				}
				w.put("/post", form(w.own+path, enctype, fields))
				b.Go(host + "/post")
				b.Until("the form's answer", `location.origin === `+fmt.Sprintf("%q", w.own)+` && document.readyState === "complete"`)
				if !b.Has("Reload the page") && !strings.Contains(b.Text(), "csrf") {
					t.Errorf("%s, %s to %s: the answer is\n%s", name, enctype, path, b.Text())
				}
			}
		}
	}
	if got := w.changed(); len(got) > 0 {
		t.Errorf("done for somebody else: %q", got)
	}
	if got := w.whoami(b); got != ada {
		t.Errorf("the victim is %q, was %q", got, ada)
	}
}

// Scripts of other hosts send what they can, with cookies: no answer is read, and
// nothing is done. CSR-001, CSR-033, MID-042
func TestChromium_fetches_from_elsewhere(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.Person("ada@example.org")
	b := chromium(t).Open("victim")
	for _, part := range []string{"status of 403", "CORS", "net::ERR_FAILED", "Failed to load resource", "frame-ancestors", "X-Frame-Options", "Mixed Content", "Refused to", "blocked"} {
		b.Expect(part)
	}
	ada := w.signIn(b)
	w.put("/fetch", `<p id=out></p><iframe src="`+w.own+`/auth/account"></iframe><script>
(async () => {
  const out = [];
  for (const path of ["/do", "/auth/sign-out", "/auth/account", "/whoami"])
    for (const method of ["GET", "POST", "PUT", "DELETE"])
      for (const mode of ["no-cors", "cors"])
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
          const o = { method, mode, credentials: "include", headers: { "Content-Type": type } };
          if (method !== "GET") o.body = "scope=all&_csrf=x";
          try {
            const r = await fetch(`+fmt.Sprintf("%q", w.own)+` + path, o);
            const text = await r.text();
            if (text !== "" || r.type !== "opaque") out.push(method + " " + path + " " + mode + ": " + r.type + " " + text.slice(0, 40));
          } catch (e) { /* refused, as it should be */ }
        }
  let framed = "";
  try { framed = document.querySelector("iframe").contentDocument?.body?.innerText ?? ""; } catch (e) {}
  if (framed.includes("ada")) out.push("framed " + framed);
  document.getElementById("out").textContent = "read: " + JSON.stringify(out);
})();
</script>`)
	for _, host := range []string{w.host(siblingName, "https"), w.host(foreignName, "https")} {
		b.Go(host + "/fetch")
		b.Until("the fetches", `document.getElementById("out").textContent.startsWith("read: ")`)
		if got := b.TextOf("#out"); got != "read: []" {
			t.Errorf("%s: %s", host, got)
		}
	}
	if got := w.changed(); len(got) > 0 {
		t.Errorf("done for somebody else: %q", got)
	}
	if got := w.whoami(b); got != ada {
		t.Errorf("the victim is %q, was %q", got, ada)
	}
}

// A sibling host and http of the very name set cookies of ours for the whole domain,
// by script and by header: none of them arrives, and ada stays who she is.
// SES-124, SES-125, SES-126, CSR-007
func TestChromium_tossed_cookies(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.Person("ada@example.org")
	mallory := w.Person("mallory@example.org")
	mallory.Get("/auth/account")
	b := chromium(t).Open("victim")
	b.Expect("status of 403")
	b.Expect("Cookie")
	ada := w.signIn(b)
	var lines, script []string
	for name, value := range mallory.Cookies {
		for _, attrs := range []string{"; Path=/; Secure", "; Path=/; Secure; Domain=example.test", "; Path=/whoami; Secure; Domain=example.test", "; Path=/; Domain=example.test"} {
			lines = append(lines, name+"="+value+attrs)
			script = append(script, fmt.Sprintf("document.cookie = %q;", name+"="+value+attrs))
		}
		lower := strings.ToLower(name)
		lines = append(lines, lower+"="+value+"; Path=/; Secure; Domain=example.test")
	}
	tossed := `<p id=done>tossed</p><script>` + strings.Join(script, "\n") + `</script>`
	w.put("/toss", tossed, lines...)
	for _, host := range []string{w.host(siblingName, "https"), w.host(siblingName, "http"), w.host(siteName, "http"), w.host(foreignName, "https")} {
		b.Go(host + "/toss")
		b.WaitText("tossed")
		if got := w.whoami(b); got != ada {
			t.Errorf("after %s the victim is %q, was %q", host, got, ada)
		}
	}
	// With whatever did arrive, the attacker's token is still worth nothing.
	w.put("/post", form(w.own+"/do", "application/x-www-form-urlencoded", map[string]string{"_csrf": mallory.Cookies[mallory.Cookie("-csrf")]}))
	b.Go(w.host(siblingName, "https") + "/post")
	b.Until("the form's answer", `location.origin === `+fmt.Sprintf("%q", w.own)+` && document.readyState === "complete"`)
	if got := w.changed(); len(got) > 0 {
		t.Errorf("done for somebody else: %q", got)
	}
}

// In development there is no TLS, so the cookies have no prefix that keeps siblings
// out. Whatever a page of another name of this machine sets, nobody becomes the
// attacker, and forms from there do nothing. SES-124, CSR-033
func TestChromium_tossed_cookies_in_development(t *testing.T) {
	t.Parallel()
	w := buildAs(t, "http://localhost", func(*axess.Config) {})
	w.Person("ada@example.org")
	mallory := w.Person("mallory@example.org")
	mallory.Get("/auth/account")
	b := chromium(t).Open("developer")
	for _, part := range []string{"status of 403", "status of 401", "Cookie"} {
		b.Expect(part)
	}
	ada := w.signIn(b)
	evil := w.host("evil.localhost", "http")
	var lines []string
	for name, value := range mallory.Cookies {
		lines = append(lines, name+"="+value+"; Path=/; Domain=localhost", name+"="+value+"; Path=/whoami; Domain=localhost", name+"="+value+"; Path=/")
	}
	w.put("/toss", `<p>tossed</p>`, lines...)
	b.Go(evil + "/toss")
	b.WaitText("tossed")
	if got := w.whoami(b); got != ada && got != "" {
		t.Errorf("the developer is %q, was %q", got, ada)
	}
	w.put("/post", form(w.own+"/do", "application/x-www-form-urlencoded", map[string]string{"_csrf": mallory.Cookies[mallory.Cookie("-csrf")]}))
	b.Go(evil + "/post")
	b.Until("the form's answer", `location.origin === `+fmt.Sprintf("%q", w.own)+` && document.readyState === "complete"`)
	if got := w.changed(); len(got) > 0 {
		t.Errorf("done for somebody else: %q", got)
	}
}
