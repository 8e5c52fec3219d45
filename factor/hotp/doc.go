// Package hotp verifies and enrols counter-based one-time codes (RFC 4226), the codes of
// tokens with a button.
//
// It is a verifier: time, policy, records and input in, result out. It stores nothing. A
// code counts once: [Verify] only finds its counter, and the sign-in stands on the
// conditional write that [Advance] makes. Wrong codes never move the counter, so that
// nobody who knows a password can put a token out of step; after five in a row a token
// has to be brought back by two codes in sequence ([Resync], RFC 4226 §7.4).
//
//	rec, err := hotp.New(src, hotp.Policy{})                    // enrolment: show URI once
//	uri, err := rec.URI("Example", "ada@example.test")
//	rec, verdict := hotp.Confirm(hotp.Policy{}, rec, code)       // then seal rec.Encode()
//
//	res := hotp.Verify(hotp.Policy{}, records, code)             // sign-in, all tokens of the user
//	if res.Verdict == factor.Accepted {
//		change, err := hotp.Advance(vault, rows[res.Index], records[res.Index], res.Counter, now)
//		err = log.Record(ctx, change) // store.ErrConflict: the code was used a moment ago
//	}
//
// Seeds of tokens that were bought come as a list: [ReadSeeds].
//
// [Policy.Verifier] is what a sign-in uses. A program gives tokens to their owners with
// authn.Accounts.AddFactor.
//
// Requirements: FAC-040 to FAC-044 and FAC-I6 (the verifier's half).
package hotp
