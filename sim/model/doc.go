// Package model says what the ports to persistence do, one call after the other:
// session.Store, authn.Ledger, and of identity.Admin and store.Outbox what guards
// something. It is written from the comments on the ports and not from a backend, so
// that a backend can be held against it.
//
// A [State] is what a store holds. Each verb is told what a store was asked and what it
// answered, and says whether it may have, moving the state on:
//
//	s := model.New()
//	rec, current, err := stores.Session.Load(ctx, ref, now)
//	if err := s.Load(ref, now, rec, current, err); err != nil {
//		return err // says what the store should have answered
//	}
//
// An answer that nobody has heard is [ErrUnknown]: the verb is made if its conditions
// hold. So a call whose acknowledgement got lost is one that was made at some moment,
// or not at all, and sim/history finds out whether there is such a moment.
//
// It does not look at the form of arguments: what is malformed is refused before it
// reaches a store, and changes nothing. Nor does it know in which order a list of
// accounts is paged, what methods and policies say, or who is told of an ending. Where a
// contract leaves a store free, so does the model: which of two broken conditions is
// named; whether what ended long ago by one clock and not by another is still there.
//
// It keeps no lock, reads no clock and draws nothing. A State serves one goroutine.
//
// Requirements: of SIM-021 the model, for SIM-061.
package model
