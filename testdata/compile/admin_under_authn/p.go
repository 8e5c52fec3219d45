// Must not compile: cannot use users
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func users(http.ResponseWriter, *http.Request, axess.Administrator) {}

func wire(auth *axess.Axess) http.Handler { return auth.RequireAuthn(users) }
