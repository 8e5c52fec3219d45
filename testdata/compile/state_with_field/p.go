// Must not compile: cannot refer to unexported field|unknown field
package p

import (
	"github.com/axess-go/axess/session"
)

var forged = session.Authenticated{login: nil}
