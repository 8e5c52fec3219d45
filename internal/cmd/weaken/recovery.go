package main

// recoveries are attacks by whoever has a recovery code of somebody else, or a session.
func recoveries() []Entry {
	return []Entry{
		{
			Name:   "recovery-code-twice",
			Attack: "I have a recovery code that its owner has used, and their password.",
			Gain:   "The code lets me in again.",
			Edit: Edit{
				File: "factor/recovery/verify.go",
				Old:  "	return Record{slices.Delete(slices.Clone(r.digests), index, index+1)}",
				New:  "	_ = slices.Clone(r.digests)\n	return r",
			},
			Pkg: "authn", Run: "TestRecovery_refuses", Says: "spent",
			IDs: []string{"FAC-072", "FAC-I11"},
		},
		{
			Name:   "recovery-code-first",
			Attack: "I have a recovery code of somebody whose site names it in a method, and not their password.",
			Gain:   "The code stands wherever the method has it.",
			Edit: Edit{
				File: "authn/recovery.go",
				Old:  "	last := len(out) - 1\n	if last < 1 || ",
				New:  "	last := 0\n	if ",
			},
			Pkg: "authn", Run: "TestRecovery_stands_behind_everything_else", Says: "code",
			IDs: []string{"FAC-072"},
		},
		{
			Name:   "recovery-leaves-sessions",
			Attack: "I am in a session on the phone that was lost; its owner uses a recovery code.",
			Gain:   "My session lives on.",
			Edit: Edit{
				File: "authn/recovery.go",
				Old:  "	if err := s.sessions.InvalidateUser(ctx, sub); err != nil {",
				New:  "	if err := error(nil); err != nil {",
			},
			Pkg: "authn", Run: "TestRecovery_leads_to_another_app", Says: "lives on",
			IDs: []string{"FAC-073"},
		},
		{
			Name:   "recovery-keeps-the-lost-app",
			Attack: "I have found somebody's phone and know their password; they have bound another app by a recovery code.",
			Gain:   "The app on the phone still lets me in.",
			Edit: Edit{
				File: "authn/recover.go",
				Old:  "		if a.isSecondKind(c.Kind) {",
				New:  "		if false {",
			},
			Pkg: "authn", Run: "TestRecovery_leads_to_another_app", Says: "apps",
			IDs: []string{"AUN-136"},
		},
		{
			Name:   "recovery-counts-as-a-factor",
			Attack: "I have a password and one recovery code of its owner, who keeps their app.",
			Gain:   "The login counts as two factors, and what asks for two is mine.",
			Edit: Edit{
				File: "factor/recovery/verify.go",
				Old:  "AMR: []string{\"otp\"}}",
				New:  "AMR: []string{\"otp\"}, Class: identity.Possession}",
			},
			Pkg: "authn", Run: "TestRecovery_keeps_an_app_that_is_only_elsewhere", Says: "signed in with",
			IDs: []string{"AUN-136", "AUN-104"},
		},
		{
			Name:   "recovery-codes-without-a-factor",
			Attack: "I have a cookie of somebody's session.",
			Gain:   "I make recovery codes of my own and keep them.",
			Edit: Edit{
				File: "authn/recovery_set.go",
				Old:  "	if _, err := a.provenIn(ctx, sess, acct, \"replace codes\"); err != nil {\n		return nil, err\n	}\n",
				New:  "",
			},
			Pkg: "authn", Run: "TestRecovery_keeps_an_app_that_is_only_elsewhere", Says: "codes",
			IDs: []string{"FAC-073", "AUN-104"},
		},
		{
			Name:   "recovery-codes-outlive-the-set",
			Attack: "I have a code of a set that its owner has replaced.",
			Gain:   "It still works.",
			Edit: Edit{
				File: "authn/recovery_set.go",
				Old:  "append(dropCodes(acct), identity.PutCredential",
				New:  "append(dropCodes(identity.Account{}), identity.PutCredential",
			},
			Pkg: "authn", Run: "TestRecovery_leads_to_another_app", Says: "codes",
			IDs: []string{"FAC-073", "FAC-I11"},
		},
		{
			Name:   "recovery-after-a-revocation",
			Attack: "I have used a code; while I wait, its owner ends all sessions.",
			Gain:   "I go on, and am in.",
			Edit: Edit{
				File: "authn/replace.go",
				Old:  "	case epochs != r.flow.Epochs, ",
				New:  "	case epochs.Tenant != r.flow.Epochs.Tenant, ",
			},
			Pkg: "authn", Run: "TestRecovery_ends_with_what_it_rests_on", Says: "raised",
			IDs: []string{"AUN-136"},
		},
		{
			Name:   "recovery-lets-an-administrator-keep",
			Attack: "I have password and one recovery code of an administrator.",
			Gain:   "I am in the console with what counts as the password alone.",
			Edit: Edit{
				File: "authn/recover.go",
				Old:  "	case r.acct.HoldsConsole():\n		return nil, ErrRoleNeedsMFA\n	case !a.mayKeep(ctx, r.acct):",
				New:  "	case !a.hasSecond(ctx, r.acct):",
			},
			Pkg: "authn", Run: "TestRecovery_is_no_way_to_keep_what_does_not_work", Says: "an administrator",
			IDs: []string{"PRD-017"},
		},
	}
}
