// Must not compile: does not implement
package p

import (
	"github.com/axess-go/axess/session"
)

type mine struct{ session.View }

var forged session.State = mine{}
