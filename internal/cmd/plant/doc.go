// Command plant measures the simulator: it plants a bug that others have had into the
// product, has simulated worlds run on that, and demands that they find it, by the
// invariant that it breaks, within two million steps.
//
//	go run ./internal/cmd/plant                # every bug; make plants
//	go run ./internal/cmd/plant -only 'totp'   # bugs whose name matches; make plants ONLY=totp
//	go run ./internal/cmd/plant -story -only x # with the story of the world that found it
//	go run ./internal/cmd/plant -duels         # by the duels that are about them
//
// The table is one file for each area. A bug is an edit of the product that reaches
// the compiler as an overlay; the working tree is not touched. What was found and after
// how many steps stands in docs/planted-bugs.md, which this command writes; a test
// holds table, page and tree together without running anything.
//
// It differs from internal/cmd/weaken, where one test is named for each defence: here
// nobody says where to look. People and attackers do what they always do, and the bug
// must show in what comes of it.
//
// Owns SIM-070 so far: bugs from the lessons about sessions, identity and sign-in.
package main
