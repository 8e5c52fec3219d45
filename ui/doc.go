// Package ui draws the pages people see: sign-in, sign-up, the account, the
// error pages, and the texts of the mails.
//
// It is for rendering only. A page is a typed view model (SignInPage,
// FactorPage, AccountPage, …) that holds what is shown and nothing else: no
// session, no store, no request. The models carry no password, code or link
// token, so no page can echo one. Two exist to show a secret: the key of an
// authenticator app being enrolled, and the mails of the development outbox.
//
//	r, err := ui.NewRenderer(ui.Config{Brand: ui.Brand{Name: "Acme"}})
//	if err != nil {
//		return err
//	}
//	mux.Handle("GET /auth/assets/", r.Assets())
//	w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
//	err = r.Render(w, ui.SignInPage{
//		Frame:      ui.Frame{CSRF: token, Problems: ui.SignInFailed()},
//		Identifier: "ada@example.org",
//	})
//
// Render writes a whole page or nothing. Every page works without script and
// without the style sheet; the one script only adds comfort (show password,
// copy, a working state, focus on the list of problems). Nothing on a page
// comes from another origin, and nothing is inline, so the policy above holds
// everywhere.
//
// All words live in one catalogue per language, under keys with named arguments.
// A template or a caller names a key; a missing key or argument is an error of
// Render, and a test executes every page in every state (Samples) in every
// language, so neither ships. English and German are shipped.
//
// A program changes the pages through Custom: a Theme, templates of its own in
// the place of shipped ones, texts and languages. All are checked when the renderer is made; Check,
// Export and Gallery are the same for tests and commands.
//
// The package is not a form decoder and decides nothing: which page answers
// which outcome is the handlers' business.
//
// Requirements: UIX-002 to 006, UIX-008, UIX-013, UIX-020, UIX-023, UIX-025 to
// 027, UIX-029, UIX-033, UIX-036, UIX-042, UIX-043, UIX-046, UIX-050 to 055,
// UIX-058, UIX-070 to 072, UIX-080 to 086, UIX-090 to 092.
package ui
