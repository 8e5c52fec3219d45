// Must not compile: use of internal package
package p

import (
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

func forge(s session.State) { _, _, _ = machine.Next(s, machine.End{}, time.Time{}) }
