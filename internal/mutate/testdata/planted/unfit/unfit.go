// Package unfit has a test that the switches themselves fail.
package unfit

func Yes() bool { return true && !false }

func Text(n int) string {
	if n > 0 {
		return "more"
	}
	return "none"
}
