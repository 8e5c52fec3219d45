// Must not compile: does not implement backend.Identity
package p

import (
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
)

func mix(a backend.Stores, people identity.Admin) backend.Stores {
	a.Identity = people
	return a
}
