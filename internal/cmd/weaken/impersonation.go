package main

// impersonations are attacks by those who may act as others.
func impersonations() []Entry {
	return []Entry{
		{
			Name:   "impersonation-of-administrators",
			Attack: "I look after accounts, and act as a colleague who may do more.",
			Gain:   "I do it in their name.",
			Edit: Edit{
				File: "authn/impersonate.go",
				Old:  "return slices.Contains(a.protected, g.Role) }):",
				New:  "return slices.Contains(a.protected, g.Role) && false }):",
			},
			Pkg: "authn", Run: "TestBeginImpersonation_refusals",
			IDs: []string{"AUN-140"},
		},
		{
			Name:   "impersonation-without-a-fresh-factor",
			Attack: "I have taken an administrator's cookie.",
			Gain:   "I am whoever I like.",
			Edit: Edit{
				File: "authn/impersonate.go",
				Old:  "case !s.Meets(sess.State(), a.proof(ctx, own, now)):",
				New:  "case false:",
			},
			Pkg: "authn", Run: "TestBeginImpersonation_refusals",
			IDs: []string{"AUN-140"},
		},
		{
			Name:   "impersonation-changes-credentials",
			Attack: "I act as somebody, and look at the code to scan for a new app of theirs.",
			Gain:   "I am them after the hour is over, and nobody knows that it is me.",
			Edit: Edit{
				File: "authn/enrol.go",
				Old:  "if err := themselves(loginOf(sess.State()), verb); err != nil {",
				New:  "if err := themselves(loginOf(sess.State()), verb); err != nil && false {",
			},
			Pkg: "authn", Run: "TestMask_lists_every_verb",
			IDs: []string{"AUN-142"},
		},
		{
			Name:   "impersonation-leaves-no-trace",
			Attack: "I act as somebody; what I do there looks like theirs.",
			Gain:   "They answer for it.",
			Edit: Edit{
				File: "authn/events.go",
				Old:  "acts && of.Actor.IsZero() {",
				New:  "acts && of.Actor.IsZero() && false {",
			},
			Pkg: "authn", Run: "TestEvents_of_an_impersonation_name_both", Says: "role_refused",
			IDs: []string{"AUN-143", "AUN-I9"},
		},
	}
}
