// Package jwt verifies JSON Web Tokens of others, and signs our own. It is the one place
// where axess reads them: OpenID Connect, workload identities, client assertions and
// logout tokens all come through here.
//
//	fetch, err := jwt.NewFetcher(jwt.FetchConfig{Clock: clock.System()})
//	…
//	keys, err := jwt.NewRemoteKeys(jwt.RemoteConfig{
//		Clock: clock.System(), Entropy: entropy.System(), Fetch: fetch, Issuer: "https://issuer.example"})
//	…
//	v, err := jwt.NewVerifier(jwt.Config{
//		Clock: clock.System(), Keys: keys, Issuer: "https://issuer.example", Audience: []string{"https://api.example"}})
//	…
//	claims, err := v.Verify(ctx, token) // ErrRejected, ErrUnavailable
//
// What a verifier takes is said at its construction, and nothing in a token widens it:
//
//   - One form: JWS compact serialization, three parts of canonical base64url (RFC 7515
//     §7.1). No JSON form, no encryption, no line breaks, no second spelling.
//   - One reading: header and payload are JSON objects without a name twice, at most 16
//     deep, in UTF-8; names are compared letter by letter, so "SUB" is not "sub".
//   - The key says the algorithm. A key serves the algorithms of its kind and curve, and
//     of its own "alg" if it has one. There is no "none" and no HMAC, not even by
//     configuration. Keys that a token brings along (jwk, jku, x5c, x5u) refuse it, as
//     does crit.
//   - Every pinned claim is required: iss, aud and exp, each of its type. An absent claim
//     is never a passed check.
//   - One class: a verifier names the typ that it takes, so that a logout token is not
//     taken for an ID token.
//
// Keys come from a [KeySet] of your own or from [RemoteKeys], which keeps what an issuer
// publishes, fetches it anew when it is due or when a token names a key that is not
// there, at most once a minute whatever is thrown at it, and goes on with the last good
// set for a day if the issuer is down.
//
// A token for one use is given to [Verifier.Consume] after all other checks.
//
// Tokens of several issuers are judged by [Issuers], each by the keys of the one that it
// names. A token that is bound to a key is refused unless it comes from the holder of
// that certificate ([Verifier.VerifyFrom]).
//
// It does not encrypt or decrypt, knows no DPoP proofs (whose key is in their header),
// and does not decide who somebody is: it says what a token says.
//
// Requirements: WKL-010 to WKL-025 and WKL-030 to WKL-036 as far as they speak of one
// token and one key set; OAU-024 to OAU-035. The text of docs/jwt.md says it at length.
package jwt
