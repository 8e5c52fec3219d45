package respond_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/axess-go/axess/internal/respond"
)

func ExampleEnsure() {
	layer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, w, r, made := respond.Ensure(w, r)
			err := s.Before(respond.StageHeaders, func(h *respond.Head) {
				h.Header().Set("X-Content-Type-Options", "nosniff")
			})
			if err != nil {
				return // somebody already answered
			}
			next.ServeHTTP(w, r)
			if made {
				s.Finish()
			}
		})
	}
	rec := httptest.NewRecorder()
	layer(http.NotFoundHandler()).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(rec.Code, rec.Header().Get("X-Content-Type-Options"))
	// Output: 404 nosniff
}
