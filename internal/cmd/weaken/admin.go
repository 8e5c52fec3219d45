package main

// orders are attacks with, or after, an administrator's order.
func orders() []Entry {
	return []Entry{
		{
			Name:   "orders-leave-sessions",
			Attack: "My account is suspended, and I go on in the browser in which I am signed in.",
			Gain:   "Until the session ends by itself.",
			Edit: Edit{
				File: "authn/admin_state.go",
				Old:  "identity.VoidTokens{Subject: sub}, identity.RaiseEpoch{Scope: identity.UserScope(sub)})",
				New:  "identity.VoidTokens{Subject: sub})",
			},
			Pkg: "authn", Run: "TestAdmin_suspends_and_activates", Says: "old session is back",
			IDs: []string{"AUN-111", "AUN-I6"},
		},
		{
			Name:   "orders-leave-links",
			Attack: "I asked for a new password before my account was suspended, and keep the mail until it is active again.",
			Gain:   "The link still works.",
			Edit: Edit{
				File: "authn/admin_state.go",
				Old:  "identity.VoidTokens{Subject: sub}, identity.RaiseEpoch{Scope",
				New:  "identity.RaiseEpoch{Scope",
			},
			Pkg: "authn", Run: "TestAdmin_suspends_and_activates", Says: "the old link works",
			IDs: []string{"AUN-111"},
		},
		{
			Name:   "orders-reach-other-tenants",
			Attack: "I administer one tenant and name an account of another.",
			Gain:   "I suspend the people of others.",
			Edit: Edit{
				File: "authn/admin.go",
				Old:  "asked := identity.Subject{Tenant: o.of.Tenant, User: o.Subject.User}",
				New:  "asked := o.Subject",
			},
			Pkg: "authn", Run: "TestAdmin_another_tenant",
			IDs: []string{"IDN-032", "AUN-110"},
		},
		{
			Name:   "orders-in-another-name",
			Attack: "I act in the name of an administrator, to help them.",
			Gain:   "I give orders as they.",
			Edit: Edit{
				File: "authn/admin.go",
				Old:  "!o.Actor.Valid() || acting {",
				New:  "!o.Actor.Valid() || acting && false {",
			},
			Pkg: "authn", Run: "TestAdmin_refuses_an_order", Says: "in another's name",
			IDs: []string{"AUN-110"},
		},
		{
			Name:   "recovery-with-the-mailbox-alone",
			Attack: "I read somebody's mail when an administrator has taken their second step away, and choose a new password on the way.",
			Gain:   "I bind my own app with the password that I have just chosen.",
			Edit: Edit{
				File: "authn/reset.go",
				Old:  "		identity.VoidTokens{Subject: sub, Purpose: identity.TokenActivation},\n",
				New:  "",
			},
			Pkg: "authn", Run: "TestRebind_is_not_for_the_mailbox_alone", Says: "after a reset",
			IDs: []string{"AUN-135"},
		},
		{
			Name:   "guesses-over-months",
			Attack: "I guess one password a day, for years, and never meet a lock.",
			Gain:   "Any number of guesses at one person.",
			Edit: Edit{
				File: "authn/levers.go",
				Old:  "Lever{l.streakKey(g.subject, g.kind), streak(remembers)}",
				New:  "Lever{l.streakKey(g.subject, g.kind), streak(remembers % streakOfNobody + 1)}",
			},
			Pkg: "authn", Run: "TestStreak_switches_a_password_off", Says: "after 100",
			IDs: []string{"AUN-058"},
		},
		{
			Name:   "a-link-outlives-the-account",
			Attack: "My account is erased while I ask for a link to a new password.",
			Gain:   "A row with the address stays behind, and a mail goes out.",
			Edit: Edit{
				File: "internal/changeset/token.go",
				Old:  "	if t.Purpose.NeedsUser() {",
				New:  "	if t.Purpose.NeedsUser() && false {",
			},
			Pkg: "authn", Run: "TestErase_leaves_no_link_of_who_was_about_to_ask", Says: "a mail",
			IDs: []string{"AUN-I7"},
		},
		{
			Name:   "erased-and-written-about",
			Attack: "I have a copy of the database, and look for somebody who had their account erased.",
			Gain:   "What was noted about them is still there, with their name in it.",
			Edit: Edit{
				File: "internal/sqlstore/user.go",
				Old:  "deleteCredentials, deleteMethods, deletePolicies",
				New:  "deleteCredentials, deletePolicies",
			},
			Pkg: "store/sqlite", Run: "TestErasure_leaves_nothing_in_any_column", Says: "left",
			IDs: []string{"AUN-I7"},
		},
	}
}
