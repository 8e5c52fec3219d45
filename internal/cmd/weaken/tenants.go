package main

// fences are attacks on the end of a tenant and on its rule of networks.
func fences() []Entry {
	return []Entry{
		{
			Name:   "tenant-leaves-sessions",
			Attack: "My employer is suspended, and I go on in the browser in which I am signed in.",
			Gain:   "Until the session ends by itself.",
			Edit: Edit{
				File: "authn/tenants.go",
				Old:  "		if m.ends {\n",
				New:  "		if m.ends && false {\n",
			},
			Pkg: "authn", Run: "TestSuspendTenant_ends_everything_and_gives_nothing_back", Says: "a session outlives",
			IDs: []string{"IDN-034", "IDN-I8"},
		},
		{
			Name:   "tenant-network-first-step-only",
			Attack: "A login is begun inside my victim's network; I go on with it, and a password, from outside.",
			Gain:   "I am signed in.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "usable(acct, now) && within {",
				New:  "usable(acct, now) {",
			},
			Pkg: "authn", Run: "TestNetwork_is_asked_at_every_factor", Says: "first factor",
			IDs: []string{"IDN-038"},
		},
	}
}
