package main

// kinds are attacks on the ways in that a program brings.
func kinds() []Entry {
	return []Entry{
		{
			Name:   "kind-accepts-without-a-record",
			Attack: "I take the account of somebody who never set this factor up.",
			Gain:   "A verifier with a fault lets everybody in who has nothing.",
			Edit: Edit{
				File: "authn/verifier.go",
				Old:  "used == nil && (len(a.Records) > 0 || !t.External)",
				New:  "used == nil && len(a.Records) > 0",
			},
			Pkg: "authn", Run: "TestPipeline_accepts_nobody", Says: "without a record",
			IDs: []string{"FAC-001", "AUN-I0"},
		},
		{
			Name:   "kind-without-a-record-passes-twice",
			Attack: "Two steps take the same thing, of which nobody keeps a record: I present it twice.",
			Gain:   "One factor counts as two.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "return e.Kind == t.Kind && e.Credential.IsZero() }) {",
				New:  "return e.Kind == t.Kind && e.Credential.IsZero() }) && false {",
			},
			Pkg: "authn", Run: "TestPipeline_without_a_record_passes_one_step", Says: "the second step by the same",
			IDs: []string{"AUN-I0"},
		},
		{
			Name:   "kind-locks-its-owner-out",
			Attack: "I post rubbish in the place of somebody's certificate until their name is locked.",
			Gain:   "Whoever knows a name keeps its owner out, although no guess could ever hit.",
			Edit: Edit{
				File: "authn/levers.go",
				Old:  "	if g.open {",
				New:  "	if g.open && false {",
			},
			Pkg: "authn", Run: "TestPipeline_unguessable", Says: "Throttled",
			IDs: []string{"AUN-054"},
		},
		{
			Name:   "added-factor-signs-in-by-its-proof",
			Attack: "I watch somebody set a factor up, and use the code that showed it.",
			Gain:   "What was shown at the enrolment is good a second time.",
			Edit: Edit{
				File: "authn/factor_add.go",
				Old:  "		clear(body)\n		body = c.Body",
				New:  "		_ = c",
			},
			Pkg: "authn", Run: "TestAddFactor", Says: "what showed it signs in",
			IDs: []string{"FAC-005"},
		},
		{
			Name:   "added-factor-of-a-stolen-session",
			Attack: "I have a stolen cookie, and add a factor of mine with it.",
			Gain:   "I am whoever I stole it from, for good.",
			Edit: Edit{
				File: "authn/factor_add.go",
				Old:  "	view, err := a.provenIn(ctx, sess, acct, \"add factor\")",
				New:  "	view, err := a.tenantView(ctx, acct.User.Tenant)",
			},
			Pkg: "authn", Run: "TestAddFactor_refuses", Says: "six minutes after the proof",
			IDs: []string{"AUN-104", "FAC-005"},
		},
	}
}
