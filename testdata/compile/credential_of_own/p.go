// Must not compile: does not implement|missing method
package p

import (
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

type mine struct{}

func (mine) Kind() identity.Kind { return "password" }
func (mine) Wipe()               {}

var forged authn.Credential = mine{}
