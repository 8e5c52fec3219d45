// Must not compile: cannot use half
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func half(http.ResponseWriter, *http.Request, axess.Partial) {}

func wire(auth *axess.Axess) http.Handler { return auth.RequireAuthn(half) }
