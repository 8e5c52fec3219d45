package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/internal/dbtest"
)

// mysqlServer is one server for all entries of a contest, each in a database of its
// own.
type mysqlServer struct {
	*dbtest.MySQLServer
	databases int
}

func (m *mysqlServer) start() (stop func() error, err error) {
	if m.MySQLServer, err = dbtest.MariaDB(); err != nil {
		return nil, err
	}
	return m.Stop, nil
}

// database makes an empty database and returns the data source name that it is opened
// with.
func (m *mysqlServer) database() (dsn string, err error) {
	db, err := sql.Open("mysql", m.DSN)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m.databases++
	name := fmt.Sprintf("bench%d", m.databases)
	_, err = db.Exec("CREATE DATABASE " + name)
	return m.DSN + name, err
}

// pool opens the same driver with as many connections as ours may have.
func (m *mysqlServer) pool(dsn string, interpolate bool) (*sql.DB, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	cfg.ParseTime, cfg.InterpolateParams = true, interpolate
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, db.PingContext(context.Background())
}
