// Must not compile: cannot (use|convert)
package p

import (
	"github.com/axess-go/axess/identity"
)

func load(identity.UserID) {}

func home(typed string) { load(identity.UserID(typed)) }
