package main

// faults are defences against stores that fail, and processes that stop, at
// the worst moment. Most of them are missed by the walk under faults: every
// request of an account's life, under every fault at every call that it makes.
func faults() []Entry {
	walk := func(step string) string { return "TestFaults_around_every_call/memory/" + step + "$" }
	return []Entry{
		{
			Name:   "sign-out-error-swallowed",
			Attack: "I have copied a cookie; its owner signs out while the database stumbles.",
			Gain:   "The owner reads that they are signed out, and the copy goes on working.",
			Edit: Edit{
				File: "authn/sessions.go",
				Old:  "if err := sess.Logout(ctx, rows...); err != nil {",
				New:  "if err := sess.Logout(ctx, rows...); err != nil && false {",
			},
			Pkg: ".", Run: walk("signs_out"), Says: "a success that did not happen",
			IDs: []string{"SES-074", "SES-199"},
		},
		{
			Name:   "others-ended-before-commit",
			Attack: "I am signed in elsewhere; the owner ends all other sessions while the database stumbles.",
			Gain:   "The owner reads that the others have ended, and they have not.",
			Edit: Edit{
				File: "authn/sessions.go",
				Old:  "\t\tAlso: append(s.events.othersEnded(ctx, login), note...),\n\t})\n\tif err != nil {",
				New:  "\t\tAlso: append(s.events.othersEnded(ctx, login), note...),\n\t})\n\tif err != nil && false {",
			},
			Pkg: ".", Run: walk("ends_the_others"), Says: "a success that did not happen",
			IDs: []string{"SES-199", "SES-206"},
		},
		{
			Name:   "guess-refunded-on-error",
			Attack: "I guess while I keep the ledger busy, so that some settlements fail.",
			Gain:   "Every guess whose settlement failed was free.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "// Unsettled, the reservation turns into a failure by itself.\n",
				New:  "_ = s.ledger.Release(ctx, a.res, a.now)\n",
			},
			Pkg: ".", Run: walk("guesses_passwords"), Says: "guesses were told that they are wrong",
			IDs: []string{"AUN-050"},
		},
		{
			Name:   "ledger-outage-lets-guess",
			Attack: "I guess while the attempt ledger is down.",
			Gain:   "Nothing counts my guesses.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "res, err := s.ledger.Reserve(ctx, attempt, now)\n\tif err != nil {",
				New:  "res, err := s.ledger.Reserve(ctx, attempt, now)\n\tif err != nil && !errors.Is(err, store.ErrUnavailable) {",
			},
			Pkg: ".", Run: walk("guesses_passwords"), Says: "guesses were told that they are wrong",
			IDs: []string{"AUN-060"},
		},
		{
			Name:   "code-spent-later-or-never",
			Attack: "I have read a one-time code over a shoulder; its owner uses it while the database stumbles.",
			Gain:   "The code signs me in as well, because nobody wrote down that it is spent.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "case err != nil && len(j.writes) > 0:",
				New:  "case err != nil && len(j.writes) > 0 && false:",
			},
			Pkg: ".", Run: walk("shows_a_code"), Says: "a code that has signed in is worth something",
			IDs: []string{"AUN-042", "AUN-043"},
		},
		{
			Name:   "cookie-of-a-record-in-doubt",
			Attack: "I wait for an outage in the middle of sign-ins.",
			Gain:   "Browsers are given cookies that name nothing, and cannot post their form again.",
			Edit: Edit{
				File: "session/transition.go",
				Old:  "if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrConflict) {",
				New:  "if true {",
			},
			Pkg: ".", Run: walk("signs_in"), Says: "sets a cookie without a record",
			IDs: []string{"SES-074", "STO-061"},
		},
		{
			Name:   "outage-reads-as-signed-out",
			Attack: "I slow the database down until reads fail.",
			Gain:   "Everybody is sent to sign in, and types a password.",
			Edit: Edit{
				File: "session/load.go",
				Old:  "return loadUnavailable, false, err",
				New:  "return loadAbsent, false, nil",
			},
			Pkg: ".", Run: walk("reads_the_account"), Says: "sent to sign in by a blink",
			IDs: []string{"SES-066", "SES-067"},
		},
		{
			Name:   "answer-sent-though-commit-failed",
			Attack: "I fill the disk.",
			Gain:   "Pages are shown whose data was never stored: a key for an app that the server does not know.",
			Edit: Edit{
				File: "session/commit.go",
				Old:  "\"ref\", cur.ref, \"error\", err)\n\t\tproblem.Replace(head, problem.Unavailable)\n\t\treturn\n\t}\n\th := head.Header()",
				New:  "\"ref\", cur.ref, \"error\", err)\n\t}\n\th := head.Header()",
			},
			Pkg: ".", Run: walk("opens_an_enrolment"),
			IDs: []string{"SES-075"},
		},
		{
			Name:   "sign-up-promised-and-lost",
			Attack: "I sign up while the database stumbles.",
			Gain:   "A mail is promised that nobody will send, for an account that is not there.",
			Edit: Edit{
				File: "authn/signup.go",
				Old:  "body: body, now: a.clock.Now()})\n\tif err != nil {",
				New:  "body: body, now: a.clock.Now()})\n\tif err != nil && false {",
			},
			Pkg: ".", Run: walk("sign_up"),
			IDs: []string{"AUN-122"},
		},
		{
			Name:   "doubled-message-is-a-fault",
			Attack: "I drop acknowledgements between the program and its database, so that messages are sent twice.",
			Gain:   "Ordinary requests end as faults of the program, which page its operators.",
			Edit: Edit{
				File: "ui/handlers.go",
				Old:  "errors.Is(err, store.ErrExists),\n",
				New:  "",
			},
			Pkg: ".", Run: walk("keeps_a_language"), Says: "a fault of the storage answered 500",
			IDs: []string{"STO-061"},
		},
	}
}
