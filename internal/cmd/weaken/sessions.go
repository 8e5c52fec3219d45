package main

// sessions are attacks on cookies, session rows, and the end of sessions.
func sessions() []Entry {
	return []Entry{
		{
			Name:   "cookie-mac-unchecked",
			Attack: "I change bits of my session cookie until it names somebody else's session.",
			Gain:   "Any id can be written into a cookie and is believed.",
			Edit: Edit{
				File: "session/cookie.go",
				Old: `		return held{}, errCookieKey
	case err != nil:
		return held{}, errCookieMAC
	}`,
				New: `		return held{}, errCookieKey
	}`,
			},
			Pkg: "session", Run: "TestCookie_any_bit_flip_is_refused", Says: "flipped and still accepted",
			IDs: []string{"SES-120", "SES-123"},
		},
		{
			Name:   "cookie-name-unbound",
			Attack: "I take the value of another cookie of the same program, such as an application's, and send it under the session's name.",
			Gain:   "A value that was signed for one purpose opens another.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "c.head = append(append([]byte(seal.PrefixSessionCookie), byte(len(c.name))), c.name...)",
				New:  "c.head = []byte(seal.PrefixSessionCookie)",
			},
			Pkg: "session", Run: "TestCookie_is_bound_to_its_name",
			IDs: []string{"SES-121"},
		},
		{
			Name:   "cookie-tossed-first-wins",
			Attack: "From a sibling subdomain I set a cookie of the session's name, with a genuine session of mine, beside the victim's.",
			Gain:   "The victim works in the attacker's session and leaves data there.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "case value != first:",
				New:  "case value != first && false:",
			},
			Pkg: "internal/attack", Run: "TestTossing_session_cookies", Says: "signed in as the attacker",
			IDs: []string{"SES-124", "GRD-030"},
		},
		{
			Name:   "cookie-without-host-prefix",
			Attack: "From a page of a sibling host I set a cookie of the session's name for the whole domain, in a real browser.",
			Gain:   "The sibling's cookie arrives beside the victim's own, and two genuine sessions are none: they are locked out at will.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "defaultCookieName  = \"__Host-axess\"",
				New:  "defaultCookieName  = \"axess\"",
			},
			Pkg: "interop/attack", Run: "TestChromium_tossed_cookies", Says: "the victim is",
			IDs: []string{"SES-125", "SES-126"},
		},
		{
			Name:   "cookie-search-without-bound",
			Attack: "I send one request with thousands of cookies of the session's name, so that each costs a MAC.",
			Gain:   "The work of a request grows with what a stranger sends.",
			Edit: Edit{
				File: "session/cookie.go",
				Old:  "candidates++; candidates > maxCandidates",
				New:  "candidates++; candidates > 1<<20",
			},
			Pkg: "internal/attack", Run: "TestTossing_session_cookies", Says: "forty broken in front",
			IDs: []string{"SES-124"},
		},
		{
			Name:   "cookie-of-a-handler",
			Attack: "I find a page of the application that sets cookies of my choice and have it set the session's.",
			Gain:   "A hole elsewhere in the program plants a session.",
			Edit: Edit{
				File: "session/commit.go",
				Old:  "if m.cookies.strip(head.Header()) {",
				New:  "if m == nil && m.cookies.strip(head.Header()) {",
			},
			Pkg: "session", Run: "TestCommit_strips_a_handlers_own_cookie",
			IDs: []string{"SES-080"},
		},
		{
			Name:   "fixation-of-a-token",
			Attack: "I plant my own guest's cookies in the victim's browser and, once they have signed in, post their forms with the token that I know.",
			Gain:   "A token from before the sign-in works in the session after it.",
			Edit: Edit{
				File: "middleware/csrf/token.go",
				Old:  "	copy(b[2:], id[:])\n",
				New:  "	_ = id\n",
			},
			Pkg: "internal/attack", Run: "TestFixation_before_a_sign_in", Says: "the planted token is taken",
			IDs: []string{"CSR-005", "CSR-014", "CSR-031"},
		},
		{
			Name:   "login-beside-a-reset",
			Attack: "I know the password and sign in with it at the moment in which its owner chooses another by mail.",
			Gain:   "My login is there when the reset is acknowledged, and stays.",
			Edit: Edit{
				File: "authn/reset.go",
				Old:  "	changes = append(changes,\n		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: before.User})\n",
				New:  "	_ = before\n",
			},
			Pkg: "sim", Run: "TestDuels/reset/login", Says: "they are served",
			IDs: []string{"SIM-062", "SIM-I03"},
		},
		{
			Name:   "fixation-old-id-lives-on",
			Attack: "I copy the cookie of somebody between password and code, and use it when they have entered the code.",
			Gain:   "The half-way cookie stays good beside the new one.",
			Edit: Edit{
				File: "session/transition.go",
				Old:  "if effect.Grace && !c.NoGrace && m.timesOf(state).Grace > 0 {",
				New:  "if m.timesOf(state).Grace > 0 {",
			},
			Pkg: "internal/attack", Run: "TestFixation_across_a_rise_in_privilege", Says: "the half-way cookie after the sign-in",
			IDs: []string{"SES-106", "SES-226"},
		},
		{
			Name:   "fixation-no-rotation-at-the-code",
			Attack: "I plant or copy a cookie in the middle of a sign-in, whose second step the victim then passes.",
			Gain:   "The cookie from before the second factor is the one after it.",
			Edit: Edit{
				File: "internal/machine/login.go",
				Old:  `Effect{Row: "T4", NewID: true, Data: Carry}`,
				New:  `Effect{Row: "T4", Data: Carry}`,
			},
			Pkg: "internal/attack", Run: "TestFixation_across_a_rise_in_privilege",
			IDs: []string{"SES-013", "SES-227"},
		},
		{
			Name:   "row-of-another",
			Attack: "I can write the table of sessions and copy an administrator's row over mine.",
			Gain:   "Whoever writes the database is anybody.",
			Edit: Edit{
				File: "session/snapshot.go",
				Old: `	b = append(b, id[:]...)
`,
				New: `	b = append(b, make([]byte, len(id))...)
`,
			},
			Also: []Edit{
				{
					File: "session/snapshot.go",
					Old:  "return m.sealer.Seal(id[:], a[:], plain)",
					New:  `return m.sealer.Seal(append(id[:0:0], "row"...), a[:], plain)`,
				},
				{
					File: "session/snapshot.go",
					Old:  "return m.sealer.Open(id[:], a[:], sealed)",
					New:  `return m.sealer.Open(append(id[:0:0], "row"...), a[:], sealed)`,
				},
			},
			Pkg: "internal/attack", Run: "TestRows_forged", Says: "whole row under my name: believed",
			IDs: []string{"SES-152", "SES-151"},
		},
		{
			Name:   "row-of-yesterday",
			Attack: "I can write the table of sessions and put an older body of my session in the place of the present one.",
			Gain:   "What was taken out of a session, a spent one-shot value for instance, is back.",
			Edit: Edit{
				File: "session/snapshot.go",
				Old:  "binary.BigEndian.AppendUint64(b, rev)",
				New:  "binary.BigEndian.AppendUint64(b, 0)",
			},
			Pkg: "internal/attack", Run: "TestRows_forged", Says: "an older body, the present revision: believed",
			IDs: []string{"SES-152"},
		},
		{
			Name:   "row-columns-believed",
			Attack: "My session was revoked; I can write its row and give it the user id of somebody who was not.",
			Gain:   "A revoked session is held against the wrong person's epoch and lives.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "if !out.body.agrees(&rec) || out.body.created.After(",
				New:  "if out.body.created.After(",
			},
			Pkg: "internal/attack", Run: "TestRows_outlive_no_revocation", Says: "as somebody who is not ended",
			IDs: []string{"SES-031"},
		},
		{
			Name:   "row-immortal",
			Attack: "I can write the table of sessions and move the end of mine by years.",
			Gain:   "A stolen session never ends.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "if !now.Before(out.idle) || !now.Before(out.body.absolute) {",
				New:  "if !now.Before(out.idle) {",
			},
			Pkg: "internal/attack", Run: "TestRows_that_never_end", Says: "alive after eight days",
			IDs: []string{"SES-228"},
		},
		{
			Name:   "epochs-not-compared",
			Attack: "I keep using a stolen cookie after its owner has signed out everywhere.",
			Gain:   "A revocation that the store acknowledged changes nothing for the thief.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "if !out.body.epochs.Covers(current.Epochs) {",
				New:  "if false {",
			},
			Pkg: "internal/attack", Run: "TestResurrection_by_a_slow_handler", Says: "is alive after it was revoked",
			IDs: []string{"SES-195", "GRD-033"},
		},
		{
			Name:   "resurrection-by-upsert",
			Attack: "I start a slow upload in the session before its owner signs out, and let it finish afterwards.",
			Gain:   "The late write brings the deleted record back, and the old cookie works again.",
			Edit: Edit{
				File: "store/memory/session.go",
				Old: `	e := part.find(rec.Ref)
	if e == nil || e.dead(now) {
		return failed("update", store.ErrNotFound)`,
				New: `	e := part.find(rec.Ref)
	if e == nil {
		was := rec
		was.Rev = prevRev
		e = newEntry(&was, &session.Claim{Now: now})
		part.put(e)
	}
	if e.dead(now) {
		return failed("update", store.ErrNotFound)`,
			},
			Pkg: "internal/attack", Run: "TestResurrection_by_a_slow_handler/signed_out_in_another_tab",
			IDs: []string{"SES-100", "SES-103"},
		},
		{
			Name:   "resurrection-by-rotation",
			Attack: "I let a slow request change its session id after the session was ended elsewhere.",
			Gain:   "The ended session lives on under a new id.",
			Edit: Edit{
				File: "internal/sqlstore/claim.go",
				Old: `		switch {
		case err != nil:
			return absent(err)
		case was.superseded || was.rev != prevRev:`,
				New: `		switch {
		case err != nil:
			was.rev = prevRev
		case was.superseded || was.rev != prevRev:`,
			},
			Also: []Edit{
				{
					File: "internal/sqlstore/claim.go",
					Old: `	if err == nil && n != 1 {
		return store.ErrConflict
	}
	return err
}

// install judges`,
					New: `	_ = n
	return err
}

// install judges`,
				},
			},
			Pkg: "internal/attack", Run: "TestResurrection_by_a_slow_handler/ended_from_a_list",
			IDs: []string{"SES-100", "SES-102"},
		},
		{
			Name:   "sign-in-outlives-suspension",
			Attack: "My account is being suspended while I sign in; I hit the moment between the check and the new session.",
			Gain:   "The suspended account has a session that nobody ended.",
			Edit: Edit{
				File: "store/memory/claim.go",
				Old:  "if current != c.Expect {",
				New:  "if current != c.Expect && false {",
			},
			Also: []Edit{
				{
					File: "internal/sqlstore/claim.go",
					Old:  "if current != c.Expect {",
					New:  "if current != c.Expect && false {",
				},
			},
			Pkg: "internal/attack", Run: "TestResurrection_at_every_call_of_a_page", Says: "signed in all the same",
			IDs: []string{"SES-201", "GRD-033"},
		},
		{
			Name:   "sign-out-loses-the-login",
			Attack: "I rotate a stolen session at the moment in which its owner signs out of it.",
			Gain:   "The sign-out deletes the old id, and the login goes on under the new one.",
			Edit: Edit{
				File: "session/registry.go",
				Old:  "if ref, found, err = m.findLogin(ctx, subject, login); !found {",
				New:  "if ref, found, err = m.findLogin(ctx, subject, login); !found || true {",
			},
			Pkg: "session", Run: "TestLogout_ends_the_login_wherever_it_has_moved",
			IDs: []string{"SES-106", "SES-198"},
		},
		{
			Name:   "sign-out-that-only-looks-done",
			Attack: "The store does not answer while somebody signs out; they believe the page and leave.",
			Gain:   "The page says that they are signed out, and the session is alive.",
			Edit: Edit{
				File: "session/transition.go",
				Old: `	if err := s.m.end(ctx, base, also); err != nil {
		s.withdraw(base, err)
		return fmt.Errorf("session: logout: %w", err)
	}`,
				New: `	_ = s.m.end(ctx, base, also)`,
			},
			Pkg: "session", Run: "TestLogout_failure",
			IDs: []string{"SES-072", "SES-199"},
		},
		{
			Name:   "outage-signs-nobody-in",
			Attack: "I take the store down and hope that requests are let through without it.",
			Gain:   "An outage opens what sessions guard, or signs everybody out.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "func (o outcome) refused() bool { return o >= loadUnknownKey }",
				New:  "func (o outcome) refused() bool { return o >= outcomes }",
			},
			Pkg: "session", Run: "TestLoad_unknown_is_unavailable",
			IDs: []string{"SES-066", "SES-067", "SES-200"},
		},
		{
			Name:   "one-shot-value-taken-twice",
			Attack: "I send the same answer to a challenge in 64 requests at once.",
			Gain:   "What may be used once is used by several requests.",
			Edit: Edit{
				File: "session/data.go",
				Old: `	if err := m.update(ctx, &next, base.rev, now); err != nil {
		return false, err
	}
	s.install(base, &next, own)
	return true, nil`,
				New: `	_ = m.update(ctx, &next, base.rev, now)
	s.install(base, &next, own)
	return true, nil`,
			},
			Pkg: "session", Run: "TestConsume_race",
			IDs: []string{"SES-104"},
		},
		{
			Name:   "hijacked-connection-goes-on",
			Attack: "I hold a stream open in a stolen session, whose owner then signs out everywhere.",
			Gain:   "The stream goes on for as long as I like.",
			Edit: Edit{
				File: "session/revoked.go",
				Old:  "return rec.Subject == w.subject && rec.Epochs.Covers(epochs.Epochs) && w.actor.epochs.Covers(epochs.Actor), nil",
				New:  "return rec.Subject == w.subject && w.actor.epochs.Covers(epochs.Actor), nil",
			},
			Pkg: "session", Run: "TestRevoked_is_told_at_once",
			IDs: []string{"SES-084"},
		},
		{
			Name:   "memo-of-forged-bytes",
			Attack: "I change the sealed bytes of a row that is in use.",
			Gain:   "A row that was tampered with is served from memory as if nothing had happened, and nobody is told.",
			Edit: Edit{
				File: "session/memo.go",
				Old:  "bytes.Equal(o.sealed, sealed)",
				New:  "bytes.Equal(o.sealed, o.sealed)",
			},
			Pkg: "internal/attack", Run: "TestRows_forged", Says: "a bit of the text: believed",
			IDs: []string{"SES-031", "SES-066"},
		},
		{
			Name:   "revoked-key-remembered",
			Attack: "I have stolen the key that seals sessions; it is revoked, and I go on with a session that was open a moment ago.",
			Gain:   "What was opened under a key outlives its revocation.",
			Edit: Edit{
				File: "session/memo.go",
				Old:  "if known := m.generation.Load(); known != generation {",
				New:  "if known := m.generation.Load(); known == 0 && generation == 0 {",
			},
			Also: []Edit{
				{
					File: "session/memo.go",
					Old:  "o.generation == generation && ",
					New:  "",
				},
			},
			Pkg: "internal/attack", Run: "TestKeys_revoked/session", Says: "after the revocation of its key",
			IDs: []string{"SES-131"},
		},
		{
			Name:   "keys-from-nothing",
			Attack: "I know the source of the product, and sign a cookie with the key that it derives.",
			Gain:   "The derived keys are the same everywhere, whatever the master.",
			Edit: Edit{
				File: "seal/mac.go",
				Old:  "hkdf.Expand(sha256.New, master.Reveal(), info, KeySize)",
				New:  "hkdf.Expand(sha256.New, make([]byte, KeySize), info, KeySize)",
			},
			Pkg: "seal", Run: "TestSubKeysDependOnMasterAndLabel",
			IDs: []string{"SES-122"},
		},
		{
			Name:   "keys-without-a-label",
			Attack: "I have the program sign a value for one purpose, and show it for another.",
			Gain:   "One key serves every purpose.",
			Edit: Edit{
				File: "seal/mac.go",
				Old:  "hkdf.Expand(sha256.New, master.Reveal(), info, KeySize)",
				New:  `hkdf.Expand(sha256.New, master.Reveal(), "", KeySize)`,
			},
			Pkg: "seal", Run: "TestSubKeysDependOnMasterAndLabel",
			IDs: []string{"SES-122"},
		},
		{
			Name:   "binding-not-judged",
			Attack: "I have the victim's cookie, nothing else, and use it in a browser of mine.",
			Gain:   "A cookie that leaked alone is a login anywhere.",
			Edit: Edit{
				File: "session/manager.go",
				Old:  "o = m.judgeBinding(s, o, now)",
				New:  "_ = m.judgeBinding",
			},
			Pkg: "session", Run: "TestBinding_stolen_cookie_in_another_browser", Says: "signed in true, want false",
			IDs: []string{"SES-062", "SES-177", "SES-180"},
		},
		{
			Name:   "binding-skipped-when-absent",
			Attack: "I connect without the certificate that the victim's session belongs to.",
			Gain:   "Whoever shows nothing has nothing that could differ.",
			Edit: Edit{
				File: "session/binding_check.go",
				Old:  "return false // bound, and absent (SES-179)",
				New:  "return true",
			},
			Pkg: "session", Run: "TestBinding_traits", Says: "signed in",
			IDs: []string{"SES-179"},
		},
		{
			Name:   "binding-version-may-fall",
			Attack: "I use the victim's cookie in an old browser of the same make, for which there is an exploit.",
			Gain:   "Any version of the family will do.",
			Edit: Edit{
				File: "session/binding_check.go",
				Old:  "return same && version >= e.version",
				New:  "_ = version\n\treturn same",
			},
			Pkg: "session", Run: "TestBinding_stolen_cookie_in_another_browser", Says: "signed in true, want false",
			IDs: []string{"SES-175"},
		},
		{
			Name:   "binding-of-the-flow-forgotten",
			Attack: "I take the cookie of a login in progress and finish it elsewhere.",
			Gain:   "Steps that the victim has passed count for the thief.",
			Edit: Edit{
				File: "session/binding_check.go",
				Old:  `case guest, effect.Row == "T8", effect.Row == "T13"`,
				New:  `case guest && registration(b.state) != nil, effect.Row == "T13"`,
			},
			Pkg: "session", Run: "TestBinding_of_every_state",
			IDs: []string{"SES-178"},
		},
		{
			Name:   "binding-reject-revokes",
			Attack: "I have a cookie that is of no use to me, and send it from any program to sign its owner out.",
			Gain:   "A wrong browser ends sessions.",
			Edit: Edit{
				File: "session/binding_check.go",
				Old:  "case Reject:\n\t\treturn loadRejected",
				New:  "case Reject:\n\t\t_ = m.end(s.scope, &s.first, nil)\n\t\treturn loadRejected",
			},
			Pkg: "session", Run: "TestBinding_wrong_browser_cannot_end_the_session",
			IDs: []string{"SES-180"},
		},
		{
			Name:   "binding-challenge-unheard",
			Attack: "The program asks for a factor because my network is another one. I ask for the page anyway.",
			Gain:   "A challenge is a line in a log.",
			Edit: Edit{
				File: "internal/guard/guard.go",
				Old:  "if sess.View().Challenged {",
				New:  "if sess == nil {",
			},
			Pkg: ".", Run: "TestBinding_challenge_at_the_guards", Says: "let in",
			IDs: []string{"SES-180"},
		},
		{
			Name:   "valkey-copy-outlives-its-end",
			Attack: "My session is ended from another process; I go on asking the one that has it decoded in memory.",
			Gain:   "What the server says has changed is not heard: a stolen session works on until its copies run out.",
			Edit: Edit{
				File: "store/valkey/near_line.go",
				Old:  "	case copyGone:\n		return false\n	case copyIdle:",
				New:  "	case copyIdle:",
			},
			Pkg: "store/valkey", Run: "TestLoaded_falls_with_each_of_its_copies", Says: "the session passes",
			IDs: []string{"STO-033", "SES-208"},
		},
		{
			Name:   "valkey-copy-without-proof",
			Attack: "I cut the line on which the server tells one process what has ended, and let it believe that it is open.",
			Gain:   "Sessions that were ended are accepted there for as long as nobody notices.",
			Edit: Edit{
				File: "store/valkey/near_loaded.go",
				Old:  "if !n.fresh(c.slot, at, c.line) {",
				New:  "if n.fresh(c.slot, at, c.line) && false {",
			},
			Pkg: "store/valkey", Run: "TestLoaded_falls_with_each_of_its_copies", Says: "the session passes",
			IDs: []string{"STO-033", "SES-208"},
		},
		{
			Name:   "valkey-guess-of-another",
			Attack: "I sign in until my session is kept in the place of the victim's in the process's memory of where sessions are.",
			Gain:   "Whoever comes with one cookie is given the record that belongs to the other.",
			Edit: Edit{
				File: "store/valkey/session_known.go",
				Old:  "k != nil && k.ref == ref {",
				New:  "k != nil {",
			},
			Pkg: "store/valkey", Run: "TestKnown_is_of_one_session", Says: "read where another is",
			IDs: []string{"STO-029", "SES-195"},
		},
	}
}
