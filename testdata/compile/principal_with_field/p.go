// Must not compile: cannot refer to unexported field|unknown field
package p

import (
	"github.com/axess-go/axess/identity"
)

var forged = identity.Human{subject: identity.Subject{}}
