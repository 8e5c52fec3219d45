// Must not compile: unknown field|unexported field
package p

import (
	"github.com/axess-go/axess"
)

var forged = axess.Routes{auth: nil}
