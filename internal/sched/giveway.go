package sched

import "runtime"

// GiveWay lets others run before its caller goes on: goroutines that are ready, and on
// Linux the threads of this and other processes that want the processor, which would
// otherwise wait until the kernel's time slice is over. It is for work that takes
// milliseconds of a processor without waiting for anything, every fifty microseconds or
// so; with nobody else about it costs less than one.
//
// With GOMAXPROCS of one it lets nobody in who waits for the network: the runtime looks
// there when no goroutine is ready, and the one that gives way is. With two, also on one
// processor, another thread waits in the kernel and is let in.
//
// It is no wait and has no effect: in a simulation, whose tasks run one at a time, it is
// no switch either.
func GiveWay() {
	giveWayThread()
	runtime.Gosched()
}
