// Package session keeps who is signed in, between requests.
//
// A browser holds a random id in one signed cookie; the store holds a sealed
// record under a digest of that id. Whoever steals the table can forge nothing
// and read nothing; whoever steals the signing key finds no session to sign
// for. Every request verifies the cookie, reads the record and the current
// revocation epochs in one go, and judges the deadlines: a session that was
// ended anywhere is ended here with the next request.
//
//	m, err := session.New(session.Config{Store: db, Keys: rings, Clock: clock.System(), Entropy: entropy.System()})
//	handler := m.Wrap(mux) // once, outside of CSRF protection
//
//	var theme = session.NewKey[string]("app.theme") // a typed place for data
//
//	func page(w http.ResponseWriter, r *http.Request) {
//		s, err := session.From(r.Context())
//		…
//		if a, ok := s.State().(session.Authenticated); ok {
//			greet(w, a.DisplayName())
//		}
//		err = theme.Set(s, "dark") // written before the first byte of the response
//	}
//
// It is not for signing anybody in: moves of the state go through
// [Session.Transition], whose events only package authn can make. It is not for
// API tokens and workloads, which authenticate each request. It is not a cache:
// nothing of a session is believed that was not read with this request, and what
// Config.Memo keeps is only what opening these very bytes under these very keys
// has led to before.
//
// # What an application does
//
// Read the [State] and switch on it. Keep data under a [Key]; it is sealed with
// the session, dropped at a login unless Config.CarryOnLogin names it, and
// bounded. Take what may be used once with [Key.Consume]. Call [Session.Rotate]
// when a person's rights change. Hand [Session.Detach] to work that outlives the
// request. Mark routes that can do without knowing who asks as [Optional].
//
// # When things are written
//
// Moves and logouts are in the store when the call returns, and its error is
// theirs. Data wait for the first byte of the response; if they cannot be
// written then, the whole response becomes 503, because a page that says
// "saved" must not lie ([BestEffortData] is the way out). Two requests that
// write different keys both get their way; two that move the state do not: the
// second one gets store.ErrConflict.
//
// The cookie goes out only for what the store has acknowledged. An outage never
// signs anybody out: the answer is 503 and the cookie stays. A rotated id reads,
// for ten seconds, what it read before, so that requests in flight do not fail;
// it can change nothing, except that a logout from it ends the login.
//
// # Acting as somebody else
//
// An administrator may act as another person for a while. The session is then that
// person's in name ([Authenticated] has an Actor), proves nothing, ends by itself
// within the hour, and dies with either of the two; the administrator's own login
// lies sealed beside it and comes back when they stop. Whoever is left without the
// button signs in again.
//
// # Keys
//
// A session that is used comes under the present key by itself; a job calls
// [Manager.Reseal] for those that rest, and its counts say when an old key may go
// (package keys has the order).
//
// # Guests
//
// A guest without data costs nothing: no record, no cookie. [Session.Anchor]
// gives it a handle, in a signed cookie without a record, for CSRF tokens. The
// first data make a record under a new id; so does every step of a login, and
// an id that somebody planted is worthless from the first prompt on.
//
// # Bindings
//
// A session is bound to the browser that it begins in ([Binding]): a cookie alone is
// a guest's in another one, and cannot end the session from there. Config.Bindings
// adds networks and client certificates and says what a mismatch meets.
//
// # What is not here yet
//
// Refresh families. The body has places for them, which this release keeps as it
// finds them.
//
// Owns SES-018, SES-030 to SES-042, SES-060 to SES-086, SES-100 to SES-106, SES-120
// to SES-127, SES-132, SES-152, SES-156, SES-157, SES-175 to SES-182, SES-195 to SES-206, SES-209,
// SES-225 to SES-231, SES-240 to SES-242, FUZ-F01, FUZ-F03.
package session
