package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store/postgres"
)

// A program that has nothing but a data source name. It has no password: that is in
// PGPASSWORD, in a password file (PGPASSFILE), or in the certificate of the client.
func ExampleOpen() {
	ctx := context.Background()
	b, err := postgres.Open(ctx, "postgres://app@db.internal/app?sslmode=verify-full")
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // what is wrong with the server, and what to do
		return
	}
	defer b.Close()
	_ = b.Stores() // for axess.Config.Stores
}

// A program that has a pool already shares it, and closes it itself.
func ExampleOpenPool() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer pool.Close()
	b, err := postgres.OpenPool(ctx, pool, postgres.WithConnections(4))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	_ = b.Stores()
}

// Without TLS to a server on another machine nothing opens.
func ExampleOpen_insecure() {
	_, err := postgres.Open(context.Background(), "postgres://app@db.internal/app")
	fmt.Println(err)
	// Output: postgres: open: the connection to db.internal would not be private: add sslmode=verify-full to the data source name, and sslrootcert=FILE for an authority of your own
}

// A database that the program has opened with pgx's driver for database/sql stays
// its own.
func ExampleOpenDB() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer db.Close()
	b, err := postgres.OpenDB(context.Background(), db,
		postgres.WithPrefix("auth_"),       // tables auth_users, auth_sessions, …
		postgres.WithSerializable(),        // for a server that wants no other isolation
		postgres.WithClock(clock.System()), // in tests a fake one, and seeded entropy
		postgres.WithEntropy(entropy.System()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	_ = b.Stores()
}

// An operator looks at the steps that an empty database lacks, and makes nothing.
func ExampleWithoutTables() {
	ctx := context.Background()
	b, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.WithoutTables())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	plan, err := b.Stores().Identity.Info().Schema.Plan(ctx)
	fmt.Fprintln(os.Stderr, plan, err)
}

// A tunnel that encrypts already may carry a connection without TLS.
func ExampleWithInsecureTransport() {
	_, err := postgres.Open(context.Background(), "postgres://app@db.internal:port/app",
		postgres.WithInsecureTransport("the mesh encrypts between the two machines"))
	fmt.Println(err != nil)
	// Output: true
}

// Behind a pooler in transaction mode nobody can be called.
func ExampleWithoutNotify() {
	b, err := postgres.Open(context.Background(), os.Getenv("DATABASE_URL"),
		postgres.WithoutNotify("PgBouncer is in transaction mode"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	fmt.Fprintln(os.Stderr, b.Stores().Topology().Endings)
}
