// Package ending hands what has ended to those who watch for it (session.Watch), in
// one process: a backend tells its hub after each commit that ended something, or
// what it has heard from a server, and gives out the hub's watches.
//
//	hub := ending.NewHub("memory", sched.Of(clk))
//	w := hub.Watch()                                 // session.Store's Watch
//	hub.Tell(session.Ending{Login: rec.Login})       // after the commit, under no lock
//	ended, err := w.Next(ctx)
//	hub.Lose(err)                                    // the server does not answer: begin again
//
// It keeps a bounded number of endings for each watch, and past that number one
// that concerns everybody: who is slow looks at more, and misses nothing. It starts
// no task and reads no clock. It does not reach other processes: that is the
// backend's part.
//
// Requirements: of SES-207 and STO-020 the push.
package ending
