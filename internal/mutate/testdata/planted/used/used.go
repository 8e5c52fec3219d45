// Package used has a fault that only its user's tests notice.
package used

func Double(n int) int {
	if n > 99 {
		return n
	}
	return 2 * n
}
