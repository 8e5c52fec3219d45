package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	driversql "github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// hold locks the epochs until it is let go.
func hold(t *testing.T, dsn string) (release func()) {
	t.Helper()
	db := connect(t, dsn)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT epoch FROM axess_epochs FOR UPDATE").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// busy counts the other connections to a database that have a statement or a
// transaction under way.
func busy(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	const ask = `SELECT COUNT(*) FROM information_schema.processlist p WHERE db = DATABASE() AND id <> CONNECTION_ID()
AND (command <> 'Sleep' OR EXISTS (SELECT 1 FROM information_schema.innodb_trx t WHERE t.trx_mysql_thread_id = p.id))`
	err := db.QueryRowContext(t.Context(), ask).Scan(&n)
	var unreadable *driversql.MySQLError
	if errors.As(err, &unreadable) && unreadable.Number == 3854 {
		return -1 // MySQL 9 cannot list a statement with raw bytes in it, so there is one
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func soon(t *testing.T, patience time.Duration, so func() bool) bool {
	t.Helper()
	for until := time.Now().Add(patience); !so(); {
		if time.Now().After(until) || clock.System().Sleep(t.Context(), 20*time.Millisecond) != nil {
			return false
		}
	}
	return true
}

// A statement that waits for a lock ends with its caller, and at the server when the
// wait does. STO-062
func TestStatement_ends_with_its_caller(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on *server) {
		dsn := on.database(t)
		s := open(t, dsn).Stores().Session
		scope := identity.TenantScope(newSubject().Tenant)
		if err := s.Raise(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		release := hold(t, dsn)
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		err := s.Raise(ctx, scope)
		if took := time.Since(began); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
		db := connect(t, dsn)
		defer db.Close()
		if !soon(t, 15*time.Second, func() bool { return busy(t, db) == 1 }) { // who holds the lock
			t.Errorf("%d connections are busy", busy(t, db))
		}
		release()
		if err := s.Raise(t.Context(), scope); err != nil {
			t.Error(err)
		}
	})
}

// A program that the server hears nothing more of gives up its locks, where the server
// can tell; and its verb ends. STO-062
func TestTransaction_of_a_program_that_is_cut_off(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on *server) {
		dsn := on.database(t)
		addr := dsn[strings.Index(dsn, "(")+1 : strings.Index(dsn, ")")]
		w := dbtest.NewWire(t, addr)
		near, far := open(t, dsn).Stores().Session, open(t, strings.Replace(dsn, addr, w.Addr, 1)).Stores().Session
		scope := identity.TenantScope(newSubject().Tenant)
		for _, s := range []session.Store{near, far} {
			if err := s.Raise(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
		}
		w.CutBefore("\x03COMMIT")
		began := time.Now()
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 2*time.Second)
		defer cancel()
		if err := far.Raise(ctx, scope); !errors.Is(err, store.ErrUnavailable) || time.Since(began) > 12*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if on == maria {
			if err := near.Raise(t.Context(), scope); err != nil || time.Since(began) > 25*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		}
		w.Mend()
	})
}

// A change of the schema waits for whoever makes one, and takes its time. STO-062
func TestSchema_has_no_limit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on *server) {
		dsn := on.database(t)
		db := connect(t, dsn)
		defer db.Close()
		db.SetMaxOpenConns(1)
		var alone int
		const lock = `SELECT GET_LOCK(CONCAT('axess/', SHA2(CONCAT(DATABASE(), '/', 'axess_'), 224)), 1)`
		if err := db.QueryRowContext(t.Context(), lock).Scan(&alone); err != nil || alone != 1 {
			t.Fatal(alone, err)
		}
		limit := map[bool]string{true: "max_statement_time=1", false: "max_execution_time=1000"}[on == maria]
		opened := make(chan error, 1)
		go func() {
			b, err := mysql.Open(t.Context(), dsn+"&"+limit)
			if err == nil {
				err = b.Close()
			}
			opened <- err
		}()
		if err := clock.System().Sleep(t.Context(), 2500*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-opened:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		if _, err := db.ExecContext(t.Context(), "DO RELEASE_ALL_LOCKS()"); err != nil {
			t.Fatal(err)
		}
		if err := <-opened; err != nil {
			t.Error(err)
		}
	})
}

// A database of the program's in which a statement would wait for ever is refused.
// STO-062
func TestOpenDB_refuses_to_wait_for_ever(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on *server) {
		db := connect(t, on.database(t, "clientFoundRows=true", "innodb_lock_wait_timeout=100000"))
		defer db.Close()
		if b, err := mysql.OpenDB(t.Context(), db); err == nil || !strings.Contains(err.Error(), "add innodb_lock_wait_timeout=5") {
			t.Error(b, err)
		}
	})
}
