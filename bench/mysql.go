package bench

import (
	"context"
	"time"

	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/v2"

	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/mysql"
)

const (
	mysqlSource  = "github.com/alexedwards/scs/mysqlstore v0.0.0-20250417082927"
	nameSCSMySQL = "scs, mysqlstore"
)

// mysqlContest is the read contest on MariaDB: same server, same driver. The store of
// scs is opened as its documentation says, which has a statement prepared for each
// use; with interpolateParams the driver writes values into its text instead, which
// ours refuses.
func mysqlContest() Contest {
	m := &mysqlServer{}
	ours := func(sessions, memo int) func(string) (Subject, error) {
		return func(string) (Subject, error) { return m.axess(sessions, memo) }
	}
	scs := func(sessions int, idle time.Duration, interpolate bool) func(string) (Subject, error) {
		return func(string) (Subject, error) { return m.scs(sessions, idle, interpolate) }
	}
	return Contest{
		Name:  "mysql",
		Title: "Authenticated read through the session middleware, sessions in MariaDB",
		Start: m.start,
		Entries: []Entry{
			{Name: nameAxess, Make: ours(1, 0)},
			{Name: nameAxess + nameNetwork, Make: ours(manyOnDisk, 0)},
			{Name: nameAnew, Make: ours(1, session.WithoutMemo)},
			{Name: nameSCSMySQL, Source: mysqlSource, Make: scs(1, 0, false)},
			{Name: nameSCSMySQL + ", interpolateParams", Source: mysqlSource, Make: scs(1, 0, true)},
			{Name: nameSCSMySQL + nameWithIdle, Source: mysqlSource, Make: scs(1, idle, false)},
			{Name: nameSCSMySQL + nameWithIdle + ", interpolateParams", Source: mysqlSource, Make: scs(1, idle, true)},
			{Name: nameSCSMySQL + nameWithIdle + nameNetwork, Source: mysqlSource, Beside: nameAxess + nameNetwork, Make: scs(manyOnDisk, idle, false)},
		},
		Bars: []Bar{{Entry: nameAxess, Against: nameSCSMySQL + nameWithIdle, Ratio: 0.60}},
	}
}

func (m *mysqlServer) axess(sessions, memo int) (Subject, error) {
	dsn, err := m.database()
	if err != nil {
		return nil, err
	}
	b, err := mysql.Open(context.Background(), dsn)
	if err != nil {
		return nil, err
	}
	return axessOn(b.Stores(), sessions, memo)
}

func (m *mysqlServer) scs(sessions int, idle time.Duration, interpolate bool) (Subject, error) {
	dsn, err := m.database()
	if err != nil {
		return nil, err
	}
	db, err := m.pool(dsn, interpolate)
	if err != nil {
		return nil, err
	}
	// The table of the store's own documentation.
	for _, text := range []string{
		"CREATE TABLE sessions (token CHAR(43) PRIMARY KEY, data BLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL)",
		"CREATE INDEX sessions_expiry_idx ON sessions (expiry)",
	} {
		if _, err := db.Exec(text); err != nil {
			return nil, err
		}
	}
	return scsOn(sessions, idle, func(m *scs.SessionManager) { m.Store = mysqlstore.NewWithCleanupInterval(db, 0) })
}
