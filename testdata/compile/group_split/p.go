// Must not compile: unknown field Outbox
package p

import (
	"github.com/axess-go/axess/backend"
)

func mix(a, b backend.Stores) backend.Stores {
	return backend.Stores{Identity: a.Identity, Outbox: b.Identity, Session: a.Session, Throttle: a.Throttle, Audit: a.Audit}
}
