package problem

import (
	"errors"
	"net/http"
)

// Body limits (MID-064).
const (
	MaxBody     = 1 << 20  // any route
	MaxAuthBody = 64 << 10 // the product's own routes
)

// LimitBody refuses a body that is announced longer than n bytes with 413, and
// ends the reading of one that turns out longer; the handler sees an error
// for which TooLarge is true.
func LimitBody(n int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > n {
			// The rest will not be read, so the connection cannot be reused.
			w.Header().Set("Connection", "close")
			Write(w, r, PayloadTooLarge)
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			// The request is changed and not copied: the route that a mux finds below
			// is written into it, and logs further out read it there.
			r.Body = http.MaxBytesReader(innermost(w), r.Body, n)
		}
		next.ServeHTTP(w, r)
	})
}

// TooLarge reports whether reading a body failed at a limit.
func TooLarge(err error) bool {
	var limit *http.MaxBytesError
	return errors.As(err, &limit)
}

// innermost returns the server's own writer: MaxBytesReader tells it, by a
// method that no wrapper has, to close the connection afterwards.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for range 32 {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = u.Unwrap()
	}
	return w
}
