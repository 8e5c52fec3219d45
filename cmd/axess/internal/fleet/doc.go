// Package fleet has tests of several servers that share a database: the built
// program, as processes of their own, behind one origin, on a real PostgreSQL.
//
//	f := newFleet(t, 3)                   // three processes of "axess serve"
//	ada := f.person()
//	ada.signUp("ada@example.org")         // on the first
//	ada.at(f.nodes[1]).signedIn()         // the same cookie on the second
//
// It is for tests alone and holds no code: what they find, package main and the
// library have to answer for. They need database servers, so make servers runs
// them and make unit does not.
//
// Requirements: what only several processes can show of CLI-004, CLI-005, PRD-061,
// PRD-062, SES-198 and SES-208.
package fleet
