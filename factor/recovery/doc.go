// Package recovery makes and verifies recovery codes: ten long words for the drawer, each
// good for one sign-in when the usual second factor is lost (SP 800-63B-4 §3.1.2,
// look-up secrets).
//
// It is a verifier: record and input in, result out. It stores nothing. A code counts
// once: [Verify] only finds it, and the sign-in stands on the conditional write that
// [Advance] makes.
//
//	codes, rec := recovery.New(src, user)                   // show codes once, then seal rec.Encode()
//	text := recovery.Text(codes)                             // for download
//
//	res := recovery.Verify(user, rec, input)                 // at a sign-in
//	if res.Verdict == factor.Accepted {
//		change, err := recovery.Advance(vault, row, rec, res.Index, now)
//		err = log.Record(ctx, change) // store.ErrConflict: another code was used a moment ago
//	}
//
// A code has 130 bits, above the 112 from which on ASVS 6.5.2 asks for no slow hash:
// digests are of SHA-256, and lie in the sealed body of the credential.
//
// It is a verifier that no way in uses yet.
//
// Requirements: FAC-070, FAC-071, FAC-072 and FAC-I11 (the verifier's half).
package recovery
