package main

// bearer are attacks on the sign-in with a token of an issuer.
func bearer() []Entry {
	const file, pkg = "factor/jwtbearer/verifier.go", "factor/jwtbearer"
	return []Entry{
		{
			Name:   "bearer-used-twice",
			Attack: "I read a token that somebody has just signed in with, and bring it again.",
			Gain:   "A token of minutes is as many sessions as I like.",
			Edit: Edit{
				File: file,
				Old:  "	return v.consume(ctx, c)\n}\n\n// Identify",
				New:  "	return factor.Result{Verdict: factor.Accepted}\n}\n\n// Identify",
			},
			Pkg: pkg, Run: "TestVerify_takes_a_token_once_of_many_at_once",
			IDs: []string{"FAC-123"},
		},
		{
			Name:   "bearer-when-nobody-remembers",
			Attack: "I bring the store down that remembers used tokens, and then a used token.",
			Gain:   "An outage is as good as a fresh token.",
			Edit: Edit{
				File: "factor/jwtbearer/reason.go",
				Old:  "		return factor.Result{Verdict: factor.Unavailable, Err: err}\n",
				New:  "		return factor.Result{Verdict: factor.Accepted, Err: err}\n",
			},
			Pkg: pkg, Run: "TestVerify_fails_closed",
			IDs: []string{"FAC-123"},
		},
		{
			Name:   "bearer-id-token",
			Attack: "I run a client of the same issuer, and show the ID tokens of those who sign in to me.",
			Gain:   "I am each of them here.",
			Edit: Edit{
				File: file,
				Old:  "	case another(c):\n",
				New:  "	case false:\n",
			},
			Pkg: pkg, Run: "TestVerify_holds_a_token_to_what_a_sign_in_asks", Says: "an ID token by its nonce",
			IDs: []string{"FAC-124"},
		},
		{
			Name:   "bearer-of-another-tenant",
			Attack: "In my own tenant I link the subject of somebody else's tenant, and bring a token that says so.",
			Gain:   "What an issuer says of one tenant counts in all.",
			Edit: Edit{
				File: file,
				Old:  "	case !is.within(c, tenant):\n",
				New:  "	case false:\n",
			},
			Pkg: pkg, Run: "TestVerify_maps_by_the_link_of_the_tenant_alone", Says: "their tenant, our sign-in",
			IDs: []string{"FAC-127"},
		},
		{
			Name:   "bearer-of-another-person",
			Attack: "I have a good token of my own, and name somebody else's account.",
			Gain:   "Any token of an issuer opens any account.",
			Edit: Edit{
				File: file,
				Old:  "l.Issuer == c.Issuer && l.External == c.Subject",
				New:  "l.Issuer == c.Issuer",
			},
			Pkg: pkg, Run: "TestVerify_holds_a_token_to_what_a_sign_in_asks", Says: "of somebody else",
			IDs: []string{"FAC-127"},
		},
		{
			Name:   "bearer-whose-word-was-taken-back",
			Attack: "A tenant has parted with an issuer, which still signs tokens about its people.",
			Gain:   "Whoever was linked once is let in on its word for ever.",
			Edit: Edit{
				File: "authn/believed.go",
				Old:  "		return !is\n",
				New:  "		return !is && l.Issuer == \"\"\n",
			},
			Pkg: "authn", Run: "TestBearer_counts_while_the_tenant_takes_the_issuers_word", Says: "after the tenant took its word back",
			IDs: []string{"AUN-150"},
		},
		{
			Name:   "bearer-linked-by-a-thief",
			Attack: "I have somebody's cookie, and link their account with a token of my own.",
			Gain:   "I come back whenever I like, whatever they change.",
			Edit: Edit{
				File: "authn/provision_present.go",
				Old:  "	acct, err := p.owner(ctx, sess, \"link presented\")\n",
				New:  "	acct, err := p.a.Self(ctx, sess)\n",
			},
			Pkg: "authn", Run: "TestBearer_links_for_the_owner_alone", Says: "after six minutes",
			IDs: []string{"AUN-151", "FAC-005"},
		},
		{
			Name:   "bearer-kept-for-later",
			Attack: "I find a token in a log an hour after it was made, and nobody has used it.",
			Gain:   "What leaks is good until it is found.",
			Edit: Edit{
				File: "factor/jwtbearer/config.go",
				Old:  "MaxAge: MaxAge, ",
			},
			Pkg: pkg, Run: "TestVerify_holds_a_token_to_what_a_sign_in_asks", Says: "eleven minutes and a second old",
			IDs: []string{"FAC-122"},
		},
	}
}
