// Must not compile: cannot use
package p

import (
	"github.com/axess-go/axess/authn"
)

var typed = authn.Password{Secret: "correct horse"}
