// Must not compile: cannot convert p
package p

import (
	"github.com/axess-go/axess"
)

func half(p axess.Partial) axess.Authenticated { return axess.Authenticated(p) }
