// Package duty keeps the promises of one transaction when sessions are in another
// place than accounts.
//
// On one backend a change that revokes commits together with the raise of the
// epoch that ends the sessions. Of two backends none can do that, so the change
// commits with a row that says "this epoch is still to be raised"; then it is
// raised, then the row is cleared. The verb errs until the raise is acknowledged,
// and whatever a crash leaves behind is settled by whoever starts next:
//
//	duties, err := duty.New(duty.Config{Stores: stores, Clock: clk, Entropy: src, Logger: log})
//	stores = duties.Stores()            // unchanged if one place holds both
//	err = duties.Settle(ctx, 0)         // before anything is served
//	err = duties.Settle(ctx, duty.Age)  // as a job: those whose caller has died
//
// Rows that accompany a verb of the sessions are appended right after it: a crash
// in between loses the row, never the verb (backend.Topology names this window).
//
// It is no general outbox and no distributed transaction: it knows one promise,
// and keeps it by doing too much rather than too little. A duty whose
// acknowledgement was lost is done twice, which signs somebody out once more.
//
// Requirements: PRD-022.
package duty
