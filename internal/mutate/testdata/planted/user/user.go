// Package user uses a package whose own tests miss something.
package user

import "planted/used"

func Twice(n int) int { return used.Double(n) }
