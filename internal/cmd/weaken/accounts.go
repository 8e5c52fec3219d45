package main

import "slices"

// accounts are attacks on sign-up, sign-in, factors, enumeration and rows.
func accounts() []Entry {
	return slices.Concat(guesses(), replays(), signUps(), strangers(), rows(), rights(), stepUps(), orders(), impersonations(), fences(), newcomers(), devices(), waysIn(), recoveries(), knownPasswords(), hashing(), directories())
}

// guesses are attacks on the number of tries.
func guesses() []Entry {
	return []Entry{
		{
			Name:   "guesses-in-flight-uncounted",
			Attack: "I know the password and send 64 codes of the app at once, over both servers, before the first answer is there.",
			Gain:   "All of them are judged against the count from before the first.",
			Edit: Edit{
				File: "internal/lever/lever.go",
				Old:  "if len(l.fails)+len(l.flight) >= p.Threshold {",
				New:  "if len(l.fails) >= p.Threshold {",
			},
			Pkg: ".", Run: "TestAttack_codes_64_at_once_over_two_servers", Says: "answers map",
			IDs: []string{"AUN-044", "AUN-I4"},
		},
		{
			Name:   "guesses-go-on-while-locked",
			Attack: "The name is locked, and I go on guessing: the lock is only a page.",
			Gain:   "The right password is found while the page says that nobody gets in.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	res, err := s.ledger.Reserve(ctx, attempt, now)\n	if err != nil {",
				New:  "	res, err := s.ledger.Reserve(ctx, attempt, now)\n	if err != nil && false {",
			},
			Pkg: "authn", Run: "TestLock_right_password_fails_while_locked",
			IDs: []string{"AUN-050", "AUN-053"},
		},
		{
			Name:   "guesses-abandoned-are-free",
			Attack: "I hang up before my guess is settled, or the server is stopped in the middle of it.",
			Gain:   "Such guesses cost nothing.",
			Edit: Edit{
				File: "internal/lever/lever.go",
				Old:  "		l.count(f.at, f.policy, f.at.Add(authn.PendingFor))\n",
				New:  "		_ = f\n",
			},
			Pkg: ".", Run: "TestAttack_guesses_that_nobody_settles_are_failures",
			IDs: []string{"AUN-050"},
		},
		{
			Name:   "guesses-forgotten-when-the-clock-steps-back",
			Attack: "I wait until the clock of the server is set back.",
			Gain:   "The failures from before are in the future, and do not count.",
			Edit: Edit{
				File: "internal/lever/lever.go",
				Old:  "return now.Sub(f) > p.Window })",
				New:  "return now.Sub(f) > p.Window || f.After(now) })",
			},
			Pkg: ".", Run: "TestAttack_clock_that_steps_back_gives_no_guesses", Says: "the fifth did not lock",
			IDs: []string{"AUN-I12"},
		},
		{
			Name:   "guesses-of-one-address-uncounted",
			Attack: "I try one password on everybody, once each, so that no name locks.",
			Gain:   "One address tries a common password on any number of people.",
			Edit: Edit{
				File: "authn/levers.go",
				Old:  "	if addr.IsValid() {",
				New:  "	if addr.IsValid() && false {",
			},
			Pkg: ".", Run: "TestAttack_one_password_for_64_people_at_once",
			IDs: []string{"AUN-055"},
		},
		{
			Name:   "guesses-cleared-by-the-first-step",
			Attack: "I know the password and guess the code; after four wrong codes I give the password again.",
			Gain:   "The code can be guessed without end.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	s.settle(ctx, a, Passed)\n	s.renew(ctx, a, j)\n	return StepRequired",
				New:  "	s.settle(ctx, a, Cleared)\n	s.renew(ctx, a, j)\n	return StepRequired",
			},
			Pkg: "authn", Run: "TestLock_right_password_does_not_clear_wrong_codes",
			IDs: []string{"AUN-059"},
		},
		{
			Name:   "guesses-free-while-the-ledger-is-down",
			Attack: "I guess while the table of attempts does not answer.",
			Gain:   "Guesses are judged and nobody counts them.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	res, err := s.ledger.Reserve(ctx, attempt, now)\n	if err != nil {",
				New:  "	res, err := s.ledger.Reserve(ctx, attempt, now)\n	if err != nil && !errors.Is(err, store.ErrUnavailable) {",
			},
			Pkg: "authn", Run: "TestLedger_outage_is_no_free_guess",
			IDs: []string{"AUN-060"},
		},
	}
}

