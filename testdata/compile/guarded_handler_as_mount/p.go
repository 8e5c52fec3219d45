// Must not compile: cannot use
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func home(http.ResponseWriter, *http.Request, axess.Authenticated) {}

func wire(rt *axess.Routes) { rt.Mount("/", axess.AuthnHandler(home)) }
