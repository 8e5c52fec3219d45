package axesstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Form is what a person types into a form.
type Form map[string]string

// Browser is somebody's browser: it keeps cookies, follows redirects and says
// where its requests come from.
type Browser struct {
	// Client is the same browser for code that takes one. Addresses are absolute:
	// Kit.URL and a path. A request without an Accept header goes to a page; one
	// that is not GET or HEAD carries the CSRF token of its cookie, as those of a
	// page do that is made well.
	Client *http.Client

	kit      *Kit
	jar      *jar
	addr, ua string
	site     string // the origin of the page it shows; empty: the program's own
	legacy   bool   // knows neither SameSite nor Sec-Fetch
}

// firefox is what a browser calls itself if nothing else is said.
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// Browser returns one that has never been here.
func (k *Kit) Browser() *Browser {
	b := &Browser{kit: k, jar: newJar(k.Clock), addr: "127.0.0.1:4711", ua: firefox}
	return b.ready()
}

func (b *Browser) ready() *Browser {
	b.Client = &http.Client{Transport: way{b}}
	return b
}

// From is the same browser, with the same cookies, while it shows a page of
// another origin: what it sends from there says so, and takes along only the
// cookies that browsers let go ("null" is a sandboxed frame).
func (b *Browser) From(origin string) *Browser {
	other := *b
	other.site = origin
	return other.ready()
}

// Clone returns a browser with copies of the cookies, as a thief has them.
func (b *Browser) Clone() *Browser {
	other := *b
	other.jar = b.jar.clone()
	return other.ready()
}

// Cookies are those that the program has set, by name.
func (b *Browser) Cookies() map[string]string { return b.jar.all() }

// SetCookie plants a cookie, as somebody could who may write to the jar. An empty
// value takes it away.
func (b *Browser) SetCookie(name, value string) {
	b.jar.put(b.kit.origin(), &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: strings.HasPrefix(b.kit.URL, "https:"), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Get goes to a page, by path or address, and follows redirects.
func (b *Browser) Get(target string) *Answer {
	b.kit.T.Helper()
	return b.Do(b.Request(http.MethodGet, target, nil))
}

// Post sends a form of the program's own page, with the CSRF token that such a
// page has in it; one field with another name is left as it is. To test that the
// page has it, use [Answer.Submit].
func (b *Browser) Post(target string, form Form) *Answer {
	b.kit.T.Helper()
	values := url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	if _, own := form["_csrf"]; !own {
		values.Set("_csrf", b.token())
	}
	r := b.Request(http.MethodPost, target, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(r)
}

// Fetch is a request of a script on the program's own page: it sends body as
// JSON unless it is nil, and wants JSON back.
func (b *Browser) Fetch(method, target string, body any) *Answer {
	b.kit.T.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.kit.T.Fatalf("axesstest: %v", err)
		}
		sent = bytes.NewReader(text)
	}
	r := b.Request(method, target, sent)
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.Do(r)
}

// Request makes a request to change and to [Browser.Do].
func (b *Browser) Request(method, target string, body io.Reader) *http.Request {
	b.kit.T.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.kit.URL + target
	}
	r, err := http.NewRequestWithContext(context.WithoutCancel(b.kit.T.Context()), method, target, body)
	if err != nil {
		b.kit.T.Fatalf("axesstest: %v", err)
	}
	return r
}

// Do sends a request, follows redirects and reads the answer to its end.
func (b *Browser) Do(r *http.Request) *Answer {
	b.kit.T.Helper()
	a, err := b.do(r)
	if err != nil {
		b.kit.T.Fatalf("axesstest: %v", err)
	}
	return a
}

func (b *Browser) do(r *http.Request) (*Answer, error) {
	a := &Answer{b: b, Request: r}
	client := *b.Client
	follow := client.CheckRedirect
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		a.Via = append(a.Via, next.URL)
		if follow != nil {
			return follow(next, via)
		}
		if len(via) >= 10 {
			return errors.New("more than ten redirects")
		}
		if next.URL.Host != b.kit.origin().Host {
			return http.ErrUseLastResponse // nobody is there
		}
		return nil
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names method and address
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	a.Status, a.Header, a.Body, a.URL = res.StatusCode, res.Header, string(body), res.Request.URL
	return a, nil
}

// token is the CSRF token of the browser's cookie. A browser without one looks at
// the sign-in page first, as whoever fills in a form has looked at a page.
func (b *Browser) token() string {
	name := b.kit.Auth.Sessions().CookieName() + "-csrf"
	if v := b.Cookies()[name]; v != "" {
		return v
	}
	b.Get(b.kit.page("/sign-in"))
	return b.Cookies()[name]
}

// names are those of the cookies, sorted, for comparing.
func names(cookies map[string]string) []string { return sorted(maps.Keys(cookies)) }
