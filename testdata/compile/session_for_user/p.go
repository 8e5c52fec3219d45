// Must not compile: cannot use who.SessionRef\(\)
package p

import (
	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
)

func load(identity.UserID) {}

func home(who axess.Authenticated) { load(who.SessionRef()) }
