package bench

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

const scsSource = "github.com/alexedwards/scs/v2 v2.9.0"

// newSCS reads sessions of scs from its memory store. With an idle timeout scs
// writes the session back on every request.
func newSCS(sessions int, idle time.Duration) (Subject, error) {
	return scsOn(sessions, idle, func(m *scs.SessionManager) { m.Store = memstore.NewWithCleanupInterval(0) })
}

func scsOn(sessions int, idle time.Duration, on func(*scs.SessionManager)) (Subject, error) {
	m := scs.New()
	on(m)
	m.Lifetime = 7 * 24 * time.Hour
	m.IdleTimeout = idle
	m.Cookie.Name = "__Host-session"
	m.Cookie.Secure = true
	install := m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.RenewToken(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		m.Put(r.Context(), keyUser, sample.user)
		m.Put(r.Context(), keyTenant, sample.tenant)
		m.Put(r.Context(), keyTime, time.Now().Unix())
		m.Put(r.Context(), keyHow, "password totp")
		for i, k := range keyNames {
			m.Put(r.Context(), k, sample.values[i])
		}
	}))
	requests, err := collect(sessions, install)
	if err != nil {
		return nil, err
	}
	return &site{requests: requests, handler: m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := record{user: m.GetString(r.Context(), keyUser)}
		got.values[read] = m.GetString(r.Context(), keyNames[read])
		serve(w, got)
	}))}, nil
}
