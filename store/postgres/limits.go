package postgres

import (
	"context"
	"database/sql"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
)

// limits hold on the server, for a caller whose end the server does not hear of: when
// the network breaks, or the process stands still (STO-062). Milliseconds.
var limits = []struct{ name, value string }{
	// A statement waits so long for a lock.
	{"lock_timeout", "5000"},
	// Longer than any: a batch of a sweep takes milliseconds, counting what a key
	// seals a second for a million rows.
	{"statement_timeout", "60000"},
	// A transaction whose program has gone silent gives up its locks: those of an
	// epoch would keep everybody of a tenant from signing in, and their revocation
	// from being made.
	{"idle_in_transaction_session_timeout", "10000"},
}

// unlimited takes the limits off a change of the schema, which may take long and waits
// for whoever else makes one.
const unlimited = "SET LOCAL statement_timeout = 0;SET LOCAL lock_timeout = 0;"

// limited is how connections of ours are made; what the data source name says holds.
func limited(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	cfg = cfg.Copy()
	cfg.RuntimeParams = maps.Clone(cfg.RuntimeParams)
	for _, l := range limits {
		if _, ok := cfg.RuntimeParams[l.name]; !ok {
			cfg.RuntimeParams[l.name] = l.value
		}
	}
	return cfg
}

// refusesParameters reports a pooler that takes no settings with a connection.
func refusesParameters(err error) bool {
	return state(err) == protocolViolation && strings.Contains(err.Error(), "startup parameter")
}

// lacks is what a transaction has to set that writes on such connections, in the
// message in which it begins; empty where the connections have it.
func lacks(ctx context.Context, conn *sql.Conn) (string, error) {
	var b strings.Builder
	for _, l := range limits {
		var value string
		if err := conn.QueryRowContext(ctx, "SELECT current_setting('"+l.name+"')").Scan(&value); err != nil {
			return "", err
		}
		if value == "0" {
			b.WriteString(";SET LOCAL " + l.name + " = " + l.value)
		}
	}
	return b.String(), nil
}
