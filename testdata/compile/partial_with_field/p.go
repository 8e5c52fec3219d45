// Must not compile: cannot refer to unexported field flow|unknown field flow
package p

import (
	"github.com/axess-go/axess"
)

var forged = axess.Partial{flow: nil}
