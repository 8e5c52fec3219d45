// Package blocklist knows passwords that attackers try first: those that many people
// have used, and those that a breach has made known.
//
// Three lists, each a [password.Blocklist] of its sibling package:
//
//	common := blocklist.Common()                                   // 100,000, in the program
//	house, err := blocklist.Open("words.txt")                      // your own, one on each line
//	breached, err := blocklist.NewRange(blocklist.RangeConfig{Clock: clk})
//
//	known, err := common.Contains(ctx, secret)
//
// What is compared is the whole password without regard to case, never a part of it: a
// word of a long sentence is no reason to refuse the sentence. Short lists are enough
// for that, because guessing through a sign-in is bounded; a [Range] asks for all that
// is known, and tells the server five of the forty digits of a SHA-1 digest.
//
// Common holds no password in clear: it is 48 bits of a digest of each. One password in
// three billion is taken for one of them by chance.
//
// Requirements: FAC-021.
package blocklist
