// Package password hashes and verifies passwords, judges new ones, and keeps
// hashing from eating the machine.
//
// It is a verifier: record and input in, result out. It stores nothing, reads no
// clock (but for the [Gate]'s patience) and logs nothing. Who may try, how often,
// and what happens after is package authn's.
//
//	h, err := password.New(password.Config{})             // Argon2id, 19 MiB, two passes
//	gate, err := password.NewGate(password.GateConfig{Clock: clk})
//
//	if err := (password.Policy{}).Check(secret, "Example Inc", "ada@example.test"); err != nil {
//		return err // a *PolicyError with the rules that were broken
//	}
//	pass, err := gate.Enter(ctx, h.Cost(nil))             // ErrBusy after two seconds
//	defer pass.Leave()
//	record, err := h.Hash(src, secret)                    // goes into factor.Vault
//
//	res := h.Verify(now, record, secret)                  // record nil: the work of a miss
//
// Passwords are compared as their NFC form, otherwise as typed: nothing is
// trimmed, cut or changed in case. A record is one version byte and a PHC string. The
// body of a credential is a record, or one with those of earlier passwords behind it
// and the mark that others know the password ([Replace], [MarkCompromised]).
//
// Secrets are wiped where this package copied them, and so is the memory that Argon2id
// is computed in (internal/argon2). That is best effort: hash functions and the runtime
// keep copies of their own. The memory is used again by the next hash, and goes with a
// collection of garbage when there is none.
//
// Requirements: FAC-010 to FAC-017, FAC-020, FAC-022, FAC-023, FAC-I1.
package password
