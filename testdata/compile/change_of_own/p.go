// Must not compile: does not implement|missing method
package p

import (
	"github.com/axess-go/axess/identity"
)

type mine struct{}

var forged identity.Change = mine{}
