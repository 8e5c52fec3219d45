package main

// stepUps are attacks by whoever has somebody's session, and not their factors.
func stepUps() []Entry {
	return []Entry{
		{
			Name:   "step-up-chosen-weaker",
			Attack: "I have a stolen cookie and am asked for the app; I choose the method that asks for less.",
			Gain:   "What was demanded is replaced by what I can answer.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "	if _, over := state.Base(); over {\n		return nil, ErrMethodUnknown",
				New:  "	if _, over := state.Base(); over && false {\n		return nil, ErrMethodUnknown",
			},
			Pkg: "authn", Run: "TestStepUp_refusals", Says: "choosing",
			IDs: []string{"AUN-100"},
		},
		{
			Name:   "step-up-proved-long-ago",
			Attack: "I found a browser that was left open; the codes were entered this morning.",
			Gain:   "A factor of any age answers, so that whoever sits there changes everything.",
			Edit:   Edit{File: "authn/requirement.go", Old: "		return now.Sub(e.At) > r.age()", New: "		return now.Sub(e.At) > r.age()+24*time.Hour"},
			Pkg:    "authn", Run: "TestMeets_what_is_fresh", Says: "a millisecond later",
			IDs: []string{"AUN-103", "AUN-I13"},
		},
		{
			Name:   "step-up-old-factors-add-up",
			Attack: "I found a browser that was left open, asked for both factors, and know the password.",
			Gain:   "The code that was entered this morning is taken for the second one.",
			Edit: Edit{
				File: "authn/stepup.go",
				Old:  "req.met(fresh) && here(fresh) }, fresh, now)",
				New:  "req.met(fresh) && here(fresh) }, login.Evidence, now)",
			},
			Pkg: "authn", Run: "TestStepUp_in_any_order", Says: "answered by",
			IDs: []string{"AUN-I13"},
		},
		{
			Name:   "step-up-for-somebody-else",
			Attack: "I may act as a person to help them, and answer a step-up in their name.",
			Gain:   "A helper does what only the person's own factors allow.",
			Edit:   Edit{File: "authn/stepup.go", Old: "	if login.Actor != nil {\n		return StepUpImpossible", New: "	if login.Actor != nil && false {\n		return StepUpImpossible"},
			Pkg:    "authn", Run: "TestStepUp_not_for_somebody_else",
			IDs: []string{"AUN-142"},
		},
		{
			Name:   "step-up-met-by-a-helper",
			Attack: "I act as a person who proved their factors a moment ago, or signed in myself a moment ago.",
			Gain:   "A guard that asks for a fresh factor takes one that is not mine, or not theirs.",
			Edit:   Edit{File: "authn/requirement.go", Old: "	return login != nil && login.Actor == nil &&", New: "	return login != nil &&"},
			Pkg:    "authn", Run: "TestMeets_nothing", Says: "in the name of somebody else",
			IDs: []string{"AUN-142", "AUN-I13"},
		},
		{
			Name:   "step-up-guessed-on",
			Attack: "I have a stolen cookie, and guess codes in the step-up until one is right.",
			Gain:   "The lock never sends me back, and nobody is told.",
			Edit:   Edit{File: "authn/verify.go", Old: "	if loginOf(sess.State()) != nil && locked {", New: "	if loginOf(sess.State()) != nil && locked && false {"},
			Pkg:    "authn", Run: "TestStepUp_failures",
			IDs: []string{"AUN-101"},
		},
		{
			Name:   "step-up-keeps-the-thief",
			Attack: "The program ends a login whose step-up was guessed at; I go on with the cookie.",
			Gain:   "A stolen session outlives the alarm that it has set off.",
			Edit:   Edit{File: "authn/stepup.go", Old: "	if s.endOnStepUp {", New: "	if s.endOnStepUp && false {"},
			Pkg:    "authn", Run: "TestStepUp_failures", Says: "ends true",
			IDs: []string{"AUN-101"},
		},
		{
			Name:   "step-up-clears-the-guesses",
			Attack: "I know the password, have a stolen cookie, and prove the password between any four codes that I guess.",
			Gain:   "The count begins anew as often as I like.",
			Edit: Edit{
				File: "authn/stepup.go",
				Old:  "	s.settle(ctx, a, Passed)\n	s.renew(ctx, a, j)\n	return Completed",
				New:  "	s.settle(ctx, a, Cleared)\n	s.renew(ctx, a, j)\n	return Completed",
			},
			Pkg: "authn", Run: "TestStepUp_neither_costs_nor_clears_guesses", Says: "the fifth failure",
			IDs: []string{"AUN-059", "AUN-101"},
		},
		{
			Name:   "step-up-code-used-in-all-logins",
			Attack: "I have a code that was read to me on the phone, and use it in many sessions at once.",
			Gain:   "One code lifts them all.",
			Edit:   Edit{File: "authn/verify.go", Old: "	switch err := s.ident.Record(ctx, changes...); {", New: "	switch err := error(nil); {"},
			Pkg:    "authn", Run: "TestStepUp_one_code_in_16_logins",
			IDs: []string{"AUN-043", "AUN-I13"},
		},
	}
}
