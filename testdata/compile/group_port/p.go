// Must not compile: cannot use
package p

import (
	"github.com/axess-go/axess/backend"
)

func mix(a, b backend.Stores) backend.Stores { return a.WithSession(b.Session) }
