// Must not compile: does not implement http.Handler
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func wire(h axess.PartialHandler) http.Handler { return h }