// replays are attacks with what was right once.
func replays() []Entry {
	return []Entry{
		{
			Name:   "code-used-again",
			Attack: "I look over somebody's shoulder and type their code after them, within its minute.",
			Gain:   "A code signs in as often as it is typed.",
			Edit:   Edit{File: "factor/totp/verify.go", Old: "		if step > r.LastStep {", New: "		if step > 0 {"},
			Also: []Edit{{
				File: "factor/totp/verify.go",
				Old:  "	if step <= r.LastStep {\n		return identity.AdvanceCredential{}, ErrStep\n	}\n",
				New:  "",
			}},
			Pkg: ".", Run: "TestAttack_code_that_was_used",
			IDs: []string{"FAC-032", "FAC-I5"},
		},
		{
			Name:   "code-used-twice-at-once",
			Attack: "I send the code that I saw at the very moment at which its owner does.",
			Gain:   "Both are signed in.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	for _, w := range j.writes {\n		changes = append",
				New:  "	for _, w := range j.writes[:0] {\n		changes = append",
			},
			Pkg: ".", Run: "TestAttack_one_code_64_times_at_once_over_two_servers",
			IDs: []string{"AUN-043", "FAC-I4"},
		},
		{
			Name:   "code-of-the-enrolment-signs-in",
			Attack: "I see the code with which somebody sets up their app.",
			Gain:   "It signs in within its minute.",
			Edit:   Edit{File: "factor/totp/verify.go", Old: "		r.LastStep = res.Step\n", New: ""},
			Pkg:    ".", Run: "TestAttack_code_that_made_the_account",
			IDs: []string{"FAC-032"},
		},
		{
			Name:   "link-of-another-purpose",
			Attack: "I use the link of my own sign-up as the one of the first administrator.",
			Gain:   "Whoever may sign up becomes administrator.",
			Edit: Edit{
				File: "authn/confirm.go",
				Old:  "!genuine || !slices.Contains(purposes, t.Purpose) ||",
				New:  "!genuine || !slices.Contains(purposes, t.Purpose) && false ||",
			},
			Pkg: "authn", Run: "TestLinks_of_one_purpose_open_nothing_else",
			IDs: []string{"FAC-085", "PRD-062"},
		},
		{
			Name:   "link-past-its-time",
			Attack: "I find a link in an old mailbox.",
			Gain:   "It still opens, days later.",
			Edit: Edit{
				File: "authn/confirm.go",
				Old:  " || !now.Before(t.ExpiresAt) {\n		return identity.Token{}",
				New:  " {\n		return identity.Token{}",
			},
			Pkg: "authn", Run: "TestConfirm_expires",
			IDs: []string{"AUN-126", "FAC-085"},
		},
	}
}

