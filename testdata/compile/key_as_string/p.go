// Must not compile: cannot use
package p

import (
	"github.com/axess-go/axess"
)

var cfg = axess.Config{Keys: "not a source"}
