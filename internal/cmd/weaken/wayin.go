package main

// waysIn are attacks by whoever has a password and no more, where more is asked for.
func waysIn() []Entry {
	return []Entry{
		{
			Name:   "way-in-after-a-factor",
			Attack: "I have guessed the password of somebody who has lost their app; an administrator has taken it away, and the mail with the link is not mine.",
			Gain:   "I set up an app of mine on the way in.",
			Edit: Edit{
				File: "authn/enrol_inline.go",
				Old:  "			return true\n		}\n	}\n	for _, c := range acct.Credentials {",
				New:  "			return false\n		}\n	}\n	for _, c := range acct.Credentials {",
			},
			Pkg: "authn", Run: "TestWayIn_is_not_for_who_had_a_factor", Says: "authn.Workflow",
			IDs: []string{"AUN-032", "AUN-115"},
		},
		{
			Name:   "way-in-leaves-no-mark",
			Attack: "Somebody removes their last app before their site asks everybody for one; I have their password.",
			Gain:   "Nothing remembers that there was more than a password.",
			Edit: Edit{
				File: "authn/enrol.go",
				Old:  "hadNow(acct, factor.TOTP, now)...)\n	changes = append(changes, method...)",
				New:  ")\n	changes = append(changes, method...)",
			},
			Pkg: "authn", Run: "TestWayIn_is_not_for_who_had_a_factor", Says: "authn.Workflow",
			IDs: []string{"AUN-032"},
		},
		{
			Name:   "way-in-by-a-mailbox",
			Attack: "I read somebody's mail, and their site takes a code from there as the first of two steps.",
			Gain:   "The second step is an app that I set up.",
			Edit: Edit{
				File: "authn/enrol_inline.go",
				Old:  "identity.Assess(flow.Done).AAL == identity.AAL0 || ",
				New:  "",
			},
			Pkg: "authn", Run: "TestWayIn_takes_a_factor_first", Says: "a mailbox",
			IDs: []string{"AUN-032", "AUN-036"},
		},
		{
			Name:   "way-in-twice",
			Attack: "I have the password and set up an app at the very moment at which its owner does.",
			Gain:   "Both apps are stored, and both of us are in.",
			Edit: Edit{
				File: "authn/enrol_inline.go",
				Old:  "	changes := append(hadNow(j.acct, factor.TOTP, now),\n		identity.PutCredential{Credential: row},\n		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: w.Epochs.User})",
				New:  "	changes := []identity.Change{identity.PutCredential{Credential: row}}",
			},
			Pkg: "authn", Run: "TestWayIn_is_single", Says: "apps",
			IDs: []string{"AUN-032", "AUN-I3"},
		},
		{
			Name:   "way-in-with-the-password-before",
			Attack: "I have given the password that I stole; its owner chooses another, and then I set up an app.",
			Gain:   "Who was signed out by a reset comes in with a factor of their own.",
			Edit: Edit{
				File: "authn/enrol_inline.go",
				Old:  "Check: true, From: w.Epochs.User})",
				New:  "})",
			},
			Pkg: "authn", Run: "TestWayIn_ends_with_what_it_rests_on", Says: "an app is there",
			IDs: []string{"AUN-032", "AUN-046"},
		},
	}
}
