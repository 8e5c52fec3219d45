// Must not compile: cannot refer to unexported field pass|unknown field pass
package p

import (
	"github.com/axess-go/axess"
)

var forged = axess.Authenticated{pass: nil}