// signUps are attacks on who gets an account.
func signUps() []Entry {
	return []Entry{
		{
			Name:   "pre-hijack-keeps-the-password",
			Attack: "I sign up with somebody else's address and a password of mine, and wait until they open the link.",
			Gain:   "My password opens the account that they then use.",
			Edit:   Edit{File: "authn/confirm.go", Old: "		identity.VoidCredentials{Subject: sub},\n		identity.PutCredential{Credential: row},\n", New: ""},
			Pkg:    ".", Run: "TestAttack_sign_up_for_somebody_elses_address", Says: "the attacker's password answers 303",
			IDs: []string{"AUN-123", "AUN-124", "AUN-I14"},
		},
		{
			Name:   "pre-hijack-activated-by-a-click",
			Attack: "I sign up with somebody else's address; they open the link in their browser, which never asked for it.",
			Gain:   "One click of theirs activates my password.",
			Edit: Edit{
				File: "authn/signup_app.go",
				Old:  "	flow := own(sess, t, machine.WorkflowEmailVerification)\n	if flow == nil {\n		return nil, nil, nil\n	}",
				New:  "	flow := own(sess, t, machine.WorkflowEmailVerification)\n	if flow == nil {\n		return &machine.WorkflowData{Subject: identity.Subject{Tenant: t.Tenant, User: t.User}}, nil, nil\n	}",
			},
			Pkg: "authn", Run: "TestConfirm_in_another_browser_trusts_the_address_alone",
			IDs: []string{"AUN-124"},
		},
		{
			Name:   "workflow-of-another-sign-up",
			Attack: "I have a sign-up of my own open in my browser, and open somebody else's link in it.",
			Gain:   "The link counts as one that this browser asked for.",
			Edit: Edit{
				File: "authn/confirm.go",
				Old:  "	if flow == nil || flow.Decoy || flow.Kind != kind ||\n		flow.Subject != (identity.Subject{Tenant: t.Tenant, User: t.User}) {",
				New:  "	if flow == nil || flow.Decoy || flow.Kind != kind {",
			},
			Pkg: "authn", Run: "TestSignup_with_an_app_takes_nothing_from_another_sign_up",
			IDs: []string{"AUN-124"},
		},
		{
			Name:   "claim-after-an-administrator",
			Attack: "I keep a claim link until there is an administrator, and then use it.",
			Gain:   "There is a second administrator whom nobody appointed.",
			Edit: Edit{
				File: "authn/claim_link.go",
				Old:  "	if err == nil && taken {",
				New:  "	if err == nil && taken && false {",
			},
			Pkg: "authn", Run: "TestClaim_takes_a_live_link_alone",
			IDs: []string{"PRD-060", "PRD-062"},
		},
		{
			Name:   "enrolment-with-an-old-sign-in",
			Attack: "I stole a cookie yesterday, and add an app of mine to the account.",
			Gain:   "A stolen cookie becomes a factor that outlives it.",
			Edit: Edit{
				File: "authn/prove.go",
				Old:  "	if !a.Meets(sess.State(), a.strongest(ctx, acct, view)) {",
				New:  "	if !a.Meets(sess.State(), a.strongest(ctx, acct, view)) && false {",
			},
			Pkg: "authn", Run: "TestEnrol_late_asks_for_the_password_through_a_step_up",
			IDs: []string{"AUN-101", "AUN-103", "AUN-104"},
		},
		{
			Name:   "address-moved-twice",
			Attack: "I have taken an account over, change its address twice, and undo the second change.",
			Gain:   "The owner's link to undo the first one is void, and the account is mine.",
			Edit: Edit{
				File: "authn/address_undo.go",
				Old:  "Purpose: identity.TokenUndo, Since: m.token.CreatedAt})",
				New:  "Purpose: identity.TokenUndo})",
			},
			Pkg: "authn", Run: "TestAddress_undo_of_two_changes",
			IDs: []string{"AUN-127"},
		},
		{
			Name:   "address-leaves-sessions",
			Attack: "I have somebody's cookie; they notice, and move to another address.",
			Gain:   "My session goes on.",
			Edit: Edit{
				File: "authn/address.go",
				Old:  "		identity.RaiseEpoch{Scope: identity.UserScope(m.subject), Check: true, From: m.before.User},\n",
				New:  "",
			},
			Pkg: "authn", Run: "TestAddress_confirmed_elsewhere",
			IDs: []string{"AUN-127", "IDN-025"},
		},
		{
			Name:   "name-link-read-by-a-stranger",
			Attack: "A link that adds an address to somebody's account comes to me: they have mistyped theirs, or I look after accounts and have asked for it.",
			Gain:   "My address is one of the account's, and gets a link to a new password.",
			Edit: Edit{
				File: "authn/address.go",
				Old:  "	if login == nil && m.second() {",
				New:  "	if login == nil && m.second() && false {",
			},
			Pkg: "authn", Run: "TestSecondAddress_is_confirmed_by_the_person_alone",
			IDs: []string{"IDN-027", "AUN-115"},
		},
		{
			Name:   "name-removed-links-stay",
			Attack: "They take my mailbox from their account; I have a link to a new password in it.",
			Gain:   "I choose the password.",
			Edit: Edit{
				File: "authn/name.go",
				Old:  "		r.also = voided(u.Subject())",
				New:  "		r.also = nil",
			},
			Pkg: "authn", Run: "TestRemoveName_of_an_address",
			IDs: []string{"IDN-027"},
		},
		{
			Name:   "name-primary-without-a-way-back",
			Attack: "I am in somebody's session with their password: I add my address, make it the primary one, and remove theirs.",
			Gain:   "The owner hears of it and has no link that undoes it.",
			Edit: Edit{
				File: "authn/name.go",
				Old:  "		r.also, r.told = undo, former.Canonical",
				New:  "		r.also, r.told = undo[:0], former.Canonical",
			},
			Pkg: "authn", Run: "TestNames_taken_over_are_given_back",
			IDs: []string{"AUN-127", "IDN-027"},
		},
		{
			Name:   "last-administrator-revoked",
			Attack: "Two administrators fall out, and each takes the role from the other at the same moment.",
			Gain:   "Nobody is one, and the next who starts the server gets a link that makes one.",
			Edit: Edit{
				File: "authn/role.go",
				Old:  "	changes = append(changes,\n		identity.DropGrant{",
				New:  "	changes = append(changes[:0],\n		identity.DropGrant{",
			},
			Pkg: "authn", Run: "TestRevokeRole_of_one_another_64_at_once",
			IDs: []string{"PRD-062", "AUN-110"},
		},
		{
			Name:   "links-from-outside",
			Attack: "I read a link to a new password in a mailbox that the network of its owner keeps me out of.",
			Gain:   "I choose the password, from wherever I am.",
			Edit: Edit{
				File: "authn/reset.go",
				Old:  "	if !admits(ctx, view) { // the link",
				New:  "	if !admits(ctx, view) && false { // the link",
			},
			Pkg: "authn", Run: "TestNetwork_is_asked_when_links_are_used",
			IDs: []string{"IDN-038"},
		},
		{
			Name:   "enrolment-with-the-weaker-factor",
			Attack: "I have a cookie and the password, and put my app in the place of the owner's.",
			Gain:   "The second step is mine, and I never had the first one.",
			Edit: Edit{
				File: "authn/prove.go",
				Old:  "		req.AnyOf = kinds[first:]",
				New:  "		_, req.AnyOf = first, kinds",
			},
			Pkg: "authn", Run: "TestChanges_ask_for_the_strongest_kind",
			IDs: []string{"AUN-104"},
		},
	}
}

