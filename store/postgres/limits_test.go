package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/postgres"
)

// waiting counts the connections of an application with a statement that waits for a
// lock, or with a transaction that nobody goes on with.
func waiting(t *testing.T, dsn, application string) (locks, idle int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const ask = `SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'), count(*) FILTER (WHERE state = 'idle in transaction')
FROM pg_stat_activity WHERE application_name = $1`
	if err := conn.QueryRow(t.Context(), ask, application).Scan(&locks, &idle); err != nil {
		t.Fatal(err)
	}
	return locks, idle
}

// hold locks the epoch of a tenant until it is let go.
func hold(t *testing.T, dsn string, tenant identity.TenantID) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := tenant.Bytes()
	tag, err := tx.Exec(t.Context(), "SELECT 1 FROM axess_epochs WHERE tenant_id = $1 FOR UPDATE", id)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatal(tag, err)
	}
	return sync.OnceFunc(func() {
		if err := errors.Join(tx.Rollback(context.Background()), conn.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
}

func named(t *testing.T, dsn, application string) string {
	t.Helper()
	return on(t, dsn, func(u *url.URL) { u.RawQuery += "&application_name=" + application })
}

// A statement that waits for a lock ends with its caller, at the server as well.
// STO-062
func TestStatement_ends_with_its_caller(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	s := open(t, named(t, dsn, "ends")).Stores().Session
	tenant := identity.NewTenantID(entropy.System())
	if err := s.Raise(t.Context(), identity.TenantScope(tenant)); err != nil {
		t.Fatal(err)
	}
	release := hold(t, dsn, tenant)
	defer release()
	ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := s.Raise(ctx, identity.TenantScope(tenant))
	if took := time.Since(began); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	began = time.Now()
	if !soon(t, func() bool { locks, idle := waiting(t, dsn, "ends"); return locks+idle == 0 }) || time.Since(began) > 3*time.Second {
		t.Errorf("the server goes on waiting for %v", time.Since(began))
	}
	release()
	if err := s.Raise(t.Context(), identity.TenantScope(tenant)); err != nil {
		t.Error(err)
	}
}

// Without a deadline a lock is waited for five seconds, on connections of ours, on a
// pool of the program's and through a pooler, which takes no settings with a
// connection. STO-062
func TestStatement_waits_for_a_lock_so_long_and_no_longer(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T, dsn string) *postgres.Backend{
		"own": func(t *testing.T, dsn string) *postgres.Backend { return open(t, dsn) },
		"pool": func(t *testing.T, dsn string) *postgres.Backend {
			pool, err := pgxpool.New(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			b, err := postgres.OpenPool(t.Context(), pool)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.Close() })
			return b
		},
		"pooler": func(t *testing.T, dsn string) *postgres.Backend {
			pooler, err := dbtest.PgBouncer(v15.PostgresServer, "transaction")
			dbtest.Need(t, err)
			t.Cleanup(func() { _ = pooler.Stop() })
			port := on(t, pooler.DSN, func(*url.URL) {})
			return open(t, on(t, port, func(u *url.URL) {
				u.Path, u.RawQuery = "/locks_pooler", "default_query_exec_mode=cache_describe"
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Need(t, v15.err)
			exec(t, v15.DSN, "CREATE DATABASE locks_"+name)
			dsn := on(t, v15.DSN, func(u *url.URL) { u.Path = "/locks_" + name })
			s := open(t, dsn).Stores().Session
			tenant := identity.NewTenantID(entropy.System())
			if err := s.Raise(t.Context(), identity.TenantScope(tenant)); err != nil {
				t.Fatal(err)
			}
			defer hold(t, dsn, tenant)()
			ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 30*time.Second)
			defer cancel()
			began := time.Now()
			err := s.Raise(ctx, identity.TenantScope(tenant))
			if took := time.Since(began); took < 4*time.Second || took > 15*time.Second {
				t.Errorf("it waited for %v", took)
			}
			if !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil || !strings.Contains(err.Error(), "somebody holds a row") {
				t.Error(err)
			}
		})
	}
}

// A change of the schema waits for whoever makes one, and takes its time. STO-062
func TestSchema_has_no_limit(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	const alone = `SELECT pg_advisory_lock(hashtextextended('axess/schema/' || current_database() || '/' || current_schema(), 0))`
	if _, err := conn.Exec(t.Context(), alone); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		b, err := postgres.Open(t.Context(), on(t, dsn, func(u *url.URL) { u.RawQuery += "&lock_timeout=200&statement_timeout=200" }))
		if err == nil {
			err = b.Close()
		}
		opened <- err
	}()
	if err := clock.System().Sleep(t.Context(), 600*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-opened:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A program that the server hears nothing more of, in the middle of a transaction that
// holds an epoch, keeps nobody from revoking for longer than its limit; and its
// statement that waits for a lock does not wait on. STO-062
func TestTransaction_of_a_program_that_is_cut_off(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	w := dbtest.NewWire(t, at.Host)
	far := open(t, named(t, on(t, dsn, func(u *url.URL) { u.Host = w.Addr }), "far"), postgres.WithoutNotify("its connection would be cut too")).Stores().Session
	near := open(t, dsn).Stores().Session
	tenant := identity.NewTenantID(entropy.System())
	scope := identity.TenantScope(tenant)
	for range 2 { // the second time everything is prepared
		if err := far.Raise(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"in the middle", "waiting for a lock"} {
		release := func() {}
		if name == "in the middle" {
			w.CutBefore("COMMIT\x00")
		} else {
			release = hold(t, dsn, tenant)
		}
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 2*time.Second)
		began := time.Now()
		raised := make(chan error, 1)
		go func() { raised <- far.Raise(ctx, scope) }()
		if !soon(t, func() bool { locks, idle := waiting(t, dsn, "far"); return locks+idle > 0 }) {
			t.Fatalf("%s: it is not there", name)
		}
		w.Cut()
		if err := <-raised; !errors.Is(err, store.ErrUnavailable) || time.Since(began) > 12*time.Second {
			t.Errorf("%s: through a wire that is cut, after %v: %v", name, time.Since(began), err)
		}
		cancel()
		began = time.Now()
		locks, idle := waiting(t, dsn, "far")
		if locks+idle == 0 {
			t.Errorf("%s: the server has noticed by itself", name)
		}
		if !soon(t, func() bool { locks, idle := waiting(t, dsn, "far"); return locks+idle == 0 }) || time.Since(began) > 15*time.Second {
			t.Errorf("%s: still there after %v", name, time.Since(began))
		}
		release()
		if err := near.Raise(t.Context(), scope); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.Mend()
	}
}
