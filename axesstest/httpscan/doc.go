// Package httpscan holds every HTTP answer against one set of rules: cookies,
// caching, security headers, redirects, refusals, and secrets that must be
// nowhere (ASR-009).
//
// It stands between a test and its program, on either side of the network, and
// reports when the test ends:
//
//	scan := httpscan.For(t, httpscan.Config{Origins: []string{"https://app.example.com"}})
//	scan.Secret("api key", apiKey)                // may occur in no answer and no log line
//	srv := httptest.NewServer(scan.Handler(app))  // sees what handlers write, or
//	client.Transport = scan.Transport(nil)        // sees what arrives
//	log := slog.New(slog.NewJSONHandler(scan.Log(os.Stderr), nil))
//
// Passwords and link tokens that a client sends, and the values of cookies that
// no script may read, are taken for secrets without being told.
//
// A test that provokes a finding on purpose says so, with its reason; an
// exception that excused nothing is itself reported, so that none outlives its
// cause:
//
//	scan.Except(httpscan.Banner, "/legacy", "the old server sits behind this path until spring")
//
// Findings are values (rule, place, what was seen, cure), for programs that want
// them otherwise than as failed tests: make a [Scanner] with [New] and read
// [Scanner.Findings].
//
// It is not a crawler and sends nothing: what no test asks for is not looked at.
// What a program answers to an attacker is the business of axesstest.Attack,
// which runs under these rules.
//
// Requirements: ASR-009, ASR-011 (its part).
package httpscan
