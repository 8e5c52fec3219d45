// Package safehttp fetches documents from servers that somebody else names: key sets,
// discovery documents, token endpoints.
//
// The address of such a server comes from configuration of a tenant, from a document of
// an issuer, or from DNS, and each of them may point into the network that the program
// lives in. So the address is judged where it can no longer change: when the connection
// is made, each time, after the name has been resolved.
//
//	c, err := safehttp.New(safehttp.Config{Clock: clock.System()})
//	…
//	got, err := c.Do(ctx, safehttp.Request{URL: "https://issuer.example/jwks.json"})
//	if err != nil {
//		return err // ErrBlockedAddress, ErrResponseTooLarge, …
//	}
//	if got.Status != http.StatusOK { … }
//
// Held to, whatever the caller asks: https alone (http to the machine itself only for
// who sets InsecureLoopback); no redirect is followed; TLS 1.2 or newer, verified; no
// cookies; no proxy from the environment; an end in time and in bytes; JSON unless the
// request says otherwise.
//
// It is not a general client: there are no streams and no uploads of size.
//
// Requirements: OAU-011 to OAU-017 as far as they speak of one call; WKL-033 and
// WKL-036 for package jwt.
package safehttp
