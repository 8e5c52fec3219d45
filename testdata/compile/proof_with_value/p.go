// Must not compile: too many values|implicit assignment to unexported field
package p

import (
	"github.com/axess-go/axess"
)

var forged = axess.Authenticated{nil}
