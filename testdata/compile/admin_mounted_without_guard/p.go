// Must not compile: cannot use users
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func users(http.ResponseWriter, *http.Request, axess.Administrator) {}

func wire(mux *http.ServeMux) { mux.HandleFunc("/users", users) }
