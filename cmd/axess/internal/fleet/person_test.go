//go:build linux

package fleet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/axesstest/httpscan"
)

const (
	password    = "correct horse battery staple"
	browserName = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

// person is a browser without scripts. Its cookies belong to the origin, and a
// load balancer sends each of its requests to the node that at names.
type person struct {
	t      *testing.T
	f      *fleet
	node   *node
	client *http.Client
	status int
	header http.Header
	at1    *url.URL
	body   string
}

// person returns a browser that has never been here and is sent to the first node,
// from an address of its own if one is given.
func (f *fleet) person(addr ...string) *person {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	p := &person{t: f.t, f: f, node: f.nodes[0]}
	dialer := &net.Dialer{}
	if len(addr) > 0 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(addr[0])}
	}
	way := &http.Transport{
		DisableKeepAlives: true, // each request finds its own node
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, p.node.addr)
		},
	}
	scan := httpscan.For(f.t, httpscan.Config{Origins: []string{origin}})
	p.client = &http.Client{Jar: jar, Transport: scan.Transport(way)}
	return p
}

// at sends what follows to a node.
func (p *person) at(n *node) *person {
	p.node = n
	return p
}

func (p *person) send(method, path string, form url.Values) *person {
	p.t.Helper()
	if err := p.try(method, path, form); err != nil {
		p.t.Fatalf("%s %s at %s: %v", method, path, p.node.name, err)
	}
	return p
}

func (p *person) try(method, path string, form url.Values) error {
	req, err := http.NewRequestWithContext(context.WithoutCancel(p.t.Context()), method, origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", browserName)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", origin)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(res.Body)
	p.status, p.header, p.at1, p.body = res.StatusCode, res.Header, res.Request.URL, string(text)
	return errors.Join(err, res.Body.Close())
}

func (p *person) open(target string) *person {
	p.t.Helper()
	return p.send(http.MethodGet, strings.TrimPrefix(target, origin), nil)
}

// on fails unless the browser is there.
func (p *person) on(path string, status int) *person {
	p.t.Helper()
	if p.at1.Path != path || p.status != status {
		p.t.Fatalf("at %s on %s (%d), want %s (%d):\n%s\n%s", p.node.name, p.at1.Path, p.status, path, status, p.body, p.node.logs)
	}
	return p
}

// submit fills the form of the page whose action matches and sends it.
func (p *person) submit(action string, fields map[string]string) *person {
	p.t.Helper()
	target, values := p.form(action)
	if values == nil {
		p.t.Fatalf("%s (%d) has no form to %s:\n%s", p.at1.Path, p.status, action, p.body)
	}
	for k, v := range fields {
		values.Set(k, v)
	}
	return p.send(http.MethodPost, target, values)
}

// form finds the first form whose action is, or ends with, action.
func (p *person) form(action string) (target string, values url.Values) {
	p.t.Helper()
	page, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		p.t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || !strings.HasSuffix(attr(n, "action"), action) {
			continue
		}
		values = url.Values{}
		for in := range n.Descendants() {
			if in.Data == "input" && attr(in, "type") == "hidden" {
				values.Set(attr(in, "name"), attr(in, "value"))
			}
		}
		return attr(n, "action"), values
	}
	return "", nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// app is an authenticator app that was set up from the key on the page; it shows the
// code of now, or of some steps later.
func (p *person) app() func(steps int) string {
	p.t.Helper()
	found := otpauth.FindString(html.UnescapeString(p.body))
	u, err := url.Parse(found)
	if err != nil || found == "" {
		p.t.Fatalf("no key on %s: %v\n%s", p.at1.Path, err, p.body)
	}
	return func(steps int) string {
		code, err := axesstest.TOTP(u.Query().Get("secret"), time.Now().Add(time.Duration(steps)*30*time.Second))
		if err != nil {
			p.t.Fatal(err)
		}
		return code
	}
}

var (
	otpauth   = regexp.MustCompile(`otpauth://[^"]+`)
	claimLink = regexp.MustCompile(`/auth/activate\?token=[A-Za-z0-9_.-]+`)
)

var verifyLink = regexp.MustCompile(`/auth/verify\?token=[A-Za-z0-9_.-]+`)

// signUp makes an account. Whichever server delivers the mail shows it.
func (p *person) signUp(email string) *person {
	p.t.Helper()
	before := map[string]bool{}
	for _, link := range p.f.mailed() {
		before[link] = true
	}
	p.open("/auth/sign-up").on("/auth/sign-up", 200).
		submit("/auth/sign-up", map[string]string{"email": email, "name": "Ada", "password": password}).on("/auth/sign-up/sent", 200)
	var link string
	eventually(p.t, func() error {
		for _, l := range p.f.mailed() {
			if !before[l] {
				link = l
				return nil
			}
		}
		return errors.New("no mail arrives")
	})
	return p.open(link).on("/auth/verify", 200).submit("/auth/verify", nil).on("/", 200)
}

// mailed are the links that any server has shown.
func (f *fleet) mailed() (links []string) {
	for _, n := range f.nodes {
		links = append(links, verifyLink.FindAllString(n.logs.String(), -1)...)
	}
	return links
}

func (p *person) signIn(email string) *person {
	p.t.Helper()
	return p.open("/auth/sign-in").on("/auth/sign-in", 200).
		submit("/auth/sign-in", map[string]string{"identifier": email, "password": password})
}

// cookies are those that the browser has now.
func (p *person) cookies() []*http.Cookie {
	p.t.Helper()
	u, err := url.Parse(origin + "/")
	if err != nil {
		p.t.Fatal(err)
	}
	return p.client.Jar.Cookies(u)
}

// accountWith is a request for the account page with cookies that a browser had.
func (n *node) accountWith(ctx context.Context, cookies []*http.Cookie) (*http.Request, error) {
	return n.requestWith(ctx, "/auth/account", cookies)
}

func (n *node) requestWith(ctx context.Context, path string, cookies []*http.Cookie) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.addr+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Host = strings.TrimPrefix(origin, "http://")
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", browserName)
	for _, c := range cookies {
		req.AddCookie(c)
	}
	return req, nil
}

// takes reports whether a node takes cookies for somebody who is signed in.
func (n *node) takes(cookies []*http.Cookie) bool {
	n.t.Helper()
	req, err := n.accountWith(n.t.Context(), cookies)
	if err != nil {
		n.t.Fatal(err)
	}
	way := &http.Transport{DisableKeepAlives: true}
	res, err := way.RoundTrip(req) // redirects are not followed
	if err != nil {
		n.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		n.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
		n.t.Fatalf("%s answers %d:\n%s", n.name, res.StatusCode, n.logs)
	}
	return res.StatusCode == http.StatusOK
}

// isSignedIn asks for a page that only people who are signed in see.
func (p *person) isSignedIn() bool {
	p.t.Helper()
	p.open("/auth/account")
	switch {
	case p.at1.Path == "/auth/account" && p.status == 200:
		return true
	case p.at1.Path == "/auth/sign-in" && p.status == 200:
		return false
	}
	p.t.Fatalf("at %s on %s (%d):\n%s", p.node.name, p.at1.Path, p.status, p.body)
	return false
}

func (p *person) signedIn() *person {
	p.t.Helper()
	if !p.isSignedIn() {
		p.t.Fatalf("not signed in at %s", p.node.name)
	}
	return p
}

func (p *person) signedOut() *person {
	p.t.Helper()
	if p.isSignedIn() {
		p.t.Fatalf("still signed in at %s", p.node.name)
	}
	return p
}
