package bench

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
)

const gorillaSource = "github.com/gorilla/sessions v1.4.0"

// newGorilla reads sessions that live, signed and encrypted, in the cookie: no
// store, and no revocation either.
func newGorilla(n int) (Subject, error) {
	random := make([]byte, 64)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	store := sessions.NewCookieStore(random[:32], random[32:])
	store.Options = &sessions.Options{Path: "/", MaxAge: 7 * 24 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	const name = "__Host-session"
	install := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, name)
		if err == nil {
			s.Values[keyUser] = sample.user
			s.Values[keyTenant] = sample.tenant
			s.Values[keyTime] = time.Now().Unix()
			s.Values[keyHow] = "password totp"
			for i, k := range keyNames {
				s.Values[k] = sample.values[i]
			}
			err = s.Save(r, w)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	requests, err := collect(n, install)
	if err != nil {
		return nil, err
	}
	return &site{requests: requests, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var got record
		got.user, _ = s.Values[keyUser].(string) // absence is found by serve
		got.values[read], _ = s.Values[keyNames[read]].(string)
		serve(w, got)
	})}, nil
}

// newBare is the floor: the request is copied, the answer written, nothing read.
func newBare() Subject {
	return &site{
		requests: []*http.Request{newRequest("session=" + sample.user)},
		handler:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { serve(w, sample) }),
	}
}
