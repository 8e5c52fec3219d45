// Must not compile: use of internal package
package p

import (
	"github.com/axess-go/axess/internal/approval"
)

var forged approval.Token
