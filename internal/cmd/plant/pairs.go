package main

// rows are bugs of what stands in the stores, and of the keys that it is under.
func rows() []bug {
	return []bug{
		{
			name:   "row-without-its-owner",
			lesson: "The seal of a credential says what it is and not whose: whoever can write to the database puts their own password in the place of another's.",
			ids:    []string{"FAC-003"}, breaks: []string{"SIM-I37"}, edited: true,
			edits: []edit{{
				File: "factor/vault.go",
				Old:  "[]byte(purpose), []byte(row.Kind), t[:], u[:], c[:])",
				New:  "[]byte(purpose), []byte(row.Kind), t[:], u[:0], c[:0])",
			}, {
				File: "factor/vault.go",
				Old:  "fields(row, \"credential\"), row.Version)",
				New:  "fields(row, \"credential\"), 0*row.Version)",
			}, {
				File: "factor/vault.go",
				Old:  "t[:], u[:], c[:], fixed[:], row.Body)",
				New:  "t[:], u[:0], c[:0], fixed[:0], row.Body)",
			}},
		},
		{
			name:   "newest-key-alone",
			lesson: "Only the key that signs and seals now opens, too: a change of keys signs everybody out.",
			ids:    []string{"SES-130"}, breaks: []string{"SIM-I38", "SIM-I08"},
			edits: []edit{{
				File: "seal/sealer.go",
				Old:  "	if k == nil {\n		return nil, kid, ErrUnknownKey\n	}\n	aead, err := s.aead(k, info)\n	if err != nil {\n		return nil, kid, fmt.Errorf(\"seal: open:",
				New:  "	if k == nil || kid != s.ring.Primary() {\n		return nil, kid, ErrUnknownKey\n	}\n	aead, err := s.aead(k, info)\n	if err != nil {\n		return nil, kid, fmt.Errorf(\"seal: open:",
			}},
		},
	}
}

// pairs are bugs that no world shows by itself: what is hidden shows in two that differ in
// nothing else.
func pairs() []bug {
	return []bug{
		{
			name:   "decoy-of-another-shape",
			lesson: "The page that asks for the next factor repeats the name that was typed if somebody has it, and nothing if nobody does.",
			ids:    []string{"AUN-030"}, breaks: []string{"SIM-I14"}, paired: true,
			edits: []edit{{
				File: "authn/begin.go",
				Old:  "	persistent := !req.Forget\n",
				New:  "	if who.decoy {\n		flow.Identifier = \"\"\n	}\n	persistent := !req.Forget\n",
			}},
		},
		{
			name:   "unknown-name-does-less-work",
			lesson: "For a name that nobody has, a read is saved that all others cost: the answer comes sooner.",
			ids:    []string{"AUN-033"}, breaks: []string{"SIM-I14"}, paired: true,
			edits: []edit{{
				File: "authn/begin.go",
				Old:  "	epochs, err := s.sessions.Epochs(ctx, who.subject)\n",
				New:  "	var epochs identity.Epochs\n	if !who.decoy {\n		epochs, err = s.sessions.Epochs(ctx, who.subject)\n	}\n",
			}},
		},
		{
			name:   "reset-tells-existence",
			lesson: "Whoever asks for a new password for an address that nobody has is told that there is no such account.",
			ids:    []string{"AUN-131"}, breaks: []string{"SIM-I14"}, paired: true,
			edits: []edit{{
				File: "authn/reset.go",
				Old:  "	return ResetSent{a.reset}, err\n",
				New:  "	if err == nil && who.nobody {\n		err = fmt.Errorf(\"authn: begin reset: %w\", store.ErrNotFound)\n	}\n	return ResetSent{a.reset}, err\n",
			}},
		},
		{
			name:   "suspended-tells-itself",
			lesson: "A sign-in with a wrong password at a suspended account is answered that it is suspended.",
			ids:    []string{"AUN-036"}, breaks: []string{"SIM-I14"}, paired: true,
			edits: []edit{{
				File: "authn/begin.go",
				Old:  "	case acct.User.StateAt(now) != identity.Active:\n		c.doubt(audit.ReasonNotActive)\n",
				New:  "	case acct.User.StateAt(now) == identity.Suspended:\n		return c, true, nil\n	case acct.User.StateAt(now) != identity.Active:\n		c.doubt(audit.ReasonNotActive)\n",
			}},
		},
		{
			name:   "lock-over-tenants",
			lesson: "Guesses are counted for the name alone: whoever locks it in one tenant has locked it in all.",
			ids:    []string{"IDN-I7", "AUN-051"}, breaks: []string{"SIM-I13"}, paired: true,
			edits: []edit{{
				File: "authn/levers.go",
				Old:  "	return l.key('u', t[:], u[:])\n",
				New:  "	return l.key('u', t[:0], u[:])\n",
			}, {
				File: "authn/begin.go",
				Old:  "seal.PrefixDecoy, tb[:], []byte(kind)",
				New:  "seal.PrefixDecoy, tb[:0], []byte(kind)",
			}},
		},
	}
}
