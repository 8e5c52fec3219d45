package bench

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// house is what axess needs to run: everything as in production, on memory.
type house struct {
	clock   clock.Clock
	entropy entropy.Source
	keys    seal.Keys
	stores  backend.Stores
	manager *session.Manager
	log     *slog.Logger
}

func newHouse() (*house, error) { return houseOn(memory.New(memory.Config{}).Stores(), 0) }

// houseOn is a house whose opened sessions wait in memo bytes of memory.
func houseOn(stores backend.Stores, memo int) (*house, error) {
	h := &house{
		clock: clock.System(), entropy: entropy.System(),
		stores: stores,
		log:    slog.New(slog.DiscardHandler),
	}
	var err error
	if h.keys, err = keys.Ephemeral(h.entropy).Load(context.Background()); err != nil {
		return nil, err
	}
	h.manager, err = session.New(session.Config{
		Store: h.stores.Session, Keys: h.keys, Clock: h.clock, Entropy: h.entropy, Logger: h.log, Memo: memo,
	})
	return h, err
}

// custom are the keys of the application's four values.
func custom() (k [4]session.Key[string]) {
	for i, name := range keyNames {
		k[i] = session.NewKey[string](name)
	}
	return k
}

// signIn gives each request a session of a person of its own.
func (h *house) signIn() http.Handler { return h.signInWith(len(keyNames)) }

// signInWith has the application keep so many of its values.
func (h *house) signInWith(n int) http.Handler {
	values := custom()
	return h.manager.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		now := h.clock.Now().Truncate(time.Second)
		login := machine.LoginData{
			Subject:  identity.Subject{Tenant: identity.NewTenantID(h.entropy), User: identity.NewUserID(h.entropy)},
			AuthTime: now,
			Evidence: []identity.Evidence{
				{Kind: "password", At: now, Credential: identity.NewCredentialID(h.entropy), AMR: []string{"pwd"}, Class: identity.Knowledge},
				{Kind: "totp", At: now, Credential: identity.NewCredentialID(h.entropy), AMR: []string{"otp"}, Class: identity.Possession},
			},
			Origin: machine.OriginFactors,
			Login:  identity.NewLoginID(h.entropy),
		}
		if _, err := s.Transition(r.Context(), machine.Adopt{Login: login}, session.Commit{}); err != nil {
			panic(err)
		}
		for i, k := range values[:n] {
			if err := k.Set(s, sample.values[i]); err != nil {
				panic(err)
			}
		}
	}))
}

// handler reads the person and one value.
func (h *house) handler() http.Handler {
	value := custom()[read]
	return h.manager.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var got record
		if who, ok := s.State().(session.Authenticated); ok && !who.Subject().User.IsZero() {
			got.user = "somebody" // the bytes are the user; text is for people
		}
		if got.values[read], _, err = value.Get(s); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serve(w, got)
	}))
}

// newAxess reads sessions with everything on that is on by default: signed
// cookie, sealed body, epochs, deadlines, binding to the browser.
func newAxess(sessions, memo int) (Subject, error) {
	return axessOn(memory.New(memory.Config{}).Stores(), sessions, memo)
}

func axessOn(stores backend.Stores, sessions, memo int) (Subject, error) {
	h, err := houseOn(stores, memo)
	if err != nil {
		return nil, err
	}
	requests, err := collect(sessions, h.signIn())
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return &site{handler: h.handler(), requests: requests}, nil
}
