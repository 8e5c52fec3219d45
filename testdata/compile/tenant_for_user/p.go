// Must not compile: cannot use who.Tenant\(\)
package p

import (
	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
)

func load(identity.UserID) {}

func home(who axess.Authenticated) { load(who.Tenant()) }
