package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/axess-go/axess/internal/dbtest"
)

// connections is how many each contestant may have open.
const connections = 16

// durable makes a test's server write through to the disk, as one does that must not
// forget what it has acknowledged.
const durable = "fsync=on"

// postgresServer is one server for all entries of a contest, each in a schema of its
// own.
type postgresServer struct {
	*dbtest.PostgresServer
	schemas int
}

const newestPostgres = "18"

func (p *postgresServer) start() (stop func() error, err error) {
	if p.PostgresServer, err = dbtest.Postgres(newestPostgres, durable); err != nil {
		return nil, err
	}
	return p.Stop, nil
}

// schema makes an empty schema and returns the name under which it is opened.
func (p *postgresServer) schema() (dsn string, err error) {
	db, err := sql.Open("pgx", p.DSN)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p.schemas++
	name := fmt.Sprintf("bench%d", p.schemas)
	_, err = db.Exec("CREATE SCHEMA " + name)
	return p.DSN + "?search_path=" + name, err
}

// pool opens the same driver with the same settings as ours does.
func (p *postgresServer) pool(dsn string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = connections
	return pgxpool.NewWithConfig(context.Background(), cfg)
}
