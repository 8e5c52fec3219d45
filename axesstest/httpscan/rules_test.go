package httpscan_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
)

const (
	policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
	apiKey = "k/3y+of a <secret> service"
	cookie = "__Host-app=AAAAAAAAAAAAAAAAAAAAAAAA; Path=/; Secure; HttpOnly; SameSite=Lax"
)

// page is an answer that keeps every rule, on https.
func page() httpscan.Answer {
	return httpscan.Answer{Status: 200, Body: []byte("<!doctype html><title>Notes</title>"), Header: http.Header{
		"Content-Type":              {"text/html; charset=utf-8"},
		"X-Content-Type-Options":    {"nosniff"},
		"Content-Security-Policy":   {policy},
		"Strict-Transport-Security": {"max-age=63072000; includeSubDomains"},
		"Cache-Control":             {"no-store"},
		"Set-Cookie":                {cookie},
		"X-Request-Id":              {"0190"},
	}}
}

type change func(*http.Request, *httpscan.Answer)

// set replaces a header; without values it removes it.
func set(key string, values ...string) change {
	return func(_ *http.Request, a *httpscan.Answer) {
		a.Header.Del(key)
		for _, v := range values {
			a.Header.Add(key, v)
		}
	}
}

// and makes one change of several.
func and(all ...change) change {
	return func(r *http.Request, a *httpscan.Answer) {
		for _, c := range all {
			c(r, a)
		}
	}
}

func status(n int) change { return func(_ *http.Request, a *httpscan.Answer) { a.Status = n } }
func body(s string) change {
	return func(_ *http.Request, a *httpscan.Answer) { a.Body = []byte(s) }
}
func method(m string) change { return func(r *http.Request, _ *httpscan.Answer) { r.Method = m } }
func ask(key, value string) change {
	return func(r *http.Request, _ *httpscan.Answer) { r.Header.Set(key, value) }
}
func host(h string) change { return func(r *http.Request, _ *httpscan.Answer) { r.Host = h } }
func plain(r *http.Request, a *httpscan.Answer) {
	r.TLS = nil
	a.Header.Del("Strict-Transport-Security")
	a.Header.Set("Set-Cookie", strings.ReplaceAll(strings.ReplaceAll(cookie, "Secure; ", ""), "__Host-", ""))
}

// document is a refusal as a problem document.
func document(n int, doc string) change {
	return and(status(n), set("Content-Type", "application/problem+json"), body(doc),
		set("WWW-Authenticate", "Axess"), set("Retry-After", "1"), set("Allow", "GET"))
}

const forbidden = `{"type":"urn:axess:problem:forbidden","code":"forbidden","title":"No.","status":403,"request_id":"0190"}`

