package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store/mysql"
)

// A program that has nothing but a data source name, which holds the password and
// so comes from a secret of the platform.
func ExampleOpen() {
	ctx := context.Background()
	b, err := mysql.Open(ctx, os.Getenv("DATABASE_URL")) // mysql://app:…@db.internal/app?tls=true
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // what is wrong with the server, and what to do
		return
	}
	defer b.Close()
	_ = b.Stores() // for axess.Config.Stores
}

// Without TLS to a server on another machine nothing opens.
func ExampleOpen_insecure() {
	_, err := mysql.Open(context.Background(), "mysql://app@db.internal/app")
	fmt.Println(err)
	// Output: mysql: open: the connection to db.internal:3306 would not be private: add tls=true to the data source name, and tls-ca=FILE for an authority of your own
}

// A database that the program has opened stays its own.
func ExampleOpenDB() {
	db, err := sql.Open("mysql", "app@unix(/run/mysqld/mysqld.sock)/app?clientFoundRows=true")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer db.Close()
	b, err := mysql.OpenDB(context.Background(), db,
		mysql.WithConnections(4),
		mysql.WithPrefix("auth_"),       // tables auth_users, auth_sessions, …
		mysql.WithClock(clock.System()), // in tests a fake one, and seeded entropy
		mysql.WithEntropy(entropy.System()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	_ = b.Stores()
}

// A tunnel that encrypts already may carry a connection without TLS.
func ExampleWithInsecureTransport() {
	_, err := mysql.Open(context.Background(), "mysql://app@db.internal:port/app",
		mysql.WithInsecureTransport("the mesh encrypts between the two machines"))
	fmt.Println(err != nil)
	// Output: true
}

// The program's own database of another machine.
func ExampleWithVerifiedTransport() {
	db, err := sql.Open("mysql", os.Getenv("DATABASE_DSN")) // app:…@tcp(db.internal)/app?tls=true&clientFoundRows=true
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer db.Close()
	b, err := mysql.OpenDB(context.Background(), db, mysql.WithVerifiedTransport("tls=true in DATABASE_DSN"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	_ = b.Stores()
}
