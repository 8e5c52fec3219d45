// Package clientip finds out which address a request came from, once, so that
// audit, policies, limits and devices all read the same answer.
//
// A caller can write any header. An address from a header therefore counts
// only when the machine at the other end of the connection is a proxy that the
// operator named, and then only the entry that this proxy, or one it trusts,
// has added itself. By default nobody is trusted and no header is read.
//
//	res, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.0/8"}})
//	…
//	handler := res.Wrap(mux)
//	…
//	a := clientip.From(r.Context())
//	log.Print(a.IP(), a.Source())
//
// The same trust decides whether X-Forwarded-Proto and X-Forwarded-Host say
// what the client used (Scheme, Host). Absolute URLs are never built from
// them.
//
// Not for: deciding what an address may do, nor where it lies on a map.
//
// Not yet: X-Real-IP, RFC 7239 Forwarded and the headers of content delivery
// networks (MID-017, MID-019, MID-020).
//
// Requirements: MID-010 to MID-016, MID-018, MID-022, MID-080, MID-083 for
// these headers.
package clientip