// ASR-009: every rule finds what breaks it, and nothing else.
func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		none = httpscan.Rule("")
	)
	for name, c := range map[string]struct {
		change change
		want   httpscan.Rule
	}{
		"good page":            {and(), none},
		"good refusal":         {document(403, forbidden), none},
		"good on plain http":   {plain, none},
		"good redirect":        {and(status(303), set("Location", "/notes?next=%2F"), body("")), none},
		"listed redirect":      {and(status(303), set("Location", "https://login.example.net/x"), body("")), none},
		"not modified":         {and(status(304), body(""), set("Content-Length", "99"), set("Cache-Control", "public, max-age=9"), set("Set-Cookie")), none},
		"head":                 {and(method("HEAD"), body(""), set("Content-Length", "99")), none},
		"cached picture":       {and(set("Content-Type", "image/png"), set("Cache-Control", "public, max-age=9"), set("Set-Cookie"), ask("Cookie", "__Host-app=1")), none},
		"own type of problem":  {document(409, `{"type":"https://app.example.com/full","title":"Full.","status":409,"request_id":"0190"}`), none},
		"https without domain": {and(host("localhost:8443"), set("Strict-Transport-Security")), none},

		"no secure":            {set("Set-Cookie", strings.ReplaceAll(strings.ReplaceAll(cookie, "Secure; ", ""), "__Host-", "")), httpscan.CookieFlags},
		"no httponly":          {set("Set-Cookie", strings.ReplaceAll(cookie, "HttpOnly; ", "")), httpscan.CookieFlags},
		"no samesite":          {set("Set-Cookie", strings.ReplaceAll(cookie, "; SameSite=Lax", "")), httpscan.CookieFlags},
		"samesite none":        {set("Set-Cookie", strings.ReplaceAll(cookie, "Lax", "None")), httpscan.CookieFlags},
		"no cookie at all":     {set("Set-Cookie", "=;;"), httpscan.CookieFlags},
		"script may read":      {set("Set-Cookie", "__Host-theme=dark; Path=/; Secure; SameSite=Lax"), none},
		"no prefix":            {set("Set-Cookie", strings.ReplaceAll(cookie, "__Host-", "")), httpscan.CookiePrefix},
		"host with domain":     {set("Set-Cookie", cookie+"; Domain=example.com"), httpscan.CookiePrefix},
		"host below a path":    {set("Set-Cookie", strings.ReplaceAll(cookie, "Path=/;", "Path=/x;")), httpscan.CookiePrefix},
		"host in other case":   {set("Set-Cookie", strings.ReplaceAll(cookie, "__Host-", "__HOST-")+"; Domain=example.com"), httpscan.CookiePrefix},
		"secure, plain":        {and(plain, set("Set-Cookie", "__Secure-a=1; HttpOnly; SameSite=Lax")), httpscan.CookiePrefix},
		"twice":                {set("Set-Cookie", cookie, cookie), httpscan.CookieSize},
		"large cookie":         {set("Set-Cookie", cookie+"; X="+strings.Repeat("x", 4096)), httpscan.CookieSize},
		"cookie, public":       {set("Cache-Control", "public, max-age=60"), httpscan.CookieCached},
		"cookie, nothing said": {set("Cache-Control"), httpscan.CookieCached},
		"cookie, both":         {set("Cache-Control", "private, s-maxage=60"), httpscan.CookieCached},
		"cookie, private":      {set("Cache-Control", "private"), none},

		"large headers": {set("X-Long", strings.Repeat("x", 8<<10)), httpscan.HeaderSize},

		"refusal, cached":     {and(document(403, forbidden), set("Set-Cookie"), set("Cache-Control", "max-age=60")), httpscan.NoStore},
		"missing, cached":     {and(document(404, strings.NewReplacer("forbidden", "not_found", "403", "404").Replace(forbidden)), set("Set-Cookie"), set("Cache-Control")), httpscan.NoStore},
		"401, cached":         {and(status(401), set("WWW-Authenticate", "Axess"), set("Set-Cookie"), set("Cache-Control", "max-age=60")), httpscan.NoStore},
		"404 of a program":    {and(status(404), set("Set-Cookie"), set("Cache-Control")), none},
		"redirect, silent":    {and(status(307), set("Location", "/x"), ask("Authorization", "Bearer x"), set("Set-Cookie"), set("Cache-Control")), none},
		"person's data":       {and(body("<p>ada@example.org</p>"), set("Set-Cookie"), set("Cache-Control", "private")), httpscan.NoStore},
		"person's name":       {and(body("<p>Ada &lt;3</p>"), set("Set-Cookie"), set("Cache-Control", "private")), httpscan.NoStore},
		"nobody's data":       {and(set("Set-Cookie"), set("Cache-Control", "private")), none},
		"credentials, silent": {and(ask("Authorization", "Bearer x"), set("Set-Cookie"), set("Cache-Control")), httpscan.NoStore},
		"cookie sent, silent": {and(ask("Cookie", "__Host-seen=1"), set("Set-Cookie"), set("Cache-Control")), httpscan.NoStore},
		"json, silent":        {and(ask("Authorization", "Bearer x"), set("Set-Cookie"), set("Cache-Control"), set("Content-Type", "application/json"), body("{}")), httpscan.NoStore},
		"nobody, silent":      {and(set("Set-Cookie"), set("Cache-Control")), none},
		"guessed, silent":     {and(ask("Authorization", "Bearer x"), set("Set-Cookie"), set("Cache-Control"), set("Content-Type"), body("words")), none},

		"no policy":        {set("Content-Security-Policy"), httpscan.CSP},
		"two policies":     {set("Content-Security-Policy", policy, policy), httpscan.CSP},
		"inline":           {set("Content-Security-Policy", policy+"; script-src 'self' 'unsafe-inline'"), httpscan.CSP},
		"inline style":     {set("Content-Security-Policy", policy+"; style-src 'unsafe-inline'"), httpscan.CSP},
		"inline by nonce":  {set("Content-Security-Policy", policy+"; script-src 'unsafe-inline' 'nonce-abc'"), none},
		"eval":             {set("Content-Security-Policy", policy+"; script-src 'unsafe-eval'"), httpscan.CSP},
		"any host":         {set("Content-Security-Policy", policy+"; script-src https:"), httpscan.CSP},
		"framed":           {set("Content-Security-Policy", "default-src 'self'; base-uri 'none'"), httpscan.CSP},
		"foreign base":     {set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"), httpscan.CSP},
		"plugins":          {set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src *"), httpscan.CSP},
		"no default":       {set("Content-Security-Policy", "script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"), httpscan.CSP},
		"second of a kind": {set("Content-Security-Policy", "script-src 'unsafe-eval'; script-src 'self'; "+policy), httpscan.CSP},
		"no sniff header":  {set("X-Content-Type-Options"), httpscan.NoSniff},
		"sniff twice":      {set("X-Content-Type-Options", "nosniff", "nosniff"), httpscan.NoSniff},

		"no hsts":            {set("Strict-Transport-Security"), httpscan.HSTS},
		"short hsts":         {set("Strict-Transport-Security", "max-age=86400"), httpscan.HSTS},
		"two hsts":           {set("Strict-Transport-Security", "max-age=63072000", "max-age=63072000"), httpscan.HSTS},
		"hsts on plain http": {and(plain, set("Strict-Transport-Security", "max-age=63072000")), httpscan.HSTS},
		"hsts behind proxy":  {and(plain, ask("X-Forwarded-Proto", "https"), set("Strict-Transport-Security", "max-age=63072000")), none},

		"elsewhere":     {and(status(303), set("Location", "https://evil.example/"), body("")), httpscan.Redirect},
		"other scheme":  {and(status(303), set("Location", "http://app.example.com/"), body("")), httpscan.Redirect},
		"two slashes":   {and(status(303), set("Location", "//evil.example/"), body("")), httpscan.Redirect},
		"backslash":     {and(status(303), set("Location", "/\\evil.example/"), body("")), httpscan.Redirect},
		"tab":           {and(status(303), set("Location", "/\t/evil.example/"), body("")), httpscan.Redirect},
		"script":        {and(status(303), set("Location", "javascript:alert(1)"), body("")), httpscan.Redirect},
		"user":          {and(status(303), set("Location", "https://app.example.com@evil.example/"), body("")), httpscan.Redirect},
		"nowhere":       {and(status(303), body("")), httpscan.Redirect},
		"two ways":      {and(status(303), set("Location", "/", "/x"), body("")), httpscan.Redirect},
		"created there": {and(status(201), set("Location", "https://evil.example/")), httpscan.Redirect},

		"secret":              {body("key: " + apiKey), httpscan.Canary},
		"secret, escaped":     {body("key: k/3y+of a &lt;secret&gt; service"), httpscan.Canary},
		"secret, base64":      {body("key: ay8zeStvZiBhIDxzZWNyZXQ+IHNlcnZpY2U"), httpscan.Canary},
		"secret, hex":         {body("key: 6b2f33792b6f662061203c7365637265743e2073657276696365"), httpscan.Canary},
		"secret, json":        {and(set("Content-Type", "application/json"), body(`{"a":"k/3y+of a \u003csecret\u003e service"}`)), httpscan.Canary},
		"secret, header":      {set("X-Debug", "k%2F3y%2Bof+a+%3Csecret%3E+service"), httpscan.Canary},
		"secret, address":     {and(status(303), set("Location", "/?k=k%2F3y%2Bof+a+%3Csecret%3E+service"), body("")), httpscan.Canary},
		"secret, cookie":      {set("Set-Cookie", strings.ReplaceAll(cookie, "AAAA", "6b2f33792b6f662061203c7365637265743e2073657276696365")), httpscan.Canary},
		"another cookie":      {body("session " + seenValue), httpscan.Canary},
		"session in a header": {set("X-Session", seenValue), httpscan.Canary},
		"its own cookie":      {set("Set-Cookie", seen), none},

		"powered by":       {set("X-Powered-By", "Go"), httpscan.Banner},
		"server version":   {set("Server", "axess/1.2"), httpscan.Banner},
		"server":           {set("Server", "axess"), none},
		"stack":            {body("panic: x\n\ngoroutine 1 [running]:\nmain.main()"), httpscan.Banner},
		"problem, no json": {document(403, "no"), httpscan.Problem},
		"problem, status":  {document(403, strings.ReplaceAll(forbidden, "403", "404")), httpscan.Problem},
		"problem, code":    {document(403, strings.ReplaceAll(forbidden, "forbidden", "gone_fishing")), httpscan.Problem},
		"problem, types":   {document(403, strings.Replace(forbidden, "forbidden", "csrf_failed", 1)), httpscan.Problem},
		"problem, other":   {document(409, strings.ReplaceAll(forbidden, "403", "409")), httpscan.Problem},
		"problem, title":   {document(403, strings.ReplaceAll(forbidden, "No.", "")), httpscan.Problem},
		"problem, id":      {document(403, strings.ReplaceAll(forbidden, "0190", "0191")), httpscan.Problem},

		"401 alone":        {status(401), httpscan.Companion},
		"405 alone":        {status(405), httpscan.Companion},
		"405 empty":        {and(status(405), set("Allow", "")), httpscan.Companion},
		"429 alone":        {status(429), httpscan.Companion},
		"503 alone":        {status(503), httpscan.Companion},
		"503 with nothing": {and(status(503), set("Retry-After", "0")), httpscan.Companion},
		"503 with a date":  {and(status(503), set("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")), none},

		"length":         {set("Content-Length", "3"), httpscan.Length},
		"right length":   {set("Content-Length", "35"), none},
		"two lengths":    {set("Content-Length", "35", "35"), httpscan.Length},
		"two framings":   {and(set("Content-Length", "35"), set("Transfer-Encoding", "chunked")), httpscan.Length},
		"204 and length": {and(status(204), body(""), set("Content-Length", "0")), httpscan.Length},
		"204 and body":   {status(204), httpscan.Length},
		"304 and body":   {status(304), httpscan.Length},
		"head and body":  {method("HEAD"), httpscan.Length},
		"no charset":     {set("Content-Type", "text/html"), httpscan.ContentType},
		"guessed html":   {set("Content-Type"), httpscan.ContentType},

		"mirrored":       {and(ask("Origin", "https://evil.example"), set("Access-Control-Allow-Origin", "https://evil.example")), httpscan.CORS},
		"null":           {set("Access-Control-Allow-Origin", "null"), httpscan.CORS},
		"all, with":      {and(set("Access-Control-Allow-Origin", "*"), set("Access-Control-Allow-Credentials", "true")), httpscan.CORS},
		"all":            {set("Access-Control-Allow-Origin", "*"), none},
		"another, with":  {and(set("Access-Control-Allow-Origin", "https://a.example"), set("Access-Control-Allow-Credentials", "true")), httpscan.CORS},
		"listed, with":   {and(set("Access-Control-Allow-Origin", "https://login.example.net"), set("Access-Control-Allow-Credentials", "true")), none},
		"no such answer": {and(status(200), set("Location", "/")), none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scan := httpscan.New(httpscan.Config{Origins: []string{"https://login.example.net"}, ScriptCookies: []string{"__Host-theme"}})
			scan.Secret("the api key", apiKey)
			scan.Personal("ada@example.org", "Ada <3")
			first := page()
			first.Header.Set("Set-Cookie", seen)
			if found := scan.Check(request(), first); len(found) > 0 {
				t.Fatal(found)
			}
			r, a := request(), page()
			c.change(r, &a)
			found := scan.Check(r, a)
			var rules []httpscan.Rule
			for _, f := range found {
				rules = append(rules, f.Rule)
				if strings.Contains(f.String(), apiKey) || strings.Contains(f.String(), "%3Csecret") || strings.Contains(f.String(), seenValue) {
					t.Errorf("the finding tells the secret: %s", f)
				}
			}
			if rules = slices.Compact(rules); c.want == none && len(rules) > 0 || c.want != none && !slices.Equal(rules, []httpscan.Rule{c.want}) {
				t.Errorf("found %v, want %q", found, c.want)
			}
			if !slices.Equal(found, scan.Findings()) && len(found) == len(scan.Findings()) {
				t.Errorf("kept %v, want %v", scan.Findings(), found)
			}
		})
	}
}

const (
	seenValue = "c2Vlbi1iZWZvcmUtYnktdGhlLXNjYW5uZXI"
	seen      = "__Host-seen=" + seenValue + "; Path=/; Secure; HttpOnly; SameSite=Lax"
)

func request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://app.example.com/notes", http.NoBody)
	r.TLS = &tls.ConnectionState{}
	return r
}

// Every rule has a cure and a row in docs/testing.md.
func TestRules_are_explained(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range httpscan.Rules() {
		if !strings.Contains(string(manual), "\n| `"+string(rule)+"` |") {
			t.Errorf("%s is not in docs/testing.md", rule)
		}
		if rule.Cure() == "" {
			t.Errorf("%s has no cure", rule)
		}
	}
	if httpscan.Rule("other").Cure() != "" {
		t.Error("no rule has a cure")
	}
}
