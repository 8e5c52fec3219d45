// Package authn decides what happens at a login and in the life of an account.
//
// A login is a flow kept in the session: [Service.BeginLogin] finds out who it
// is about and starts it, [Service.VerifyFactor] judges one credential after the
// other, and the last one installs the login. Nobody learns before they have
// proven something whether an account exists: for nobody, a decoy flow runs the
// same way to the same end, at the same cost in store calls and hashes.
//
//	out, err := svc.BeginLogin(ctx, sess, authn.LoginRequest{Identifier: typed})
//	…
//	switch out := out.(type) {
//	case authn.StepRequired: // show out.Menu
//	}
//	res, err := svc.VerifyFactor(ctx, sess, authn.Password{Secret: secret})
//	switch res := res.(type) {
//	case authn.Completed:    // sess is Authenticated
//	case authn.StepRequired: // another factor
//	case authn.Workflow:     // something is left to do: res.Kind says what
//	case authn.Rejected:     // one text for every reason
//	case authn.Throttled:    // not before res.Until
//	}
//
// [Accounts] adds what people do to their own accounts: sign up, confirm an
// address, add and remove an authenticator app, end sessions, claim the first
// administrator. It also grants and revokes roles: a role of the console comes
// with a second factor at every sign-in, and a row that nobody here has written
// gives none. [Admin] is what administrators do to the accounts of others.
//
// [Tenants] is what operators do to tenants: make, change, suspend, delete and
// remove them. From which networks the people of a tenant sign in is asked at every
// step of a login.
//
// What types can cause is an outcome; a Go error is a fault of the program or of
// what it stands on. Every guess is reserved in the [Ledger] before it is judged,
// and what a factor spends is written under the condition that it was verified
// under, so that neither many parallel requests nor a crash buys an extra guess
// or a second use of one code.
//
// [Provisioner] finds or makes the account of somebody whom an issuer has verified.
//
// Not here: what a session is (session), what a page looks like (ui), how a
// password is hashed (factor/password).
//
// Requirements: AUN-001…003, 010…014, 020…023, 030…034, 036, 040…048, 050…055, 057,
// 059, 060, 070, 071, 090…093, 100…105, 110…114, 120…124, 126…128, 132, 171; FAC-005…007,
// 085; PRD-017, 060, 062; IDN-034…036, 038 as far as docs/requirements says.
package authn
