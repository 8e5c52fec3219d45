package main

// sessions are attacks on cookies, session rows, the origin and token checks,
// redirects and the listener.
func sessions() []Entry {
	return []Entry{
		{
			Name:   "cookie-mac-unchecked",
			Attack: "I change bits of my session cookie until it names somebody else's session.",
			Gain:   "Any id can be written into a cookie and is believed.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "switch err := c.mac.Verify(h.kid, buf[cookieHead:], c.head, buf[:cookieHead]); {\n\tcase errors.Is(err, seal.ErrUnknownKey):\n\t\treturn held{}, errCookieKey\n\tcase err != nil:\n\t\treturn held{}, errCookieMAC\n\t}",
				New:  "switch err := c.mac.Verify(h.kid, buf[cookieHead:], c.head, buf[:cookieHead]); {\n\tcase errors.Is(err, seal.ErrUnknownKey):\n\t\treturn held{}, errCookieKey\n\t}",
			},
			Pkg: "session", Run: "TestCookie_any_bit_flip_is_refused", Says: "flipped and still accepted",
			IDs: []string{"SES-120", "SES-123"},
		},
		{
			Name:   "cookie-tossed-first-wins",
			Attack: "From a sibling subdomain I set a cookie of the session's name, with a genuine session of mine, beside the victim's.",
			Gain:   "The victim works in the attacker's session and leaves data there.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "case value != first:",
				New:  "case value != first && false:",
			},
			Pkg: "session", Run: "TestLoad_two_genuine_cookies_are_none",
			IDs: []string{"SES-124"},
		},
		{
			Name:   "epochs-not-compared",
			Attack: "I keep using a stolen cookie after its owner has signed out everywhere.",
			Gain:   "A revocation that the store acknowledged changes nothing for the thief.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "if !out.body.epochs.Covers(current.Epochs) {",
				New:  "if false {",
			},
			Pkg: "session", Run: "TestInvalidate",
			IDs: []string{"SES-195"},
		},
		{
			Name:   "csrf-tag-unchecked",
			Attack: "From a sibling subdomain I toss a token pair that I made up, and post the form with it.",
			Gain:   "A form on another site acts for whoever is signed in.",
			Edit: Edit{
				File: "middleware/csrf/token.go",
				Old:  "return err == nil\n}",
				New:  "return err == nil || true\n}",
			},
			Pkg: "middleware/csrf", Run: "TestToken_attacks",
			IDs: []string{"CSR-005", "CSR-010"},
		},
	}
}
