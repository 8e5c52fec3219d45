package clientip_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/axess-go/axess/middleware/clientip"
)

// A job that goes on for a request takes the address along; only a resolver makes
// one.
func ExampleWith() {
	res, err := clientip.New(clientip.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = "203.0.113.9:4711"
	job := clientip.With(context.Background(), res.Resolve(r))
	fmt.Println(clientip.From(job).IP(), clientip.From(job).Source())
	// Output: 203.0.113.9 peer
}
