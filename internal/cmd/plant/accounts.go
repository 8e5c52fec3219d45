package main

// accounts are bugs of signing in, of proving things, and of what happens to accounts.
func accounts() []bug {
	return []bug{
		{
			name:   "lock-not-enforced",
			lesson: "The answer says that the account is locked, and the right password still signs in.",
			ids:    []string{"AUN-050", "AUN-053"}, breaks: []string{"SIM-I05"},
			edits: []edit{{
				File: "internal/lever/lever.go",
				Old:  "	if now.Before(l.until) {\n		l.refused++",
				New:  "	if now.Before(l.until) && p.Streak {\n		l.refused++",
			}},
		},
		{
			name:   "guesses-counted-afterwards",
			lesson: "A guess counts when it has been judged, so that parallel guesses all run against the old count.",
			ids:    []string{"AUN-044", "AUN-050"}, breaks: []string{"SIM-I05"},
			edits: []edit{{
				File: "internal/lever/lever.go",
				Old:  "	if len(l.fails)+len(l.flight) >= p.Threshold {",
				New:  "	if len(l.fails) >= p.Threshold {",
			}},
		},
		{
			name:   "crash-is-a-free-guess",
			lesson: "A guess whose server dies before it is counted has cost nothing.",
			ids:    []string{"AUN-050"}, breaks: []string{"SIM-I05"},
			edits: []edit{{
				File: "internal/lever/lever.go",
				Old:  "		l.count(f.at, f.policy, f.at.Add(authn.PendingFor))",
				New:  "		_ = f",
			}},
		},
		{
			name:   "reset-lifts-the-lock",
			lesson: "A new password by mail clears the count of guesses: whoever reads the mailbox has a free unlock.",
			ids:    []string{"AUN-059", "AUN-133"}, breaks: []string{"SIM-I05"},
			edits: []edit{{
				File: "authn/reset.go",
				Old:  "a.ledger.Clear(ctx, a.levers.streakKey(sub, factor.Password), now)",
				New:  "a.ledger.Clear(ctx, a.levers.userKey(sub), now)",
			}},
		},
		{
			name:   "totp-code-works-twice",
			lesson: "The write that spends a code is conditioned on what was read again, not on what was verified: of two requests with one code both pass.",
			ids:    []string{"AUN-043", "FAC-032"}, breaks: []string{"SIM-I04"},
			edits: []edit{{
				File: "internal/changeset/credential.go",
				Old:  "	row, at, err := s.held(owner, c.ID, c.Version-1)",
				New:  "	row, at, err := s.find(owner, c.ID)\n	if err == nil && at < 0 {\n		err = store.ErrNotFound\n	}",
			}},
		},
		{
			name:   "totp-without-replay-guard",
			lesson: "A code is good for as long as it is shown, however often it is sent.",
			ids:    []string{"FAC-032"}, breaks: []string{"SIM-I04"},
			edits: []edit{{
				File: "factor/totp/verify.go",
				Old:  "		if step > r.LastStep {",
				New:  "		if step > r.LastStep-10 {",
			}, {
				File: "factor/totp/verify.go",
				Old:  "	if step <= r.LastStep {\n		return identity.AdvanceCredential{}, ErrStep\n	}",
				New:  "",
			}},
		},
		{
			name:   "link-works-twice",
			lesson: "A mailed link is looked at and then used up in two steps, the second of which does not ask.",
			ids:    []string{"AUN-126", "AUN-133"}, breaks: []string{"SIM-I04"},
			edits: []edit{{
				File: "internal/changeset/token.go",
				Old:  "	if !ok || t.Purpose != c.Purpose || !c.Now.Before(t.ExpiresAt) ||\n		subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:]) != 1 {\n		return store.ErrNotFound\n	}\n	s.DropToken(t)",
				New:  "	if !ok {\n		return nil\n	}\n	_ = subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:])",
			}, {
				File: "authn/reset.go",
				Old:  "		identity.VoidTokens{Subject: sub, Purpose: identity.TokenReset},\n",
				New:  "",
			}},
		},
		{
			name:   "reset-keeps-sessions",
			lesson: "A new password by mail leaves whoever was signed in where they are.",
			ids:    []string{"AUN-133", "IDN-025"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "authn/reset.go",
				Old:  "	changes = append(changes,\n		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: before.User})\n	changes = append(changes, notices...)",
				New:  "	_ = before\n	changes = append(changes, notices...)",
			}},
		},
		{
			name:   "reset-skips-the-second-factor",
			lesson: "A new password by mail takes the authenticator app away, so that the mailbox alone is enough.",
			ids:    []string{"AUN-134"}, breaks: []string{"SIM-I16", "SIM-I01"},
			edits: []edit{{
				File: "authn/reset.go",
				Old:  "	for _, more := range held[1:] { // whoever knew one of several still would",
				New:  "	changes = append(changes, identity.PutMethod{Scope: identity.UserScope(sub), Method: withTOTP(), Remove: true})\n	for _, more := range append(held[1:], a.openHeld(ctx, acct, factor.TOTP)...) {",
			}},
		},
		{
			name:   "sign-up-keeps-what-waited",
			lesson: "A sign-up for an address for which one waits resumes the old one: whoever began first keeps a password in the victim's account.",
			ids:    []string{"AUN-123"}, breaks: []string{"SIM-I17"},
			edits: []edit{{
				File: "authn/confirm.go",
				Old:  "		identity.VoidCredentials{Subject: sub},\n		identity.PutCredential{Credential: row},\n",
				New:  "		identity.PutCredential{Credential: row},\n",
			}},
		},
		{
			name:   "link-activates-anywhere",
			lesson: "The link of a sign-up activates the password that was typed by whoever began it, in whichever browser it is opened.",
			ids:    []string{"AUN-124"}, breaks: []string{"SIM-I17"},
			edits: []edit{{
				File: "authn/confirm.go",
				Old:  "	body, err := a.hash(ctx, secret)\n	if err != nil {\n		return Confirmed{}, err\n	}\n	row, err := a.newCredential(sub, factor.Password, \"\", body, now)",
				New:  "	body, err := a.hash(ctx, secret)\n	if err != nil {\n		return Confirmed{}, err\n	}\n	if held := a.open(ctx, acct, factor.Password, time.Time{}); len(held) == 1 {\n		body = held[0].Body\n	}\n	row, err := a.newCredential(sub, factor.Password, \"\", body, now)",
			}},
		},
		{
			name:   "one-factor-is-enough",
			lesson: "The steps behind the first are forgotten for who has a second factor of their own.",
			ids:    []string{"AUN-042", "AUN-I0"}, breaks: []string{"SIM-I01"},
			edits: []edit{{
				File: "internal/machine/advance.go",
				Old:  "	if len(next.Done) < len(next.Steps) {",
				New:  "	if len(next.Done) < 1 {",
			}, {
				File: "internal/machine/advance.go",
				Old:  "	if len(p.evidence) != len(f.Steps) || len(p.evidence) == 0 {",
				New:  "	if len(p.evidence) == 0 {",
			}, {
				File: "internal/machine/advance.go",
				Old:  "	for i := range f.Steps {\n		if !f.Steps[i].Has(p.evidence[i].Kind) {",
				New:  "	for i := range p.evidence {\n		if !f.Steps[i].Has(p.evidence[i].Kind) {",
			}},
		},
		{
			name:   "step-up-never-ages",
			lesson: "What was proved at the sign-in counts as fresh for as long as the session lives.",
			ids:    []string{"AUN-103", "AUN-104"}, breaks: []string{"SIM-I15"},
			edits: []edit{{
				File: "authn/requirement.go",
				Old:  "		return now.Sub(e.At) > r.age()",
				New:  "		return now.Sub(e.At) > 1000*r.age()",
			}},
		},
		{
			name:   "suspension-keeps-sessions",
			lesson: "A suspended account cannot sign in any more, and whoever is signed in stays.",
			ids:    []string{"AUN-111"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "authn/admin_state.go",
				Old:  "			return plan{[]identity.UserState{identity.Suspended}, true, says}, nil",
				New:  "			return plan{[]identity.UserState{identity.Suspended}, false, says}, nil",
			}},
		},
		{
			name:   "suspended-signs-in",
			lesson: "The state of the account is asked when a sign-in begins, and not again when it ends.",
			ids:    []string{"AUN-046", "AUN-047"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "authn/verify.go",
				Old:  "	return acct.Tenant == identity.TenantActive && acct.User.StateAt(now) == identity.Active\n",
				New:  "	return acct.Tenant == identity.TenantActive || now.IsZero()\n",
			}, {
				File: "internal/changeset/people.go",
				Old:  "tenant.Tenant.Status != identity.TenantActive || row.User.StateAt(c.At) != identity.Active {",
				New:  "tenant.Tenant.Status != identity.TenantActive {",
			}},
		},
		{
			name:   "password-change-keeps-others",
			lesson: "A new password leaves the thief signed in whom it was to shut out.",
			ids:    []string{"AUN-130", "IDN-025"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "authn/enrol.go",
				Old:  "	changes = append(changes,\n		identity.RaiseEpoch{Scope: identity.UserScope(acct.User.Subject()), Check: true, From: before.User})\n	if address",
				New:  "	if address",
			}, {
				File: "authn/enrol.go",
				Old:  "	after := before\n	after.User++\n	_, err = sess.Transition(ctx, machine.Regenerate{Epochs: &after, Evidence: ev}, session.Commit{NoGrace: true,",
				New:  "	_ = before\n	_, err = sess.Transition(ctx, machine.Regenerate{Evidence: ev}, session.Commit{NoGrace: true,",
			}},
		},
		{
			name:   "marked-password-signs-in",
			lesson: "A password that an administrator has marked as known to others goes on signing in: the mark is written and nobody asks for it.",
			ids:    []string{"AUN-137"}, breaks: []string{"SIM-I01"},
			edits: []edit{{
				File: "authn/verify.go",
				Old:  "		if s.compromised(a.acct) { // when nothing",
				New:  "		if s.compromised(a.acct) && a.now.IsZero() { // when nothing",
			}},
		},
		{
			name:   "second-name-of-two",
			lesson: "Only addresses are looked up before a name is given, so that two people have one user name and whoever came last signs in with it.",
			ids:    []string{"IDN-027"}, breaks: []string{"SIM-I17"},
			edits: []edit{{
				File: "internal/changeset/names.go",
				Old:  "		if _, taken := s.Names.get(key); taken {",
				New:  "		if _, taken := s.Names.get(key); taken && i.Kind == identity.Email {",
			}},
		},
		{
			name:   "password-brings-an-app",
			lesson: "Whoever has no app sets one up behind the password, also where there was one: a lost phone makes the second factor the thief's to choose.",
			ids:    []string{"AUN-032"}, breaks: []string{"SIM-I16", "SIM-I01"},
			edits: []edit{{
				File: "authn/enrol_inline.go",
				Old:  "!step.Has(factor.TOTP) || demandsApp(inForce(acct.Methods, now)) {",
				New:  "!step.Has(factor.TOTP) {",
			}, {
				File: "authn/enrol_inline.go",
				Old:  "		if had(acct, k, done) {",
				New:  "		if had(acct, k, done) && len(acct.Credentials) > 1 {",
			}},
		},
		{
			name:   "undo-keeps-sessions",
			lesson: "A change of address that its owner takes back leaves the thief signed in who made it.",
			ids:    []string{"AUN-127", "IDN-025"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "authn/address_undo.go",
				Old:  "	changes = append(changes, m.renames(restored(m.acct.User.Identifiers, m.address), now)...)",
				New:  "	changes = append(changes, m.renames(restored(m.acct.User.Identifiers, m.address), now)[0])",
			}},
		},
		{
			name:   "acting-never-ends",
			lesson: "An administrator who acts as somebody else goes on for as long as they are signed in themselves, whatever time they asked for.",
			ids:    []string{"AUN-141"}, breaks: []string{"SIM-I19"},
			edits: []edit{{
				File: "internal/machine/deadline.go",
				Old:  "		deadline = s.login.Actor.Until",
				New:  "		deadline = s.login.Actor.AbsUntil",
			}, {
				File: "session/transition.go",
				Old:  "		b.created, b.absolute = now, login.Actor.Until",
				New:  "		b.created, b.absolute = now, login.Actor.AbsUntil",
			}},
		},
		{
			name:   "erasure-keeps-the-name",
			lesson: "An erased account's address stays taken, so that its owner never comes back.",
			ids:    []string{"AUN-114"}, breaks: []string{"SIM-I36", "SIM-I45"},
			edits: []edit{{
				File: "internal/changeset/people.go",
				Old:  "	for _, i := range row.User.Identifiers {\n		s.Names.drop(Name{c.Subject.Tenant, i.Kind, i.Canonical})\n	}\n	for _, l",
				New:  "	for _, l",
			}},
		},
	}
}
