// Must not compile: cannot use
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func wire(auth *axess.Axess) http.Handler {
	return auth.RequireAuthn(func(http.ResponseWriter, *http.Request) {})
}
