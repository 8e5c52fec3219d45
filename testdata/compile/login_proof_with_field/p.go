// Must not compile: cannot refer to unexported field|unknown field
package p

import (
	"github.com/axess-go/axess/authn"
)

var forged = authn.Proof{subject: nil}