// strangers are attempts to find out who has an account.
func strangers() []Entry {
	return []Entry{
		{
			Name:   "stranger-counts-hashes",
			Attack: "I take the time of a sign-in: for nobody no password has to be hashed.",
			Gain:   "The answer for an account takes longer than the one for nobody.",
			Edit: Edit{
				File: "factor/password/verifier.go",
				Old:  "		return factor.Result{Verdict: v.hasher.Dummy(a.Secret).Verdict}",
				New:  "		return factor.Result{Verdict: factor.Rejected}",
			},
			Pkg: ".", Run: "TestAddresses_of_every_kind_look_alike", Says: "hashes 0",
			IDs: []string{"AUN-033", "AUN-I2", "FUZ-063"},
		},
		{
			Name:   "stranger-counts-the-second-sign-up",
			Attack: "I sign up twice with one address and take the time of the second.",
			Gain:   "A budget of mails that is used up costs a write less, and tells whose it is.",
			Edit: Edit{
				File: "authn/budget.go",
				Old:  "		res, levers = spare, others\n",
				New:  "		_ = spare\n		return false, refused\n",
			},
			Pkg: ".", Run: "TestAddresses_of_every_kind_look_alike", Says: "POST /auth/sign-up",
			IDs: []string{"AUN-122", "AUN-I2", "FUZ-065"},
		},
		{
			Name:   "stranger-is-never-locked",
			Attack: "I guess a dozen times and see whether the name locks.",
			Gain:   "Names that lock are accounts.",
			Edit: Edit{
				File: "authn/begin.go",
				Old:  "tb[:], []byte(kind), []byte(canonical)))",
				New:  "tb[:], []byte(kind), []byte(identity.NewUserID(s.entropy).String())))",
			},
			Pkg: ".", Run: "TestAddresses_of_every_kind_look_alike", Says: "POST /auth/sign-in",
			IDs: []string{"AUN-051", "AUN-I11"},
		},
		{
			Name:   "stranger-sees-the-second-step",
			Attack: "I look whether the page says step 1 of 2.",
			Gain:   "Accounts without a second step stand out, and are guessed first.",
			Edit: Edit{
				File: "ui/handlers_signin.go",
				Old:  "	if p.Step == 1 {",
				New:  "	if p.Step == 0 {",
			},
			Pkg: ".", Run: "TestAddresses_of_every_kind_look_alike", Says: "/auth/factor/password",
			IDs: []string{"AUN-031"},
		},
		{
			Name:   "stranger-sees-that-an-address-is-taken",
			Attack: "I sign up with an address and look where the page leads.",
			Gain:   "A taken address has no sign-up waiting behind the page.",
			Edit: Edit{
				File: "authn/signup.go",
				Old:  "	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {\n		return LinkSent{}",
				New:  "	if flow.Decoy {\n		return LinkSent{address.Typed, a.linkLife}, nil\n	}\n	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {\n		return LinkSent{}",
			},
			Pkg: ".", Run: "TestAddresses_of_every_kind_look_alike", Says: "POST /auth/sign-up",
			IDs: []string{"AUN-122", "AUN-I1"},
		},
		{
			Name:   "link-shows-whose-it-is",
			Attack: "I find a link, and look whom it is for.",
			Gain:   "The whole address is on the page of a browser that never asked for the link.",
			Edit: Edit{
				File: "authn/confirm.go",
				Old:  "LinkView{Address: maskAddress(t.Address), NeedsPassword: true, Invited",
				New:  "LinkView{Address: t.Address, NeedsPassword: true, Invited",
			},
			Also: []Edit{{File: "authn/confirm.go", Old: "// maskAddress keeps", New: "var _ = maskAddress\n\n// maskAddress keeps"}},
			Pkg:  "authn", Run: "TestViewLink_consumes_nothing_and_masks_elsewhere",
			IDs: []string{"AUN-126"},
		},
	}
}

