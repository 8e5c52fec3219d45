// Must not compile: cannot refer to unexported field|unknown field
package p

import (
	"github.com/axess-go/axess/middleware/clientip"
)

var forged = clientip.Addr{ip: nil}
