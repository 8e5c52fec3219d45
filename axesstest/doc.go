// Package axesstest tests programs that are built on axess: people who are signed
// in, a clock that the test moves, the mails that were sent, and the attacks that
// a program should withstand.
//
//	func TestNotes(t *testing.T) {
//		k := axesstest.New(t, app.Routes)        // func(*axess.Axess) http.Handler
//		ada := k.SignIn("ada@example.org", axesstest.With(factor.Password, factor.TOTP))
//		ada.Get("/notes").Want(200)
//		k.Clock.Advance(25 * time.Hour)          // her session has run out
//		ada.Get("/notes").WantSignIn()
//	}
//
//	func TestAttacks(t *testing.T) {
//		axesstest.Attack(t, axesstest.New(t, app.Routes))
//	}
//
// A [Kit] is the program itself, wired as in production: https, cookies with
// their prefixes, keys, every layer of the chain. Only what surrounds it is made
// for the test: memory stores, a [clock.Fake], a [Mailbox], seeded randomness, and
// a password hash that costs nothing. It listens nowhere unless it is told to
// ([OverSocket]); requests go from a [Browser] to the handler within the test, so
// a kit with somebody signed in takes some milliseconds, and as many as you like
// run beside each other.
//
// Nobody is signed in by a back door: [Kit.SignIn] signs up, opens the mailed
// link, sets up an authenticator app and fills in the forms, as a person does.
// What a test holds is therefore what a browser would hold.
//
// A Browser keeps cookies, follows redirects and says where requests come from
// (Origin, Sec-Fetch-Site), and what a browser would not send or keep, it does not
// either: cookies of the wrong prefix, Lax cookies in another site's post. Its
// Client is an ordinary [http.Client], for code that takes one. [Browser.From] is
// the same browser showing a page of another site.
//
// Every answer and every log line runs under package httpscan: a finding fails the
// test. Passwords, seeds and session cookies of everybody that the kit knows are
// among the secrets that it looks for.
//
// Not here yet: passkeys, other backends by name (set Config.Stores through
// [Config]), several nodes, faults, tenants beside the one that there is. A person
// of another tenant is so far one of another installation.
//
// The package panics outside of a test.
//
// Requirements: ASR-011, TKT-001, TKT-002, TKT-003, TKT-010, TKT-011, TKT-012,
// TKT-017, TKT-050, TKT-051 and TKT-053 (see docs/requirements for how far).
package axesstest
