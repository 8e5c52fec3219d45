package main

// newcomers are attacks on who an issuer's word makes somebody.
func newcomers() []Entry {
	return []Entry{
		{
			Name:   "link-row-forged",
			Attack: "I can write the database: I tie my own account at the company's issuer to my victim's account.",
			Gain:   "I sign in as them, with a login that is really mine.",
			Edit: Edit{
				File: "authn/provision.go",
				Old:  "|| !p.a.links.genuine(acct.Links[at]) ||",
				New:  "||",
			},
			Pkg: "authn", Run: "TestProvision_follows_no_forged_link", Says: "another's",
			IDs: []string{"AUN-150", "AUN-I16"},
		},
		{
			Name:   "link-by-address-past-the-factors",
			Attack: "I have made myself an account at an issuer, with my victim's address, and come with that to the account that they have here.",
			Gain:   "I am in it beside them, without their password or app.",
			Edit: Edit{
				File: "authn/provision.go",
				Old:  "case !call.issuer.LinkByAddress || len(acct.Credentials) > 0:",
				New:  "case !call.issuer.LinkByAddress:",
			},
			Pkg: "authn", Run: "TestProvision_joins_by_address_only_what_has_no_factor", Says: "How:2",
			IDs: []string{"AUN-151"},
		},
		{
			Name:   "link-with-a-stolen-cookie",
			Attack: "I have stolen the cookie of somebody who signed in this morning, and link my own account elsewhere to theirs.",
			Gain:   "I come back whenever I like, after every change of their password.",
			Edit: Edit{
				File: "authn/provision_link.go",
				Old:  "	return acct, p.a.proven(ctx, sess, acct, verb)",
				New:  "	return acct, nil",
			},
			Pkg: "authn", Run: "TestLink_asks_for_a_fresh_factor", Says: "an old factor links",
			IDs: []string{"AUN-151", "AUN-104"},
		},
		{
			Name:   "provisioning-policy-forged",
			Attack: "I can write the database: I let the company's tenant believe an issuer that I run.",
			Gain:   "I make myself accounts there, and come to everybody's whose address I like to state.",
			Edit: Edit{
				File: "authn/provision_policy.go",
				Old:  "canonicalTrust(row, b.Policy)); err != nil {",
				New:  "canonicalTrust(row, b.Policy)); err != nil && false {",
			},
			Pkg: "authn", Run: "TestSetProvisioning", Says: "issuer",
			IDs: []string{"AUN-150"},
		},
	}
}
