// Package history asks whether calls that overlapped can have happened one after the
// other: whether there is an order of them that fits what each caller was answered and
// what each knew to be over when it called (linearizability).
//
//	c := history.New(model.New(), same)
//	c.Add(history.Op[*model.State]{Name: "raise", Began: 1, Ended: 4, Do: raise})
//	c.Add(history.Op[*model.State]{Name: "epochs", Began: 2, Ended: 3, Do: epochs})
//	if err := c.Judge(); err != nil {
//		return err // no order explains it
//	}
//
// A call whose answer nobody heard may have happened at any moment since it began, or
// never. The search is that of Wing and Gong, with Lowe's memory of where it has been.
// It is meant for what real goroutines and servers do: in a simulated world the order
// of the effects is known, and nothing has to be searched.
//
// Calls that have nothing in common, such as those of two people, belong into checkers
// of their own: the time that a search takes grows with the calls that overlap.
//
// Requirements: SIM-061.
package history
