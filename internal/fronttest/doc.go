// Package fronttest is the whole front door inside a test: the wired program on
// memory stores, without a socket, on a clock and an entropy that the test owns,
// with browsers that keep cookies and post forms, and with ports that count and
// can fail.
//
//	s := fronttest.New(t)
//	ada := s.Person("ada@example.org")              // signed up and signed in
//	got := ada.Get("/auth/account")                 // a navigation
//	s.Ports.Fail(fronttest.Down("session"))         // from here on: an outage
//	got = ada.Post("/auth/sign-out", nil)           // with the form's token
//
// It is for tests of the root package, the guards and the pages. Programs test
// with axesstest; what a real browser or socket must show is in interop and in
// the walks.
//
// Requirements: none of its own.
package fronttest
