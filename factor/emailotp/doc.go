// Package emailotp draws and verifies the codes that are mailed to somebody: eight
// digits, good for five minutes and for one sign-in.
//
// It is a verifier: time, challenge and input in, verdict out. It stores nothing, sends
// nothing and reads no clock. Whoever holds a [Challenge] between its making and its use
// sees to it that a guess is counted before it is judged and that one use wins; package
// authn does.
//
//	codes, err := emailotp.New(emailotp.Config{Policy: emailotp.Policy{}, MAC: ring.MAC(seal.LabelMailedCode),
//		Hash: hash, Entropy: src})
//	code, ch, err := codes.Issue(bound, now)       // mail code.Grouped(), keep ch.Encode()
//	verdict := codes.Verify(bound, ch, input, now) // factor.Accepted, once its use has won
//
// A mailed code proves that somebody reads a mailbox, and a mailbox is no authenticator
// (SP 800-63B-4 §3.1.3.1): its evidence has no class and raises no assurance level.
//
// A code is too short to be kept under a fast hash. What is kept is the slow hash of a
// MAC over code, challenge and what it is bound to: a stolen table alone lets nobody
// guess, a stolen table with the keys at the price of a password, and a row that is moved
// to another flow fits no code.
//
// Requirements: FAC-060, FAC-064 and FAC-066 (the verifier's half).
package emailotp
