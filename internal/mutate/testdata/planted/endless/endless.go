// Package endless does not end when its only step is dropped.
package endless

func Count(n int) int {
	i := 0
	for i < n {
		i++
	}
	return i
}
