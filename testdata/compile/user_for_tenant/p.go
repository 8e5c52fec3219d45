// Must not compile: cannot use who.UserID\(\)
package p

import (
	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
)

func load(identity.TenantID) {}

func home(who axess.Authenticated) { load(who.UserID()) }
