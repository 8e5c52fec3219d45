// Package broken compiles alone; its tests do not, once there are switches.
package broken

func Yes(n int) bool { return n == 1 }
