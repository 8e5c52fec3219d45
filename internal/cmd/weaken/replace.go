package main

// knownPasswords are attacks by whoever knows a password that is marked as known, or
// one that was had before.
func knownPasswords() []Entry {
	return []Entry{
		{
			Name:   "known-password-signs-in",
			Attack: "I have found somebody's password in a list; so has an administrator, who says so.",
			Gain:   "I am signed in with it as before.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "if s.compromised(a.acct) {",
				New:  "if false {",
			},
			Pkg: "authn", Run: "TestMarkCompromised_forces_another_password_after_every_factor", Says: "authn.Completed",
			IDs: []string{"AUN-137"},
		},
		{
			Name:   "known-password-before-the-code",
			Attack: "I know a password that is marked as known, and not the code that is asked for behind it.",
			Gain:   "I choose the next password, and learn of the mark.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	if out == machine.Completed {\n		if more",
				New:  "	if s.compromised(a.acct) {\n		return s.demandReplacement(ctx, sess, a, proof)\n	}\n	if out == machine.Completed {\n		if more",
			},
			Pkg: "authn", Run: "TestMarkCompromised_forces_another_password_after_every_factor", Says: "told after the password alone",
			IDs: []string{"AUN-036", "AUN-137"},
		},
		{
			Name:   "known-password-keeps-no-mark",
			Attack: "The hash of a password that I know is renewed while I sign in with it.",
			Gain:   "The new hash is without the mark.",
			Edit: Edit{
				File: "factor/password/verifier.go",
				Old:  "Renew(held, next)",
				New:  "next",
			},
			Pkg: "authn", Run: "TestMarkCompromised_survives_a_new_hash", Says: "marked: false",
			IDs: []string{"AUN-137", "FAC-015"},
		},
		{
			Name:   "replacement-of-a-stopped-login",
			Attack: "I have got as far as the page that asks for another password; an administrator marks the account again, because of me.",
			Gain:   "I go on and choose the password.",
			Edit: Edit{
				File: "authn/replace.go",
				Old:  "case epochs != r.flow.Epochs, ",
				New:  "case epochs == r.flow.Epochs && false, ",
			},
			Also: []Edit{{
				File: "authn/replace.go",
				Old:  "Check: true, From: r.flow.Epochs.User})",
				New:  "})",
			}},
			Pkg: "authn", Run: "TestReplacement_ends_with_the_account", Says: "the password is another one",
			IDs: []string{"AUN-137"},
		},
		{
			Name:   "password-had-before",
			Attack: "A password of somebody was known long ago; their site remembers the last three.",
			Gain:   "It comes back.",
			Edit: Edit{
				File: "authn/password_change.go",
				Old:  "entries[:min(len(entries), rules.History+1)]",
				New:  "entries[:1]",
			},
			Pkg: "authn", Run: "TestPasswordHistory", Says: "after",
			IDs: []string{"FAC-023"},
		},
	}
}
