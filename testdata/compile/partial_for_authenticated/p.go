// Must not compile: cannot use p
package p

import (
	"github.com/axess-go/axess"
)

func pay(axess.Authenticated) {}

func half(p axess.Partial) { pay(p) }