// rows are attacks with the database in hand.
func rows() []Entry {
	return []Entry{
		{
			Name:   "credential-row-unauthenticated",
			Attack: "I can write the database, and edit what a credential says of itself: when it was made, whether it is disabled.",
			Gain:   "What the seal of the body does not cover is believed.",
			Edit: Edit{
				File: "factor/vault.go",
				Old:  "	if _, err := v.mac.VerifyAny(row.MAC[:], canonical(row)); err != nil {",
				New:  "	if _, err := v.mac.VerifyAny(row.MAC[:], canonical(row)); err != nil && false {",
			},
			Pkg: ".", Run: "TestAttack_rows_that_are_not_believed", Says: "a row whose time was changed: in",
			IDs: []string{"FAC-003", "FAC-I0"},
		},
		{
			Name:   "role-row-unauthenticated",
			Attack: "I can write the database, and give myself the administrator's role.",
			Gain:   "I am administrator.",
			Edit:   Edit{File: "authn/role.go", Old: "	_, err := g.mac.VerifyAny(row.MAC[:], canonicalGrant(row))\n	return err == nil", New: "	_, err := g.mac.VerifyAny(row.MAC[:], canonicalGrant(row))\n	return err == nil || true"},
			Pkg:    ".", Run: "TestAttack_rows_that_are_not_believed", Says: "the attacker is",
			IDs: []string{"PRD-017"},
		},
		{
			Name:   "link-row-made-up",
			Attack: "I can write the database: I make up a link, store its digest as that of a claim, and open it.",
			Gain:   "I am administrator; or, with somebody's account set back to waiting, I choose its password.",
			Edit:   Edit{File: "authn/token.go", Old: "	_, row.Digest = t.mac.Sum(canonicalToken(row, l))", New: "	row.Digest = l.digest()"},
			Also: []Edit{{
				File: "authn/token.go",
				Old:  "	_, err := t.mac.VerifyAny(row.Digest[:], canonicalToken(row, l))\n	return err == nil",
				New:  "	d := l.digest()\n	return seal.Equal(d[:], row.Digest[:])",
			}, {File: "authn/token.go", Old: "// canonicalToken is", New: "var _ = canonicalToken\n\n// canonicalToken is"}},
			Pkg: "authn", Run: "TestToken_invented_claims_nothing",
			IDs: []string{"FAC-085"},
		},
		{
			Name:   "link-row-edited",
			Attack: "I sign up as myself, and change in the database whose account my link is for.",
			Gain:   "My link gives somebody else's account a password of mine.",
			Edit:   Edit{File: "authn/token.go", Old: "		t[:], u[:], []byte(row.Address), life[:]", New: "		t[:], life[:]"},
			Also:   []Edit{{File: "authn/token.go", Old: "	var life [16]byte", New: "	_ = u\n	var life [16]byte"}},
			Pkg:    "authn", Run: "TestToken_edited_opens_nothing",
			IDs: []string{"FAC-085"},
		},
		{
			Name:   "method-row-without-steps",
			Attack: "I can write the database, and give somebody a method that asks for nothing.",
			Gain:   "Every sign-in of that person, or of the tenant, is a fault of the program.",
			Edit:   Edit{File: "authn/method.go", Old: "		if m.Enabled && passable(m) {", New: "		if m.Enabled {"},
			Pkg:    ".", Run: "TestAttack_rows_that_are_not_believed", Says: "a sign-in answers 500",
			IDs: []string{"AUN-I0"},
		},
	}
}

