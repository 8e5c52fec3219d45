package problem

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/axess-go/axess/internal/respond"
)

// Recover is the outermost layer: it makes the scope and turns a panic into
// 500 internal, with the stack in the log under the request's id. The panicking
// request stores no session change. If headers were sent already the connection
// is aborted, so that half an answer cannot pass for a whole one.
// http.ErrAbortHandler passes (MID-062).
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, w, r, made := respond.Ensure(w, r)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			s.Abandon()
			if v == http.ErrAbortHandler { //nolint:errorlint // net/http asks for the very value
				panic(v)
			}
			s.Logger().ErrorContext(s, "problem: handler panicked", "request_id", s.RequestID(),
				"method", r.Method, "route", r.Pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if !s.Restart() {
				panic(http.ErrAbortHandler)
			}
			Write(w, r, Internal)
		}()
		next.ServeHTTP(w, r)
		if made {
			s.Finish()
		}
	})
}
