package ui

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ContentSecurityPolicy is the policy of every page of this package (UIX-003).
// Nothing is inline and nothing leaves the origin, so there is no nonce and no
// hash to get wrong; trusted types are required and none exists, so no script
// on these pages can turn a string into markup.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// maxReturns bounds the origins that one form may end on.
const maxReturns = 8

// ReturnPolicy is the policy of a page whose form may end on another origin: a
// browser follows the redirect that answers a form only to what form-action
// names. It adds exactly the given origins to form-action and nothing to any
// other directive (UIX-004).
//
// An origin is scheme, host and, if it is not the scheme's own, port:
// "https://app.example.com". It is https, or http on this machine. The caller
// passes those that are registered for this one flow, never one that a request
// names; and answers every page of which no form ends elsewhere with
// [ContentSecurityPolicy].
func ReturnPolicy(origins ...string) (string, error) {
	if len(origins) == 0 || len(origins) > maxReturns {
		return "", fmt.Errorf("ui: return policy: between 1 and %d origins", maxReturns)
	}
	sources := make([]string, 0, len(origins))
	for _, o := range origins {
		if !isReturn(o) {
			return "", fmt.Errorf("ui: return policy: %q is not an origin: https://host or https://host:port, http on this machine alone", o)
		}
		if !slices.Contains(sources, o) {
			sources = append(sources, o)
		}
	}
	// Their order says nothing; a fixed one makes equal answers equal.
	slices.Sort(sources)
	const own = "form-action 'self'"
	return strings.Replace(ContentSecurityPolicy, own, own+" "+strings.Join(sources, " "), 1), nil
}

// isReturn accepts an origin as browsers write it. A wildcard, a path or a
// character that ends a directive would allow more than was registered.
func isReturn(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return false
	}
	host := u.Hostname()
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") {
		return false
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && strings.Trim(port, "0123456789") != "" {
		return false
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1"
	return u.Scheme == "https" || u.Scheme == "http" && local
}
