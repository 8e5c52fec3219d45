package main

// sessions are bugs of what keeps people signed in, and ends it.
func sessions() []bug {
	return []bug{
		{
			name:   "load-error-is-a-guest",
			lesson: "A store that does not answer while a session is loaded makes its owner a guest with a new cookie: one hiccup signs everybody out for good.",
			ids:    []string{"SES-066", "SES-067"}, breaks: []string{"SIM-I08"},
			edits: []edit{{
				File: "session/load.go",
				Old:  "	case err != nil:\n		return loadUnavailable, false, err\n	}\n	// Before the bytes",
				New:  "	case err != nil:\n		return loadAbsent, false, nil\n	}\n	// Before the bytes",
			}},
		},
		{
			name:   "sign-out-swallows-errors",
			lesson: "A sign-out says that it worked while the store has not deleted the session.",
			ids:    []string{"SES-074", "SES-199"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "session/transition.go",
				Old:  "	if err := s.m.end(ctx, base, also); err != nil {\n		s.withdraw(base, err)\n		return fmt.Errorf(\"session: logout: %w\", err)\n	}",
				New:  "	if err := s.m.end(ctx, base, also); err != nil {\n		s.m.log.WarnContext(ctx, \"session: logout\", \"error\", err)\n	}",
			}},
		},
		{
			name:   "save-by-upsert",
			lesson: "A slow request writes its session back after another tab has signed out, and the old cookie works again.",
			ids:    []string{"SES-100", "SES-103"}, breaks: []string{"SIM-I03", "SIM-I09"},
			edits: []edit{{
				File: "store/memory/session.go",
				Old:  "	sealed := bytes.Clone(rec.Sealed)\n	part := &s.b.sessions[shardOf(rec.Ref)]\n	part.Lock()",
				New:  "	sealed := bytes.Clone(rec.Sealed)\n	if l := s.b.lock(); l.get(rec.Ref) == nil {\n		l.put(newEntry(&rec, &session.Claim{Now: now}))\n		l.unlock()\n		return nil\n	} else {\n		l.unlock()\n	}\n	part := &s.b.sessions[shardOf(rec.Ref)]\n	part.Lock()",
			}},
		},
		{
			name:   "old-id-stays",
			lesson: "A session gets a new id and the old one goes on working beside it.",
			ids:    []string{"SES-106", "SES-226"}, breaks: []string{"SIM-I10", "SIM-I18"},
			edits: []edit{{
				File: "store/memory/claim.go",
				Old:  "	} else {\n		l.remove(old)\n	}",
				New:  "	}",
			}, {
				File: "store/memory/claim.go",
				Old:  "	if grace > 0 {\n		l.supersede(",
				New:  "	if false {\n		l.supersede(",
			}},
		},
		{
			name:   "epoch-not-asked",
			lesson: "Sessions are not compared with the epochs that end them: only routes that ask for it notice a revocation.",
			ids:    []string{"SES-195", "AUN-094"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				File: "session/load.go",
				Old:  "	if !out.body.epochs.Covers(current.Epochs) {",
				New:  "	if !out.body.epochs.Covers(current.Epochs) && out.superseded {",
			}},
		},
		{
			name:   "claim-without-epochs",
			lesson: "A session is registered without looking whether its person was revoked since the sign-in began: a password that was just changed still lets somebody in.",
			ids:    []string{"SES-201", "AUN-047"}, breaks: []string{"SIM-I03"},
			edits: []edit{{
				// What the login is stamped with, and registered under, is what holds when
				// it is complete and not when it began.
				File: "session/transition.go",
				Old:  "	state, effect, err := machine.Next(base.body.state, ev, now)",
				New:  "	if e, completes := ev.(machine.Complete); completes {\n		if f, ok := base.body.state.(machine.Authenticating); ok && machine.FlowOf(f).Base == nil {\n			if e.Epochs, err = m.store.Epochs(ctx, machine.FlowOf(f).Subject); err != nil {\n				return machine.Effect{}, err\n			}\n			ev = e\n		}\n	}\n	state, effect, err := machine.Next(base.body.state, ev, now)",
			}},
		},
		{
			name:   "no-absolute-deadline",
			lesson: "Whoever uses a session often enough keeps it for ever.",
			ids:    []string{"SES-228", "SES-021"}, breaks: []string{"SIM-I11"},
			edits: []edit{{
				File: "session/load.go",
				Old:  "	if !now.Before(out.idle) || !now.Before(out.body.absolute) {",
				New:  "	if !now.Before(out.idle) {",
			}, {
				File: "store/memory/entry.go",
				Old:  "func (e *entry) end() int64 { return min(e.idle.Load(), e.absUntil) }",
				New:  "func (e *entry) end() int64 { return e.idle.Load() }",
			}, {
				File: "session/snapshot.go",
				Old:  "	if until.After(b.absolute) {\n		until = b.absolute\n	}",
				New:  "",
			}},
		},
		{
			name:   "no-idle-deadline",
			lesson: "A session that nobody has used for hours still opens.",
			ids:    []string{"SES-228", "SES-021"}, breaks: []string{"SIM-I11"},
			edits: []edit{{
				File: "session/load.go",
				Old:  "	if !now.Before(out.idle) || !now.Before(out.body.absolute) {",
				New:  "	if !now.Before(out.body.absolute) {",
			}, {
				File: "store/memory/entry.go",
				Old:  "func (e *entry) end() int64 { return min(e.idle.Load(), e.absUntil) }",
				New:  "func (e *entry) end() int64 {\n	if e.bound().superseded {\n		return e.idle.Load()\n	}\n	return e.absUntil\n}",
			}},
		},
		{
			name:   "new-id-renews-the-deadline",
			lesson: "A new session id brings a new lifetime with it, so that a session renews itself.",
			ids:    []string{"SES-228"}, breaks: []string{"SIM-I11"},
			edits: []edit{{
				File: "session/transition.go",
				Old:  "		b.epochs = login.Epochs // created and absolute never move within one login",
				New:  "		b.created, b.absolute, b.epochs = now, now.Add(m.timesOf(state).Absolute), login.Epochs",
			}},
		},
		{
			name:   "reading-does-not-count",
			lesson: "Only writes count as activity: who reads for twenty minutes is signed out.",
			ids:    []string{"SES-229"}, breaks: []string{"SIM-I08"},
			edits: []edit{{
				File: "session/commit.go",
				Old:  "	s.touch(ctx, cur, now)\n	return nil\n}",
				New:  "	_ = now\n	return nil\n}",
			}},
		},
		{
			name:   "sign-out-ends-everything",
			lesson: "Signing out in one browser signs the person out in all of them.",
			ids:    []string{"AUN-090"}, breaks: []string{"SIM-I08"},
			edits: []edit{{
				File: "session/transition.go",
				Old:  "		if err := m.endLogin(ctx, login.Subject, login.Login, base.ref, also); err != nil || login.Actor == nil {",
				New:  "		if err := m.raise(ctx, identity.UserScope(login.Subject), also); err != nil || login.Actor == nil {",
			}},
		},
		{
			name:   "revision-not-asked",
			lesson: "A write does not say what it was made from: of two requests the slower undoes what the other has written.",
			ids:    []string{"SES-100", "SES-102"}, breaks: []string{"SIM-I09"},
			edits: []edit{{
				File: "store/memory/session.go",
				Old:  "	if e.bound().superseded || e.rev != prevRev {",
				New:  "	if e.bound().superseded {",
			}, {
				File: "store/memory/claim.go",
				Old:  "	if was.bound().superseded || was.rev != prevRev {",
				New:  "	if was.bound().superseded {",
			}},
		},
		{
			name:   "superseded-for-a-day",
			lesson: "The grace in which an old id is taken for its successor never ends.",
			ids:    []string{"SES-106", "SES-227"}, breaks: []string{"SIM-I18"},
			edits: []edit{{
				File: "store/memory/claim.go",
				Old:  "		l.supersede(was, next.Ref, c.Now.Add(grace))",
				New:  "		l.supersede(was, next.Ref, c.Now.Add(grace+24*time.Hour))",
			}},
		},
	}
}
