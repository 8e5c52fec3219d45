// Package bench measures axess beside what a Go program would otherwise use.
//
// It is a module of its own: peers never enter the library's graph. Figures from
// two runs are not comparable, so every contest runs all its contestants in
// turn, round after round, in one process, and what counts is the median of the
// ratios within the rounds.
//
//	make bench             // everything, prints the table, writes bench/RESULTS.md
//	go run ./cmd/compare -contest read,csrf -rounds 3
//	go test -run '^$' -bench Read/axess -cpuprofile cpu.out .
//
// Each contestant is used the way its own documentation says and is given the
// same work: the same request, the same record, the same answer. Before anything
// is measured [Contest.Check] asks each one for that answer, because a middleware
// that does nothing is fast.
//
// It is not a test: no figure fails a build. The program says met or missed, and
// a person judges.
//
// Requirements: SES-243, UIX-008.
package bench
