// Must not compile: does not implement|missing method
package p

import (
	"github.com/axess-go/axess/authn"
)

type mine struct{}

var forged authn.FactorOutcome = mine{}
