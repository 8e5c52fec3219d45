// Package attack holds attacks on the wired program: what somebody with a
// browser, a sibling host, a socket or the database itself can try against
// sessions and the web edge, carried out against axess.New with its handler and
// pages, on every backend that ships.
//
// It is tests alone. An attack on one layer stands with that layer; what is here
// needs several of them, or shows that the door which people use is the one that
// was defended. Each has its entry in internal/cmd/weaken: taken out of a copy of
// the product, the defence must be missed. docs/attacks.md lists them.
//
//	go test ./internal/attack
//	make weaken ONLY=fixation
//
// Requirements: none of its own; each test names what it shows.
package attack
