// Must not compile: cannot convert
package p

import (
	"github.com/axess-go/axess"
)

var forged = axess.Authenticated("ada")
