// Package jwtbearer is a signed token of a known issuer as a factor: a JSON Web Token
// that says who somebody is, shown once, within minutes of its making.
//
// It adds to package jwt, which reads and judges the token, what a sign-in asks beyond:
// a name for each token and its one use, an age, a short life, a tenant that fits, and
// no ID token in its place. It answers one question about one account: does the token
// speak of somebody whom this account is linked with? The link of tenant, issuer and
// subject is what leads from one to the other, and its owner has made it, signed in
// (AUN-151); no address in a token does.
//
//	tokens, err := jwtbearer.New(jwtbearer.Config{
//		Clock: clock.System(), Replay: replays,
//		Issuers: []jwtbearer.Issuer{{Issuer: "https://ci.example", Audience: []string{"https://app.example"}, Keys: keys}},
//	})
//
// A token is not a password: whoever has it is taken for its subject until it is used.
// It suits machines that sign in as a person, gateways that know the person already, and
// networks with an issuer of their own. People at a browser are better served by a
// passkey.
//
// Requirements: FAC-120 to FAC-124, FAC-127, FAC-I10.
package jwtbearer
