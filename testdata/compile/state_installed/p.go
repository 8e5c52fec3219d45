// Must not compile: SetState undefined
package p

import (
	"github.com/axess-go/axess/session"
)

func forge(s *session.Session) { s.SetState(session.Authenticated{}) }
