package httpscan

import "fmt"

// Rule names one thing that every answer keeps.
type Rule string

// The rules. [Rule.Cure] says what to do about a finding of each.
const (
	// CookieFlags: Secure on https, HttpOnly unless scripts need the cookie,
	// SameSite Lax or Strict (RFC 6265bis §4.1.2).
	CookieFlags Rule = "cookie_flags"
	// CookiePrefix: on https a name begins with __Host- or __Secure-, and the
	// cookie is what the prefix promises (RFC 6265bis §4.1.3).
	CookiePrefix Rule = "cookie_prefix"
	// CookieSize: a line of at most 4,096 bytes, which is what browsers keep, and
	// no name twice in one answer.
	CookieSize Rule = "cookie_size"
	// CookieCached: an answer that sets a cookie is kept by no shared cache.
	CookieCached Rule = "cookie_cached"
	// HeaderSize: all headers together stay below 8 KiB, the buffer of common
	// proxies.
	HeaderSize Rule = "header_size"
	// NoStore: what shows a person's data, and refusals that depend on who asks (401,
	// 403, 429, problem documents), are kept by no cache; a document that is answered
	// to credentials says whether it may be kept.
	NoStore Rule = "no_store"
	// CSP: HTML carries one content security policy, without 'unsafe-inline' and
	// 'unsafe-eval', that stops plugins, a foreign base and framing.
	CSP Rule = "csp"
	// NoSniff: every answer carries X-Content-Type-Options: nosniff.
	NoSniff Rule = "nosniff"
	// HSTS: https answers bind the host to https for a year or more, plain ones say
	// nothing about it (RFC 6797 §7.2). Loopback names are free.
	HSTS Rule = "hsts"
	// Redirect: a Location leads to the same origin or to one in Config.Origins.
	Redirect Rule = "redirect"
	// Canary: no secret in any answer or log line.
	Canary Rule = "canary"
	// Banner: no header names a product with its version, and no body shows a stack.
	Banner Rule = "banner"
	// Problem: a problem document is one (RFC 9457), with the answer's status and
	// request id; a code of the product's is one that docs/errors.md explains.
	Problem Rule = "problem"
	// Companion: 401 has WWW-Authenticate, 405 Allow, 429 and 503 Retry-After.
	Companion Rule = "companion"
	// Length: Content-Length is that of the body; HEAD, 204 and 304 have none.
	Length Rule = "length"
	// ContentType: HTML says that it is, with its charset; nothing guesses.
	ContentType Rule = "content_type"
	// CORS: no foreign origin may read with credentials, and none is mirrored.
	CORS Rule = "cors"
	// Stale is the finding about an exception that excused nothing.
	Stale Rule = "stale_exception"
)

// Rules returns all rules, in the order of the documentation.
func Rules() []Rule {
	return []Rule{CookieFlags, CookiePrefix, CookieSize, CookieCached, HeaderSize, NoStore, CSP, NoSniff, HSTS,
		Redirect, Canary, Banner, Problem, Companion, Length, ContentType, CORS, Stale}
}

// Cure is what to do about a finding of the rule, in one sentence.
func (r Rule) Cure() string {
	switch r {
	case CookieFlags:
		return "Set HttpOnly, Secure and SameSite=Lax; a cookie that scripts read belongs in Config.ScriptCookies."
	case CookiePrefix:
		return "Name it __Host-…, with Secure, Path=/ and no Domain, so that no other host can plant it."
	case CookieSize:
		return "Keep a reference in the cookie and the data in a store."
	case CookieCached:
		return "Set Cache-Control: no-store before the cookie is written."
	case HeaderSize:
		return "Send less in headers: proxies answer 502 when their buffer is full."
	case NoStore:
		return "Set Cache-Control: no-store; the guards do it for what they let pass."
	case CSP:
		return "Serve through auth.Handler, which sets a policy, or put middleware/secure around the handler."
	case NoSniff:
		return "Serve through auth.Handler, or put middleware/secure around the handler."
	case HSTS:
		return "Serve through auth.Handler on an https origin; leave the header away on plain http."
	case Redirect:
		return "Redirect to paths of your own; run targets that a request names through a list."
	case Canary:
		return "Find who writes the secret there; show a reference or nothing."
	case Banner:
		return "Remove the header; write errors to the log and the request id to the answer."
	case Problem:
		return "Let the product write its refusals; a document of your own has its own type URI, a title and the status."
	case Companion:
		return "Add the header that the status demands (RFC 9110 §11.6.1, §15.5.6, §10.2.3)."
	case Length:
		return "Leave Content-Length to net/http and write no body where there is none."
	case ContentType:
		return "Set Content-Type: text/html; charset=utf-8 before the first byte."
	case CORS:
		return "List the origins that may read, and compare the whole origin."
	case Stale:
		return "Remove the exception."
	}
	return ""
}

// Finding is one broken rule.
type Finding struct {
	Rule Rule
	// Where is the request and its status: "GET /notes 200", or the log.
	Where string
	// What was seen, without any secret.
	What string
}

// String says everything in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (cure: %s)", f.Rule, f.Where, f.What, f.Rule.Cure())
}
