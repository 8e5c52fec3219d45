// Must not compile: cannot use plain
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func plain(http.ResponseWriter, *http.Request) {}

func wire(rt *axess.Routes) { rt.Authn("GET /", plain) }
