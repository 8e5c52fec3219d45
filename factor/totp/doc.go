// Package totp verifies and enrols time-based one-time codes (RFC 6238), the
// codes of authenticator apps.
//
// It is a verifier: time, policy, records and input in, result out. It stores
// nothing and reads no clock. A code counts once: [Verify] only finds its time
// step, and the sign-in stands on the conditional write that [Advance] makes.
//
//	rec, err := totp.New(src, totp.Policy{})                   // enrolment: show URI or QR once
//	uri, err := rec.URI("Example", "ada@example.test")
//	picture, err := totp.NewQR(uri)
//	rec, verdict := totp.Confirm(now, totp.Policy{}, rec, code) // then seal rec.Encode()
//
//	res := totp.Verify(now, totp.Policy{}, records, code)      // sign-in, all records of the user
//	if res.Verdict == factor.Accepted {
//		change, err := totp.Advance(vault, rows[res.Index], records[res.Index], res.Step, now)
//		err = log.Record(ctx, change) // store.ErrConflict: the code was used a moment ago
//	}
//
// SHA-1 is the default because it is what every app understands; as HMAC it is
// not weakened by the collisions known for it.
//
// Requirements: FAC-030 to FAC-037, FAC-I4 and FAC-I5 (the verifier's half).
package totp
