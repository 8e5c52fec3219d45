// Package axess is authentication for net/http programs in one place: sign-up and
// sign-in with password and authenticator app, sessions that can be ended
// everywhere at once, guards that do not compile when forgotten, CSRF protection,
// an attempt ledger and events that commit with what they report, with the pages
// for all of it.
//
//	auth, err := axess.New(ctx, axess.Config{
//		Origin: "http://localhost:8080",
//		Stores: memory.New(memory.Config{}).Stores(),
//	})
//	mux := http.NewServeMux()
//	mux.Handle("/auth/", auth.Pages())
//	mux.Handle("GET /notes", auth.RequireAuthn(notes))
//	err = axess.ListenAndServe(ctx, "localhost:8080", auth, mux)
//
//	func notes(w http.ResponseWriter, r *http.Request, who axess.Authenticated) { … }
//
// This package only wires: what decides lives in authn, what remembers in
// session, what a refusal looks like in one table (docs/errors.md). docs/request.md
// has the way of a request in a picture; [Axess.Handler] lists its layers. Start
// with docs/first-app.md; docs/README.md is the index of the book.
//
// Requirements: PRD-010…018, 040…043, 050…059 as far as the features reach;
// GRD-001…004, 014, 051; MID-001, 002.
package axess
