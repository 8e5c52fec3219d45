package main

// tokens are attacks with JSON Web Tokens, with the keys that verify them, and on the
// way to those keys.
func tokens() []Entry {
	return []Entry{
		{
			Name:   "token-algorithm-of-the-header",
			Attack: "I sign a token with one of the issuer's keys under an algorithm that the key was not made for.",
			Gain:   "The header decides how a key is used, and a weaker way than the issuer's is enough.",
			Edit: Edit{
				File: "jwt/key.go",
				Old:  "return k.pub != nil && (k.alg == nil || k.alg == m) && m.fits(k.pub)",
				New:  "return k.pub != nil && m.fits(k.pub)",
			},
			Pkg: "jwt", Run: "TestVerify_binds_the_algorithm_to_the_key", Says: "alg PS256 with key RS256",
			IDs: []string{"WKL-014", "OAU-031"},
		},
		{
			Name:   "token-without-end",
			Attack: "I get a token whose exp is left out, or is a word, and use it for years.",
			Gain:   "A check is passed because there was nothing to check.",
			Edit: Edit{
				File: "jwt/verifier.go",
				Old:  "	case c.Expires.IsZero():\n		return refuse(MissingClaim, \"exp\")\n",
				New:  "	case c.Expires.IsZero():\n		return nil\n",
			},
			Pkg: "jwt", Run: "TestVerify_requires_every_pinned_claim", Says: "want \"missing_claim\"",
			IDs: []string{"WKL-016"},
		},
		{
			Name:   "token-names-by-case",
			Attack: "I have the issuer sign a claim \"SUB\" that it lets me choose.",
			Gain:   "A reader that folds case takes it for sub, and me for somebody else.",
			Edit: Edit{
				File: "jwt/claims.go",
				Old:  "switch string(name) {\n		case \"iss\":",
				New:  "switch string(bytes.ToLower(name)) {\n		case \"iss\":",
			},
			Pkg: "jwt", Run: "TestVerify_requires_every_pinned_claim", Says: "EXP",
			IDs: []string{"WKL-011", "OAU-034"},
		},
		{
			Name:   "token-name-twice",
			Attack: "I bring a token in which a claim stands twice, once as the gateway in front reads it and once as the program does.",
			Gain:   "One checks the first, the other believes the last.",
			Edit: Edit{
				File: "internal/strictjson/scan.go",
				Old:  "				s.pos = start\n				return Duplicate\n",
			},
			Pkg: "jwt", Run: "TestVerify_takes_one_form_and_no_other", Says: "duplicate",
			IDs: []string{"WKL-011", "OAU-034"},
		},
		{
			Name:   "token-of-another-class",
			Attack: "I take a logout token, which anybody's server may see, and present it as proof of who I am.",
			Gain:   "One kind of token passes as another of the same issuer.",
			Edit: Edit{
				File: "jwt/verifier.go",
				Old:  "case !slices.Contains(v.cfg.Types, mediaType(h.typ)), h.typed && h.typ == \"\":",
				New:  "case h.typed && h.typ == \"\":",
			},
			Pkg: "jwt", Run: "TestVerify_takes_one_form_and_no_other", Says: "logout",
			IDs: []string{"WKL-021", "OAU-033"},
		},
		{
			Name:   "token-second-spelling",
			Attack: "I use up a token once, change bits at the end of its signature that mean nothing, and use it again.",
			Gain:   "Whoever remembers tokens by their text takes it for another one.",
			Edit: Edit{
				File: "jwt/compact.go",
				Old:  "base64.RawURLEncoding.Strict()",
				New:  "base64.RawURLEncoding",
			},
			Pkg: "jwt", Run: "TestVerify_takes_one_form_and_no_other", Says: "stray",
			IDs: []string{"WKL-010"},
		},
		{
			Name:   "token-used-by-others",
			Attack: "At an issuer of mine I sign a token with the jti of somebody else's, and use it first.",
			Gain:   "Theirs counts as used.",
			Edit: Edit{
				File: "jwt/replay.go",
				Old:  "for _, s := range [...]string{issuer, jti} {",
				New:  "for _, s := range [...]string{jti} {",
			},
			Pkg: "jwt", Run: "TestNewReplayKey_is_of_issuer_and_name_together", Says: "are one",
			IDs: []string{"WKL-022"},
		},
		{
			Name:   "token-used-twice",
			Attack: "I copy a token that is good for one use and bring it after its owner.",
			Gain:   "It is good for as many uses as I like.",
			Edit: Edit{
				File: "jwt/replays.go",
				Old:  "		return false, nil\n",
				New:  "		return true, nil\n",
			},
			Pkg: "jwt", Run: "TestReplays_keep_to_the_contract", Says: "want false",
			IDs: []string{"WKL-022"},
		},
		{
			Name:   "keys-asked-by-anybody",
			Attack: "I send tokens that name keys which nobody has, as fast as I can.",
			Gain:   "Each has the server ask the issuer, which then shuts it out.",
			Edit: Edit{
				File: "jwt/remote.go",
				Old:  "		if r.attempted && mono-r.attempt < r.cfg.Interval {",
				New:  "		if r.attempted && mono-r.attempt < 0 {",
			},
			Pkg: "jwt", Run: "TestRemoteKeys_ask_once_however_many_bad_tokens_come",
			IDs: []string{"WKL-032", "OAU-024"},
		},
		{
			Name:   "keys-of-a-dead-issuer",
			Attack: "I keep the server from reaching an issuer that has withdrawn a key which I have stolen.",
			Gain:   "The key is good for as long as I can keep that up.",
			Edit: Edit{
				File: "jwt/remote.go",
				Old:  "	case age > r.cfg.MaxStale:\n		return r.wait(ctx, f)\n",
			},
			Pkg: "jwt", Run: "TestRemoteKeys_go_on_with_the_last_good_set_for_a_day", Says: "after a day",
			IDs: []string{"WKL-035", "OAU-027"},
		},
		{
			Name:   "keys-of-another-issuer",
			Attack: "Under an address of a shared host I publish a discovery document that names another issuer.",
			Gain:   "My keys verify tokens of that issuer.",
			Edit: Edit{
				File: "jwt/discovery.go",
				Old:  "	if says != issuer {\n		return \"\", fmt.Errorf(\"%w: of another issuer\", ErrDiscovery)\n	}\n",
				New:  "	_ = says\n",
			},
			Pkg: "jwt", Run: "TestRemoteKeys_discover_where_keys_are", Says: "another issuer",
			IDs: []string{"WKL-034", "OAU-020"},
		},
		{
			Name:   "token-of-another-holder",
			Attack: "I have stolen a token that is bound to a certificate, and present it over a connection of my own.",
			Gain:   "A token that only its holder may use is good for me.",
			Edit: Edit{
				File: "jwt/verifier.go",
				Old:  "	if claims.bound != nil && !boundTo(claims.bound, peer) {\n		return nil, refuse(Binding, \"cnf\")\n	}\n",
			},
			Pkg: "jwt", Run: "TestVerifyFrom_takes_a_bound_token_from_its_holder_alone", Says: "from another",
			IDs: []string{"WKL-025"},
		},
		{
			Name:   "token-of-one-issuer-by-another",
			Attack: "I am one of several issuers, and sign a token in the name of another.",
			Gain:   "Whoever may vouch for some vouches for all.",
			Edit: Edit{
				File: "jwt/issuers.go",
				Old:  "		if v := s.of[iss]; v != nil {\n",
				New:  "		_ = iss\n		for _, v := range s.of {\n",
			},
			Pkg: "jwt", Run: "TestIssuers_judge_a_token_by_the_keys_of_whom_it_names", Says: "want",
			IDs: []string{"WKL-015", "FAC-I10"},
		},
		{
			Name:   "fetch-into-the-network",
			Attack: "I name an issuer whose name leads to an address inside: the metadata service, a database, the program itself.",
			Gain:   "The server asks it for me.",
			Edit: Edit{
				File: "internal/safehttp/client.go",
				Old:  "	return func(_ context.Context, _, address string, _ syscall.RawConn) error {\n",
				New:  "	return func(_ context.Context, _, address string, _ syscall.RawConn) error {\n		if host != \"\" {\n			return nil\n		}\n",
			},
			Pkg: "internal/safehttp", Run: "TestDo_makes_no_connection_to_an_address_inside",
			IDs: []string{"OAU-014"},
		},
	}
}
