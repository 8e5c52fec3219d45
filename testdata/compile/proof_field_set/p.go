// Must not compile: who.pass undefined
package p

import (
	"github.com/axess-go/axess"
)

func forge(who *axess.Authenticated) { who.pass = nil }
