//go:build !linux

package sched

// giveWayThread does nothing: elsewhere threads that wake up take precedence over those
// that compute, or there is no such call.
func giveWayThread() {}
