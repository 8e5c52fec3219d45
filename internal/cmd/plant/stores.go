package main

// stores are bugs of what a store answers, of which hardly anything need come: they show
// at the call, or not at all.
func stores() []bug {
	return []bug{
		{
			name:   "update-overwrites-what-is-newer",
			lesson: "An update asks whether the session is older than what it was made from, and not whether it is newer.",
			ids:    []string{"SES-100", "SES-102"}, breaks: []string{linear},
			edits: []edit{{
				File: "store/memory/session.go",
				Old:  "	if e.bound().superseded || e.rev != prevRev {",
				New:  "	if e.bound().superseded || e.rev < prevRev {",
			}},
		},
		{
			name:   "clear-forgets-what-is-in-flight",
			lesson: "A sign-in that succeeds forgets the guesses that are just being judged: whoever guesses beside it has them for nothing.",
			ids:    []string{"AUN-044", "AUN-050"}, breaks: []string{linear},
			edits: []edit{{
				File: "internal/lever/lever.go",
				Old:  "	l.fails, l.level, l.until, l.last, l.refused = nil, 0, time.Time{}, time.Time{}, 0",
				New:  "	l.fails, l.level, l.until, l.last, l.refused, l.flight = nil, 0, time.Time{}, time.Time{}, 0, nil",
			}},
		},
		{
			name:   "last-login-goes-back",
			lesson: "A server whose clock is behind says that somebody has signed in last before they did.",
			ids:    []string{"IDN-060"}, breaks: []string{linear},
			edits: []edit{{
				File: "internal/changeset/people.go",
				Old:  "		if c.At.After(u.User.LastLoginAt) {\n			u.User.LastLoginAt = c.At\n		}",
				New:  "		u.User.LastLoginAt = c.At",
			}},
		},
		{
			name:   "sqlite-overwrites-what-is-newer",
			lesson: "An update in SQL is conditioned on a revision that may be newer than the one it was made from.",
			ids:    []string{"SES-100", "SES-102"}, breaks: []string{linear},
			edits: []edit{{
				File: "internal/sqlstore/session.go",
				Old:  "WHERE ref = ? AND rev = ? AND superseded = 0 AND ends_at > ?`\n\n	selectLife",
				New:  "WHERE ref = ? AND rev >= ? AND superseded = 0 AND ends_at > ?`\n\n	selectLife",
			}},
		},
		{
			name:   "account-from-a-replica",
			lesson: "What a sign-in is decided by, the account, is read from a copy that may be old.",
			ids:    []string{"IDN-064"}, breaks: []string{linear},
			edits: []edit{{
				File: "identity/combine.go",
				Old:  "// TenantByID implements [Lookup].\nfunc (c combined)",
				New:  "// AccountByID implements [Lookup].\nfunc (c combined) AccountByID(ctx context.Context, s Subject) (Account, error) {\n	return c.replica.AccountByID(ctx, s)\n}\n\n// TenantByID implements [Lookup].\nfunc (c combined)",
			}},
		},
	}
}
