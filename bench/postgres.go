package bench

import (
	"context"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/v2"

	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/postgres"
)

const (
	pgxSource    = "github.com/alexedwards/scs/pgxstore v0.0.0-20240316134038"
	nameSCSPgx   = "scs, pgxstore"
	nameWithIdle = ", idle timeout"
	nameNetwork  = " ×2k"
)

// postgresContest is the read contest on a server. Same server, same driver, same
// number of connections; what differs is what the libraries ask of it.
func postgresContest() Contest {
	p := &postgresServer{}
	ours := func(sessions, memo int) func(string) (Subject, error) {
		return func(string) (Subject, error) { return p.axess(sessions, memo) }
	}
	scs := func(sessions int, idle time.Duration) func(string) (Subject, error) {
		return func(string) (Subject, error) { return p.scs(sessions, idle) }
	}
	return Contest{
		Name:  "postgres",
		Title: "Authenticated read through the session middleware, sessions in PostgreSQL",
		Start: p.start,
		Entries: []Entry{
			{Name: nameAxess, Make: ours(1, 0)},
			{Name: nameAxess + nameNetwork, Make: ours(manyOnDisk, 0)},
			{Name: nameAnew, Make: ours(1, session.WithoutMemo)},
			{Name: nameSCSPgx, Source: pgxSource, Make: scs(1, 0)},
			{Name: nameSCSPgx + nameWithIdle, Source: pgxSource, Make: scs(1, idle)},
			{Name: nameSCSPgx + nameWithIdle + nameNetwork, Source: pgxSource, Beside: nameAxess + nameNetwork, Make: scs(manyOnDisk, idle)},
		},
		Bars: []Bar{{Entry: nameAxess, Against: nameSCSPgx + nameWithIdle, Ratio: 0.60}},
	}
}

func (p *postgresServer) axess(sessions, memo int) (Subject, error) {
	dsn, err := p.schema()
	if err != nil {
		return nil, err
	}
	b, err := postgres.Open(context.Background(), dsn)
	if err != nil {
		return nil, err
	}
	return axessOn(b.Stores(), sessions, memo)
}

func (p *postgresServer) scs(sessions int, idle time.Duration) (Subject, error) {
	dsn, err := p.schema()
	if err != nil {
		return nil, err
	}
	pool, err := p.pool(dsn)
	if err != nil {
		return nil, err
	}
	// The table of the store's own documentation.
	if _, err := pool.Exec(context.Background(), `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);`); err != nil {
		return nil, err
	}
	return scsOn(sessions, idle, func(m *scs.SessionManager) { m.Store = pgxstore.NewWithCleanupInterval(pool, 0) })
}
