package axesstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/axess-go/axess/factor"
)

// unsafe are the routes that may change something.
func (p *plan) unsafe() []target {
	out := slices.DeleteFunc(slices.Clone(p.routes), func(r target) bool {
		return r.method == http.MethodGet || r.method == http.MethodHead || r.method == http.MethodOptions
	})
	return append(out, target{"sign out", "public", http.MethodPost, p.k.page("/sign-out")})
}

// evil are pages that a victim may look at: another site, a sibling, the same
// host on plain http, a sandboxed frame.
func (p *plan) evil() []string {
	own := p.k.origin()
	out := []string{"https://evil.example", "null"}
	if d, err := publicsuffix.EffectiveTLDPlusOne(own.Hostname()); err == nil {
		out = append(out, own.Scheme+"://evil-"+strings.ReplaceAll(d, ".", "-")+"."+d)
	}
	if own.Scheme == "https" {
		out = append(out, "http://"+own.Host)
	}
	return out
}

// csrf: every unsafe route from pages of others, with the cookies that no browser
// would send along and without what browsers say of a request.
func (p *plan) csrf() (f found) {
	k := p.k
	victim := k.SignIn("victim@attack.example")
	bodies := map[string]string{
		"application/x-www-form-urlencoded": "scope=this&text=x",
		"text/plain":                        `{"scope":"this","x":"="}`,
		"application/json":                  `{"scope":"this"}`,
	}
	for _, r := range p.unsafe() {
		for _, from := range p.evil() {
			for _, old := range []bool{false, true} {
				for _, ct := range []string{"application/x-www-form-urlencoded", "text/plain", "application/json"} {
					b := victim.Clone().From(from)
					b.legacy = old // sends every cookie, and no Sec-Fetch
					req := b.Request(r.method, r.path, strings.NewReader(bodies[ct]))
					req.Header.Set("Content-Type", ct)
					if !old { // a hole in SameSite: the cookies come along all the same
						req.Header.Set("Cookie", victim.line())
						b.jar = newJar(k.Clock)
					}
					f.tried++
					a, err := b.once(req)
					if err != nil {
						f.breaks("%s %s from %s: %v", r.method, r.path, from, err)
					} else if a.Status < 400 || a.Status >= 500 {
						f.breaks("%s %s takes a %s body from a page of %s: %d", r.method, r.path, ct, from, a.Status)
					}
				}
			}
		}
		// From nowhere, and without the token.
		f.tried++
		b := victim.Clone()
		b.legacy = true
		req := b.Request(r.method, r.path, strings.NewReader("scope=this"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header["X-Csrf-Token"], req.Header["Origin"] = nil, nil
		if a, err := b.once(req); err != nil || a.Status < 400 || a.Status >= 500 {
			f.breaks("%s %s takes a form without a token: %v", r.method, r.path, statusOf(a, err))
		}
	}
	if !victim.account() {
		f.breaks("the victim has been signed out")
	}
	return f
}

// line is the browser's Cookie header.
func (b *Browser) line() string {
	var parts []string
	cookies := b.Cookies()
	for _, name := range names(cookies) {
		parts = append(parts, name+"="+cookies[name])
	}
	return strings.Join(parts, "; ")
}

func statusOf(a *Answer, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(a.Status)
}

// loginCSRF: the attacker's own name and password, sent by the victim's browser.
func (p *plan) loginCSRF() (f found) {
	k := p.k
	k.SignIn("mallory@attack.example")
	for _, from := range p.evil() {
		for _, old := range []bool{false, true} {
			f.tried++
			victim := k.Browser()
			victim.Get(k.page("/sign-in"))
			b := victim.From(from)
			b.legacy = old
			req := b.Request(http.MethodPost, k.page("/sign-in"), strings.NewReader(url.Values{
				"identifier": {"mallory@attack.example"}, "password": {Password},
			}.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if _, err := b.once(req); err != nil {
				f.breaks("from %s: %v", from, err)
			}
			if victim.account() {
				f.breaks("a page of %s signs the victim in to the attacker's account", from)
			}
		}
	}
	return f
}

// replayedCode: what worked once works no more.
func (p *plan) replayedCode() (f found) {
	k := p.k
	const email = "replayed@attack.example"
	k.SignIn(email, With(factor.Password, factor.TOTP))
	first, second := k.SignIn(email, HalfWay()), k.SignIn(email, HalfWay())
	code := k.Code(email)
	path := k.page("/factor/totp")
	first.Post(path, Form{"code": code})
	if f.tried = 2; !first.account() {
		f.breaks("the code is refused the first time: nothing was tried")
	}
	if second.Post(path, Form{"code": code}); second.account() {
		f.breaks("a code signs in twice")
	}
	b := k.Browser()
	b.Get(k.page("/sign-up"))
	b.Post(k.page("/sign-up"), Form{"email": "link@attack.example", "name": "Link", "password": Password})
	link := k.Mail.Link("link@attack.example")
	b.Get(link)
	b.Post(k.page("/verify"), nil)
	thief := k.Browser()
	thief.Get(link)
	if a := thief.Post(k.page("/verify"), Form{"password": "another fine password of mine"}); thief.account() {
		f.breaks("a mailed link works twice\n%s", a.report())
	}
	return f
}

// openRedirect: what a next may say.
func (p *plan) openRedirect() (f found) {
	k := p.k
	k.SignIn("sent@attack.example")
	host := k.origin().Host
	for _, next := range []string{
		"https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example/", "\\\\evil.example/", "/\t/evil.example/",
		"/%09/evil.example", "https:evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example@" + host + "/",
		"https://" + host + "@evil.example/", "/.//evil.example", "//" + host + ".evil.example", "/%2f%2fevil.example", "/%5cevil.example",
		"\x00//evil.example", " //evil.example", "//evil%E3%80%82example", "/redirect/..//evil.example", "?next=//evil.example",
	} {
		f.tried++
		b := k.Browser()
		if a := b.Get(k.page("/sign-in") + "?next=" + url.QueryEscape(next)); a.URL.Host != host {
			f.breaks("the sign-in page leads to %s for next=%q", a.URL, next)
		}
		a := b.Post(k.page("/sign-in"), Form{"identifier": "sent@attack.example", "password": Password, "next": next})
		ways := a.Via
		if last := b.complete("sent@attack.example"); last != nil {
			ways = append(ways, last.Via...)
		}
		for _, u := range ways {
			if u.Host != host || u.Scheme != k.origin().Scheme || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
				f.breaks("a sign-in leads to %s for next=%q", u, next)
			}
		}
	}
	return f
}

// host: PRD-013 from outside.
func (p *plan) host() (f found) {
	k := p.k
	b := k.Browser()
	r := b.Request(http.MethodGet, k.page("/sign-in"), nil)
	r.Host = "evil.example"
	f.tried++
	if a, err := b.once(r); err != nil || a.Status < 400 {
		f.breaks("the program answers for evil.example: %s", statusOf(a, err))
	}
	const email = "poisoned@attack.example"
	b.Get(k.page("/sign-up"))
	r = b.Request(http.MethodPost, k.page("/sign-up"), strings.NewReader(url.Values{
		"email": {email}, "name": {"P"}, "password": {Password}, "_csrf": {b.token()},
	}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, h := range []string{"X-Forwarded-Host", "X-Host", "X-Original-Host", "X-Forwarded-Server"} {
		r.Header.Set(h, "evil.example")
	}
	r.Header.Set("Forwarded", "host=evil.example;proto=http")
	f.tried++
	a, err := b.once(r)
	if err != nil {
		f.breaks("sign-up: %v", err)
		return f
	}
	if strings.Contains(a.Header.Get("Location"), "evil.example") || strings.Contains(a.Body, "evil.example") {
		f.breaks("the answer names evil.example")
	}
	for _, m := range k.Mail.All() {
		if m.To == email && strings.Contains(m.Text, "evil.example") {
			f.breaks("the mailed link leads to evil.example")
		}
	}
	return f
}

// enumeration: AUN-030 from outside. The addresses are equally long.
func (p *plan) enumeration() (f found) {
	k := p.k
	k.SignIn("known1@attack.example")
	look := func(email string) []string {
		up, in := k.Browser(), k.Browser()
		up.Get(k.page("/sign-up"))
		in.Get(k.page("/sign-in"))
		var seen []string
		see := func(b *Browser, path string, form Form) {
			values := url.Values{"_csrf": {b.token()}}
			for name, v := range form {
				values.Set(name, v)
			}
			r := b.Request(http.MethodPost, path, strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			a, err := b.once(r)
			if err != nil {
				seen = append(seen, err.Error())
				return
			}
			var cookies []string
			for _, line := range a.Header["Set-Cookie"] {
				name, value, _ := strings.Cut(line, "=")
				cookies = append(cookies, fmt.Sprint(name, len(value)))
			}
			var keys []string
			for key := range a.Header {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			seen = append(seen, fmt.Sprint(path, " ", a.Status, " ", a.Header.Get("Location"), " ", cookies, " ", len(a.Body), " ", keys))
		}
		see(in, k.page("/sign-in"), Form{"identifier": email, "password": "some other password altogether"})
		see(up, k.page("/sign-up"), Form{"email": email, "name": "Somebody", "password": Password})
		return seen
	}
	known, unknown := look("known1@attack.example"), look("nobody@attack.example")
	f.tried = len(known)
	for i := range known {
		if known[i] != unknown[i] {
			f.breaks("a known address gets\n  %s\nan unknown one\n  %s", known[i], unknown[i])
		}
	}
	return f
}

// malformed: no request is a fault of the program's.
func (p *plan) malformed() (f found) {
	k := p.k
	in := k.SignIn("malformed@attack.example")
	targets := append(p.routes, target{"sign in", "public", http.MethodPost, k.page("/sign-in")})
	long := strings.Repeat("x", 1<<16)
	for _, r := range targets {
		for what, change := range map[string]func(*http.Request){
			"a long query":       func(r *http.Request) { r.URL.RawQuery = "q=" + long[:8000] },
			"a broken query":     func(r *http.Request) { r.URL.RawQuery = "a=%zz&;b&next=%00" },
			"an odd type":        func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=") },
			"no type":            func(r *http.Request) { r.Header.Del("Content-Type") },
			"a long header":      func(r *http.Request) { r.Header.Set("Accept", long[:8000]) },
			"a broken cookie":    func(r *http.Request) { r.Header["Cookie"] = append(r.Header["Cookie"], "=;;a b=c;\"") },
			"another method":     func(r *http.Request) { r.Method = "QUERY" },
			"an override":        func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "DELETE") },
			"a credential twice": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+long[:100]) },
		} {
			b := in.Clone()
			req := b.Request(r.method, r.path, strings.NewReader("_csrf="+b.token()+"&identifier=a&identifier=b&password="+long))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(req)
			f.tried++
			a, err := b.once(req)
			if err != nil || a.Status >= 500 && a.Status != http.StatusServiceUnavailable {
				f.breaks("%s %s with %s: %s", r.method, r.path, what, statusOf(a, err))
			}
		}
	}
	slices.Sort(f.broken)
	return f
}
