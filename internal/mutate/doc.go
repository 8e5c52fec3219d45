// Package mutate measures whether tests would notice: it plants small faults in
// a package, one at a time, runs the tests on each, and lists the faults that no
// test saw. `make mutate` runs it on the packages that guard something and
// writes docs/mutation.md; internal/cmd/mutate is the command.
//
//	pkg, err := mutate.Load(ctx, root, "seal")
//	schema, err := mutate.Instrument(pkg)       // all faults at once, each behind a switch
//	result, err := mutate.Run(ctx, schema, mutate.Options{Jobs: 2})
//	for _, o := range result.Outcomes { … }     // Killed, Lived, TimedOut, KilledBy
//
// It is not a fuzzer, and not the place for faults that somebody thought up for
// one line: those are kept where the invariants are.
//
// # How it is fast
//
// No fault is compiled alone. The sources are instrumented once, each fault
// behind a switch that is off ("if !mutantOn(19) && (expired) {"), type-checked,
// and given to `go test -c` through an overlay, so that the working tree is never
// touched. One test binary then runs once per fault, with the number of the fault
// in its environment. Before that each test runs alone and notes which switches
// it reaches: a fault is tried only on the tests that reach it, the tests that
// reach the least first; one that nothing reaches has lived.
//
// # Operators
//
//	body-zero      the function returns zero values at once (no error, no effect)
//	body-true      the function that answers a bool says true
//	never          the condition of an if, or a case of a switch without tag, never holds
//	always         the body of an if that does not leave the function always runs
//	drop-operand   one operand of && or || is dropped
//	boundary       < and <=, > and >=, Before and !After exchanged
//	negate         == and != exchanged (comparisons with nil: see never)
//	delete-call    a call statement or a defer is dropped
//	delete-assign  an assignment is dropped
//	skip-step      a step that can fail is skipped (if err := f(); err != nil { … })
//	swallow-error  the error is dropped from what is returned
//	always-equal   a comparison in constant time says equal
//	swap-label     a key label, prefix or digest use is replaced by its neighbour
//	empty-aad      a record is sealed or opened without associated data
//	swap-steps     two adjacent steps of which one can fail change places
//	swap-entries   two adjacent functions of a list change places
//
// # What is left alone
//
// Methods that make text for people (String, GoString, Error, Format, LogValue):
// a test of their words pins words. Calls that count or log: nothing decides by
// them. Locking: a lock that is missing is the race detector's to find, an unlock
// that is missing only hangs. Wiping (clear of bytes): it is best effort, and what
// is gone from memory cannot be seen from Go. Ending a context: what is left is a
// timer, and vet finds it. Panics: dropping one reaches code that the compiler
// takes for unreachable. What is exempt here is not counted at all.
//
// # Equivalent faults
//
// A fault that changes nothing anybody can observe is listed in equivalent.txt
// with the reason. An entry that matches no fault, or one that a test kills,
// fails the run.
//
// # Score
//
// Killed / (killed + lived). Time-outs are in neither part; above 2 % of the
// faults they void the score. A fault that the package's own tests miss may be
// caught by those of a package above it: the table [Wider] says where that is
// looked for, and the report tells the two apart.
//
// Owns FUZ-050, FUZ-052 and FUZ-053 so far.
package mutate
