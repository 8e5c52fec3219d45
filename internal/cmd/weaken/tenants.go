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
				Old:  "!usable(acct, now) || !within {",
				New:  "!usable(acct, now) {",
			},
			Pkg: "authn", Run: "TestNetwork_is_asked_at_every_factor", Says: "first factor",
			IDs: []string{"IDN-038"},
		},
		{
			Name:   "tenant-session-carried-over",
			Attack: "I am signed in at one customer of a program, and send the cookie to the name of another one.",
			Gain:   "A page that asks for the name alone serves me.",
			Edit: Edit{
				File: "session/tenant.go",
				Old:  "return !subject.Tenant.IsZero() && subject.Tenant != m.tenant(r)",
				New:  "return !subject.Tenant.IsZero() && subject.Tenant != m.tenant(r) && false",
			},
			Pkg: ".", Run: "TestTenants_side_by_side", Says: "a session of another tenant",
			IDs: []string{"IDN-031"},
		},
		{
			Name:   "tenant-link-carried-over",
			Attack: "I open a link of one customer at the name of another.",
			Gain:   "My browser begins there what belongs elsewhere.",
			Edit: Edit{
				File: "authn/tenant_request.go",
				Old:  "return id.IsZero() || id == of",
				New:  "return id.IsZero() || id == of || true",
			},
			Pkg: ".", Run: "TestTenants_side_by_side", Says: "a link of another tenant opens",
			IDs: []string{"IDN-031"},
		},
		{
			Name:   "tenant-last-method",
			Attack: "I operate tenants, and remove the last way to sign in of one of them by mistake, or two of us do.",
			Gain:   "Nobody of the tenant signs in.",
			Edit: Edit{
				File: "authn/tenants_methods.go",
				Old:  "len(enabled) == 0 {\n\t\treturn ErrLastMethod",
				New:  "len(enabled) == -1 {\n\t\treturn ErrLastMethod",
			},
			Pkg: "authn", Run: "TestPutMethod_leaves_a_way_in", Says: "disabled",
			IDs: []string{"IDN-I10"},
		},
		{
			Name:   "policy-own-lock",
			Attack: "I guess at names until one locks after another number of tries than all others.",
			Gain:   "I know that somebody there has an account.",
			Edit: Edit{
				File: "authn/policy_scope.go",
				Old:  "return kind != PolicyLockout }",
				New:  "return true }",
			},
			Pkg: "authn", Run: "TestAdminPutPolicy_refuses", Says: "lock",
			IDs: []string{"IDN-071", "AUN-051"},
		},
		{
			Name:   "policy-under-a-raised-floor",
			Attack: "My tenant was given lax rules before the program raised its floor; I guess on.",
			Gain:   "The floor holds for everybody but us.",
			Edit: Edit{
				File: "authn/policy_scope.go",
				Old:  "p, clamped := p.under(s.floors)",
				New:  "p, clamped := p.under(Floors{})",
			},
			Pkg: "authn", Run: "TestFloors", Says: "locked after 7",
			IDs: []string{"IDN-072"},
		},
	}
}