// rights are attacks on the order of steps and on what a role asks for.
func rights() []Entry {
	return []Entry{
		{
			Name:   "credential-made-during-the-sign-in",
			Attack: "I begin a sign-in, and add a credential from another session before I go on.",
			Gain:   "A step is passed by what did not exist when the sign-in began.",
			Edit:   Edit{File: "authn/verifier.go", Old: " || !before.IsZero() && row.CreatedAt.Truncate(time.Millisecond).After(before) {", New: " {"},
			Pkg:    "authn", Run: "TestCredential_made_during_the_flow_does_not_count",
			IDs: []string{"FAC-007"},
		},
		{
			Name:   "administrator-with-one-factor",
			Attack: "I have an administrator's password, and the tenant asks for nothing else.",
			Gain:   "A password alone opens the console.",
			Edit:   Edit{File: "authn/role.go", Old: "	if !acct.HoldsConsole() {\n		return steps\n	}", New: "	if !acct.HoldsConsole() || true {\n		return steps\n	}"},
			Pkg:    "authn", Run: "TestSignIn_with_a_role_of_the_console_takes_two_factors",
			IDs: []string{"PRD-017"},
		},
		{
			Name:   "reserved-user-signs-in",
			Attack: "I get a row for the system's own user into the table of accounts, and sign in as it.",
			Gain:   "A session of the system principal.",
			Edit:   Edit{File: "authn/begin.go", Old: "	case identity.IsReserved(acct.User.ID): // IDN-I4", New: "	case false && identity.IsReserved(acct.User.ID): // IDN-I4"},
			Pkg:    "authn", Run: "TestBegin_as_a_reserved_user_is_for_nobody",
			IDs: []string{"IDN-I4"},
		},
		{
			Name:   "suspended-in-mid-sign-in",
			Attack: "I am suspended between my first step and my last.",
			Gain:   "The sign-in that was under way goes through.",
			Edit:   Edit{File: "authn/verify.go", Old: "	err := s.ident.Record(ctx, login)\n	if err == nil {", New: "	err := s.ident.Record(ctx, login)\n	if err == nil || true {"},
			Pkg:    "authn", Run: "TestSuspend_without_raise_is_seen_by_the_reread",
			IDs: []string{"AUN-047"},
		},
		{
			Name:   "actor-ends-the-sessions-of-a-person",
			Attack: "I act as somebody else, and end what they have open elsewhere.",
			Gain:   "Whoever supports a person can lock them out of their own devices.",
			Edit:   Edit{File: "authn/sessions.go", Old: "	if login.Actor != nil {", New: "	if login.Actor != nil && false {"},
			Pkg:    "authn", Run: "TestActing_ends_no_session_of_the_person",
			IDs: []string{"AUN-142"},
		},
		{
			Name:   "account-from-a-replica",
			Attack: "I sign in at a copy of the database that has not heard yet that I am suspended.",
			Gain:   "Whoever was put out has some seconds more, and as long as the copy lags.",
			Edit: Edit{
				File: "identity/combine.go",
				Old:  "// TenantByID implements [Lookup].\nfunc (c combined)",
				New:  "// AccountByID implements [Lookup].\nfunc (c combined) AccountByID(ctx context.Context, s Subject) (Account, error) {\n	return c.replica.AccountByID(ctx, s)\n}\n\n// TenantByID implements [Lookup].\nfunc (c combined)",
			},
			Pkg: "sim", Run: "TestReplica_is_not_asked_what_decides", Says: "SIM-061 Linear: model: identity.AccountByID",
			IDs: []string{"IDN-064"},
		},
	}
}
