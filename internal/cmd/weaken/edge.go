package main

// edge are attacks on the origin and token checks, redirects, caches and the
// listener.
func edge() []Entry {
	return []Entry{
		{
			Name:   "csrf-tag-unchecked",
			Attack: "From a sibling subdomain I toss a token pair that I made up, and post the form with it.",
			Gain:   "A form on another site acts for whoever is signed in.",
			Edit: Edit{
				File: "middleware/csrf/token.go",
				Old: `return err == nil
}`,
				New: `return err == nil || true
}`,
			},
			Pkg: "middleware/csrf", Run: "TestToken_attacks",
			IDs: []string{"CSR-005", "CSR-010"},
		},
		{
			Name:   "csrf-token-not-compared",
			Attack: "In a browser that says nothing of where a form comes from, I post the victim's form with a token of my own session.",
			Gain:   "Any token passes beside the victim's own cookie.",
			Edit: Edit{
				File: "middleware/csrf/layer.go",
				Old:  "case !equal:",
				New:  "case !equal && false:",
			},
			Pkg: "internal/attack", Run: "TestCrossOrigin_forms",
			IDs: []string{"CSR-010", "CSR-031", "CSR-033"},
		},
		{
			Name:   "csrf-two-cookies",
			Attack: "From a sibling subdomain I toss a second token cookie, and one of the two is believed.",
			Gain:   "Whoever can toss a cookie can choose the token that is compared.",
			Edit: Edit{
				File: "middleware/csrf/layer.go",
				Old:  "case st.jar.count > 1:",
				New:  "case st.jar.count > 9:",
			},
			Pkg: "internal/attack", Run: "TestTossing_token_cookies",
			IDs: []string{"CSR-010"},
		},
		{
			Name:   "csrf-login-of-a-guest",
			Attack: "I sign visitors in as myself with a form on my page and a token pair that I toss along, so that what they enter ends up with me.",
			Gain:   "A visitor without a session is signed in as the attacker.",
			Edit: Edit{
				File: "middleware/csrf/layer.go",
				Old:  "case !genuine || !known:",
				New:  "case !genuine && known:",
			},
			Pkg: "internal/attack", Run: "TestCrossOrigin_login",
			IDs: []string{"CSR-015", "CSR-031"},
		},
		{
			Name:   "csrf-header-and-field-differ",
			Attack: "I add a token field to a form whose header is sent by the page's own script.",
			Gain:   "Of two answers the convenient one is taken.",
			Edit: Edit{
				File: "middleware/csrf/layer.go",
				Old:  "if !ok || !seal.Equal(t[:], other[:]) {",
				New:  "if !ok || other == (token{}) {",
			},
			Pkg: "middleware/csrf", Run: "TestToken_attacks",
			IDs: []string{"CSR-008"},
		},
		{
			Name:   "csrf-origin-of-a-sibling",
			Attack: "I own a sibling subdomain and post forms from there.",
			Gain:   "Layer one lets every host of the domain in.",
			Edit: Edit{
				File: "middleware/csrf/origin.go",
				Old:  "if err := p.origins.Check(r); err != nil {",
				New:  `if err := p.origins.Check(r); err != nil && site != "same-site" {`,
			},
			Pkg: "middleware/csrf", Run: "TestOrigin_matrix",
			IDs: []string{"CSR-002"},
		},
		{
			Name:   "csrf-origin-over-http",
			Attack: "I sit on the path, write a page under http:// of the same name, and post from it; or from a sandboxed frame, whose origin is null.",
			Gain:   "An unencrypted page speaks for the encrypted site.",
			Edit: Edit{
				File: "middleware/csrf/origin.go",
				Old:  `return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && p.cfg.InsecureHTTP)`,
				New:  "return err == nil && u != nil",
			},
			Pkg: "middleware/csrf", Run: "TestOrigin_matrix",
			IDs: []string{"CSR-002"},
		},
		{
			Name:   "csrf-unknown-methods",
			Attack: "I send a method that the check has never heard of, and that the application's mux takes.",
			Gain:   "A method outside of a short list of unsafe ones is not checked.",
			Edit: Edit{
				File: "middleware/csrf/protection.go",
				Old:  "return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions",
				New:  "return method != http.MethodPost && method != http.MethodPut && method != http.MethodDelete",
			},
			Pkg: "internal/attack", Run: "TestCrossOrigin_forms", Says: "the handler ran",
			IDs: []string{"CSR-001"},
		},
		{
			Name:   "csrf-bearer-beside-a-cookie",
			Attack: "I add an Authorization header of my own to a request that the victim's browser adds its cookies to.",
			Gain:   "An invented header switches both checks off.",
			Edit: Edit{
				File: "middleware/csrf/origin.go",
				Old:  `return !lendsAuthority(r.Header["Cookie"], p.cfg.SessionCookie)`,
				New:  "return !lendsAuthority(nil, p.cfg.SessionCookie)",
			},
			Pkg: "middleware/csrf", Run: "TestOrigin_exempts_requests_without_ambient_credentials",
			IDs: []string{"CSR-019"},
		},
		{
			Name:   "csrf-bypass-with-authority",
			Attack: "I post to the webhook that is exempt from the checks, from the browser of somebody signed in.",
			Gain:   "An exempt route acts with the visitor's session.",
			Edit: Edit{
				File: "middleware/csrf/origin.go",
				Old: `		r.Header.Del("Cookie")
`,
				New: "",
			},
			Pkg: "middleware/csrf", Run: "TestOrigin_bypass_runs_as_guest",
			IDs: []string{"CSR-020"},
		},
		{
			Name:   "csrf-wrong-order-passes",
			Attack: "Somebody mounts the layers in the wrong order, and I try the forms.",
			Gain:   "A mistake in the chain is an open door.",
			Edit: Edit{
				File: "middleware/csrf/layer.go",
				Old: `		if !safe(r.Method) {
			p.reject(w, r, l.next, LayerToken, ReasonMisplaced, problem.CSRFFailed)
			return
		}`,
				New: `		if r == nil {
			return
		}`,
			},
			Pkg: "middleware/csrf", Run: "TestLayers_in_the_wrong_order_fail_closed",
			IDs: []string{"CSR-018", "MID-002"},
		},
		{
			Name:   "cookies-for-scripts",
			Attack: "I get one line of script onto a page and read the session cookie.",
			Gain:   "A script takes the session away with it.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  `attr := "; Path=/; HttpOnly"`,
				New:  `attr := "; Path=/"`,
			},
			Pkg: "internal/attack", Run: "TestTossing_every_cookie_is_locked_to_its_host", Says: "lacks HttpOnly",
			IDs: []string{"SES-125"},
		},
		{
			Name:   "cookies-over-http",
			Attack: "I sit on the path and have the browser send its cookies to http:// of the same name.",
			Gain:   "The session goes over the wire in the clear.",
			Edit: Edit{
				File: "session/cookie.go",
				Old: `	if !c.InsecureHTTP {
		attr += "; Secure"
	}`,
				New: `	if c.Partitioned {
		attr += "; Secure"
	}`,
			},
			Pkg: "internal/attack", Run: "TestTossing_every_cookie_is_locked_to_its_host", Says: "lacks Secure",
			IDs: []string{"SES-125"},
		},
		{
			Name:   "link-cookie-tossed",
			Attack: "From a sibling host I toss the cookie of my own confirmation link beside the victim's.",
			Gain:   "The victim confirms the attacker's link.",
			Edit: Edit{
				File: "ui/cookies.go",
				Old:  "if len(found) != 1 || len(found[0].Value) > maxPageCookie {",
				New:  "if len(found) < 1 || len(found[0].Value) > maxPageCookie {",
			},
			Pkg: "internal/attack", Run: "TestTossing_page_cookies", Says: "two link cookies",
			IDs: []string{"UIX-062"},
		},
		{
			Name:   "redirect-two-slashes",
			Attack: "I send people a sign-in link of the real site whose next is //evil.example.",
			Gain:   "The real site leads people who have just signed in to the attacker's copy of it.",
			Edit: Edit{
				File: "internal/problem/next.go",
				Old:  "if len(s) == 0 || len(s) > maxNext || s[0] != '/' || !utf8.ValidString(s) {",
				New: `if len(s) > 1 && s[0] == '/' {
		return s, true
	}
	if len(s) == 0 || len(s) > maxNext || s[0] != '/' || !utf8.ValidString(s) {`,
			},
			Pkg: "internal/attack", Run: "TestRedirect_stays_here", Says: "leads to",
			IDs: []string{"GRD-016"},
		},
		{
			Name:   "redirect-by-another-parser",
			Attack: "I spell the other host in a way that one parser takes for a path and a browser does not.",
			Gain:   "A check that asks one parser is passed by what another reads.",
			Edit: Edit{
				File: "internal/problem/next.go",
				Old:  `if strings.HasPrefix(s, "//") || strings.HasPrefix(u.Path, "//") ||`,
				New:  `if strings.HasPrefix(s, "//") ||`,
			},
			Pkg: "internal/problem", Run: "TestSafeNext",
			IDs: []string{"GRD-016"},
		},
		{
			Name:   "host-poisoning",
			Attack: "I ask with a Host of mine, for a cache or a mail to remember.",
			Gain:   "The program answers under any name, and rebinding reaches a development server.",
			Edit: Edit{
				File: "chain.go",
				Old:  "if own[r.Host] || own[strings.ToLower(r.Host)] {",
				New:  "if own[r.Host] || own[strings.ToLower(r.Host)] || true {",
			},
			Pkg: "internal/attack", Run: "TestRedirect_host_poisoning",
			IDs: []string{"PRD-014"},
		},
		{
			Name:   "forwarded-by-a-stranger",
			Attack: "I write another address into X-Forwarded-For for each guess.",
			Gain:   "Locks and the trail see addresses that the attacker made up.",
			Edit: Edit{
				File: "middleware/clientip/resolver.go",
				Old: `	if !trusted {
		return a
	}`,
				New: `	if !trusted && req == nil {
		return a
	}`,
			},
			Pkg: "middleware/clientip", Run: "TestResolve",
			IDs: []string{"MID-011", "MID-080"},
		},
		{
			Name:   "request-id-of-a-stranger",
			Attack: "I send a request id of mine, with a line end in it or with somebody else's value.",
			Gain:   "The log and the trail say what the attacker wants.",
			Edit: Edit{
				File: "middleware/requestid/requestid.go",
				Old:  "if v := r.Header[Header]; len(v) == 1 && plain(v[0]) && l.accepts(r) {",
				New:  "if v := r.Header[Header]; len(v) == 1 {",
			},
			Pkg: "internal/attack", Run: "TestSplitting", Says: "request id",
			IDs: []string{"MID-030", "MID-031"},
		},
		{
			Name:   "frames",
			Attack: "I lay the account page, invisible, over a game of mine and have people click on it.",
			Gain:   "Clicks on another site press buttons of this one.",
			Edit: Edit{
				File: "middleware/secure/secure.go",
				Old:  `{"X-Frame-Options", "DENY"},`,
				New:  `{"X-Frame-Options", "SAMEORIGIN"},`,
			},
			Pkg: "internal/attack", Run: "TestCrossOrigin_reading_and_framing", Says: "may be framed",
			IDs: []string{"MID-042"},
		},
		{
			Name:   "cached-for-everybody",
			Attack: "I ask a cache in between for a guarded page that somebody else has just looked at.",
			Gain:   "A shared cache keeps one person's page for the next.",
			Edit: Edit{
				File: "guard.go",
				Old:  `h["Cache-Control"] = []string{"no-store"}`,
				New:  `h["Cache-Control"] = []string{"max-age=60"}`,
			},
			Pkg: "internal/attack", Run: "TestCaching_keeps_nothing_private", Says: "a cache may keep",
			IDs: []string{"MID-044", "GRD-019"},
		},
		{
			Name:   "smuggling-behind-chunks",
			Attack: "Through a proxy that goes by the length I send a body with length and chunks, and hide a request behind the chunks.",
			Gain:   "The hidden request runs on the proxy's connection, and its answer goes to somebody else.",
			Edit: Edit{
				File: "chain.go",
				Old:  "if len(r.TransferEncoding) > 0 {",
				New:  "if len(r.TransferEncoding) > 9 {",
			},
			Pkg: "internal/attack", Run: "TestSmuggling_length_and_chunks", Says: "the hidden request ran",
			IDs: []string{"MID-083"},
		},
		{
			Name:   "slow-headers",
			Attack: "I open hundreds of connections and send a byte of a header now and then.",
			Gain:   "Connections are held for as long as the attacker likes.",
			Edit: Edit{
				File: "serve.go",
				Old:  "readHeaderTimeout = 5 * time.Second",
				New:  "readHeaderTimeout = 5 * time.Minute",
			},
			Pkg: "internal/attack", Run: "TestSlow_headers", Says: "was kept for",
			IDs: []string{"PRD-071"},
		},
		{
			Name:   "reader-that-never-reads",
			Attack: "I ask for pages on hundreds of connections and read none of them.",
			Gain:   "Each holds a connection, a goroutine and a page for as long as the attacker likes.",
			Edit:   Edit{File: "serve.go", Old: "	ln = stall.Listener(ln, stall.ServerWrite)\n", New: "	_ = stall.Listener\n"},
			Pkg:    ".", Run: "TestServe_bounds_what_it_writes",
			IDs: []string{"PRD-071"},
		},
		{
			Name:   "huge-headers",
			Attack: "I send a request of megabytes of headers, again and again.",
			Gain:   "Memory goes by what a stranger sends before anything is checked.",
			Edit: Edit{
				File: "serve.go",
				Old:  "maxHeaderBytes    = 64 << 10",
				New:  "maxHeaderBytes    = 64 << 20",
			},
			Pkg: "internal/attack", Run: "TestFlood_headers",
			IDs: []string{"PRD-071"},
		},
		{
			Name:   "huge-bodies",
			Attack: "I post forms without end to the sign-in page.",
			Gain:   "A form of any size is read.",
			Edit: Edit{
				File: "chain.go",
				Old:  "problem.LimitBody(problem.MaxAuthBody, next)",
				New:  "problem.LimitBody(1<<40, next)",
			},
			Pkg: "internal/attack", Run: "TestFlood_bodies",
			IDs: []string{"MID-064"},
		},
	}
}
