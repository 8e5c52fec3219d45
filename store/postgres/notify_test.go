package postgres_test

import (
	"fmt"
	"net/url"
	"slices"
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
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/postgres"
)

// endings is what a backend says of how it learns what others end.
func endings(b *postgres.Backend) string { return b.Stores().Topology().Endings }

// becomes waits until a backend says so.
func becomes(t *testing.T, b *postgres.Backend, want string) {
	t.Helper()
	if !soon(t, func() bool { return strings.HasPrefix(endings(b), want) }) {
		t.Fatalf("what others end: %q, want %q", endings(b), want)
	}
}

// soon asks until it is so.
func soon(t *testing.T, so func() bool) bool {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !so(); {
		if time.Now().After(until) || clock.System().Sleep(t.Context(), 5*time.Millisecond) != nil {
			return false
		}
	}
	return true
}

// told raises an epoch n times at one backend, and says how long it took until a
// watch of another told it.
func told(t *testing.T, there *postgres.Backend, w session.Watch, n int) []time.Duration {
	t.Helper()
	src := entropy.System()
	var took []time.Duration
	for range n {
		// A look follows the one before by a moment.
		if err := clock.System().Sleep(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		tenant := identity.TenantScope(identity.NewTenantID(src))
		began := time.Now()
		if err := there.Stores().Session.Raise(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		next(t, w, session.Ending{Scope: tenant})
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took
}

// What one process ends another hears at once, and not at its next look a second
// later. SES-207, STO-026
func TestNotify_is_heard_at_once(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := s.database(t)
			here, there := open(t, dsn), open(t, dsn)
			if got := endings(here); got != "called, and nobody waits" {
				t.Errorf("before a watch: %q", got)
			}
			w := watch(t, here.Stores().Session)
			becomes(t, here, "called")
			took := told(t, there, w, 5)
			if took[2] > 500*time.Millisecond {
				t.Fatalf("told after %v", took)
			}
			took = told(t, there, w, 95)
			t.Logf("told after %v (median of 95), at most %v", took[47], took[94])
			if took[47] > 250*time.Millisecond {
				t.Errorf("told after %v", took[47])
			}
		})
	}
}

// Without calls it takes up to a second, no connection listens, and the topology says
// why. SES-207
func TestWithoutNotify(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	quiet := postgres.WithoutNotify("the test wants it")
	here, there := open(t, dsn, quiet), open(t, dsn)
	w, heard := watch(t, here.Stores().Session), watch(t, there.Stores().Session)
	becomes(t, there, "called")
	const want = "looked for once a second: the test wants it"
	if got := endings(here); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if s := here.Stores().Topology().String(); !strings.Contains(s, "what others end: "+want+"\n") {
		t.Error(s)
	}
	t.Logf("told after %v", told(t, there, w, 1))
	began := time.Now()
	told(t, here, heard, 4) // those after the first began right after a look
	if took := time.Since(began); took < time.Second {
		t.Errorf("endings that nobody called told after %v", took)
	}
}

// A connection that is lost is made anew, and what ended meanwhile is told. SES-207
func TestNotify_after_its_connection_was_lost(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t, "application_name=lost")
	here, there := open(t, dsn), open(t, dsn)
	w := watch(t, here.Stores().Session)
	for range 2 {
		becomes(t, here, "called")
		if n := listening(t, dsn, "lost", true); n != 1 {
			t.Fatalf("%d connections listen", n)
		}
		becomes(t, here, "looked for once a second: ")
		told(t, there, w, 1)
	}
	becomes(t, here, "called")
	if took := told(t, there, w, 5); took[2] > 500*time.Millisecond {
		t.Errorf("told after %v", took)
	}
}

// listening counts the connections of an application that listen, and ends them if
// that is wanted.
func listening(t *testing.T, dsn, application string, end bool) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	ask := "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'"
	if end {
		ask = strings.Replace(ask, "count(*)", "count(pg_terminate_backend(pid))", 1)
	}
	if err := conn.QueryRow(t.Context(), ask, application).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// One connection listens for all watches of a process, and none after the last of
// them, or after the backend is closed. SES-207
func TestNotify_has_one_connection(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t, "application_name=one")
	b := open(t, dsn)
	first, err := b.Stores().Session.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := watch(t, b.Stores().Session)
	becomes(t, b, "called")
	if n := listening(t, dsn, "one", false); n != 1 {
		t.Errorf("%d connections listen for two watches", n)
	}
	for range 2 {
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if took := told(t, open(t, dsn), second, 3); took[1] > 500*time.Millisecond {
		t.Errorf("the watch that is left was told after %v", took)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	gone(t, dsn)
	again := watch(t, b.Stores().Session)
	becomes(t, b, "called")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	gone(t, dsn)
	if _, err := again.Next(t.Context()); err == nil {
		t.Error("a watch of a closed backend waits on")
	}
}

// gone waits until the server has noticed that no connection listens any more.
func gone(t *testing.T, dsn string) {
	t.Helper()
	if !soon(t, func() bool { return listening(t, dsn, "one", false) == 0 }) {
		t.Fatal("a connection listens although nobody watches")
	}
}

// Tables of another prefix or schema have a channel of their own.
func TestNotify_of_other_tables_is_not_heard(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	channels := map[string]bool{}
	for _, tc := range []struct {
		dsn  string
		opts []postgres.Option
	}{{dsn, nil}, {dsn, []postgres.Option{postgres.WithPrefix("other_")}}, {v18.database(t), nil}} {
		name := fmt.Sprintf("channel%d", len(channels))
		b := open(t, on(t, tc.dsn, func(u *url.URL) { u.RawQuery += "&application_name=" + name }), tc.opts...)
		watch(t, b.Stores().Session)
		becomes(t, b, "called")
		conn, err := pgx.Connect(t.Context(), tc.dsn)
		if err != nil {
			t.Fatal(err)
		}
		var said string
		err = conn.QueryRow(t.Context(), "SELECT query FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'", name).Scan(&said)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		channels[said] = true
	}
	if len(channels) != 3 {
		t.Errorf("%v", channels)
	}
}

// A pool of the program's lends a connection as long as something is watched, if it
// has enough, and has it back afterwards, deaf.
func TestNotify_on_a_pool(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]string{2: "looked for once a second: the pool has no more than 2 connections", 3: "called"} {
		dsn := v15.database(t, fmt.Sprint("pool_max_conns=", most))
		pool, err := pgxpool.New(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		b, err := postgres.OpenPool(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		w := watch(t, b.Stores().Session)
		becomes(t, b, want)
		told(t, open(t, strings.Replace(dsn, fmt.Sprint("pool_max_conns=", most, "&"), "", 1)), w, 2)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !soon(t, func() bool { return pool.Stat().AcquiredConns() == 0 }) {
			t.Error("a connection is kept")
		}
	}
}

// Through PgBouncer calls arrive where a client has a server's process to itself. In
// transaction mode that is noticed before anything listens, and endings are looked
// for. STO-026, SES-207
func TestNotify_through_PgBouncer(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, v15.err)
	for mode, want := range map[string]string{"session": "called", "transaction": "looked for once a second: calls do not arrive"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			pooler, err := dbtest.PgBouncer(v15.PostgresServer, mode)
			dbtest.Need(t, err)
			t.Cleanup(func() {
				if err := pooler.Stop(); err != nil {
					t.Error(err)
				}
			})
			exec(t, v15.DSN, "CREATE DATABASE bounced_"+mode)
			bounced := func(u *url.URL) {
				u.Path, u.RawQuery = "/bounced_"+mode, "default_query_exec_mode=cache_describe&application_name="+mode
			}
			dsn := on(t, pooler.DSN, bounced)
			here, there := open(t, dsn), open(t, dsn)
			w := watch(t, here.Stores().Session)
			becomes(t, here, want)
			took := told(t, there, w, 3)
			t.Logf("told after %v", took)
			listens := map[string]int{"session": 1, "transaction": 0}[mode]
			if n := listening(t, on(t, v15.DSN, bounced), mode, false); n != listens {
				t.Errorf("%d connections of the server listen", n)
			}
			if mode == "session" && took[1] > 500*time.Millisecond {
				t.Errorf("told after %v", took)
			}
		})
	}
}

// What calling costs those who end something, printed: 64 sign-outs at once, on a
// server that needs 2 ms for each write to the disk. SES-207
func TestNotify_costs_little(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, v18.err)
	const many, rounds = 64, 5
	took := map[string]time.Duration{}
	for _, tc := range []struct {
		name string
		opts []postgres.Option
	}{{"without", []postgres.Option{postgres.WithoutNotify("to compare")}}, {"with", nil}} {
		dsn := v18.database(t, "commit_delay=2000", "commit_siblings=0")
		b := open(t, dsn, append(tc.opts, postgres.WithConnections(32))...)
		if tc.opts == nil {
			watch(t, b.Stores().Session)
			becomes(t, b, "called")
		}
		s := b.Stores().Session
		for round := range rounds {
			all := make([]session.Record, many)
			for i := range all {
				all[i] = login(t, s, fmt.Sprint(round, "/", i))
			}
			began := time.Now()
			var done sync.WaitGroup
			for _, r := range all {
				done.Go(func() {
					if err := s.Delete(t.Context(), r.Ref, r.Subject); err != nil {
						t.Error(err)
					}
				})
			}
			done.Wait()
			took[tc.name] += time.Since(began)
		}
	}
	t.Logf("%d sign-outs: %v with calls, %v without", many*rounds, took["with"], took["without"])
}

// login makes a session of somebody.
func login(t *testing.T, s session.Store, name string) session.Record {
	t.Helper()
	r := session.Record{
		Ref: identity.FromNamespaced[session.Ref]("test", name), Rev: 1, Login: identity.FromNamespaced[identity.LoginID]("test", name),
		Subject: identity.Subject{
			Tenant: identity.FromNamespaced[identity.TenantID]("test", name), User: identity.FromNamespaced[identity.UserID]("test", name),
		},
		AuthAt: noon, CreatedAt: noon, IdleUntil: noon.Add(time.Hour), AbsUntil: noon.Add(2 * time.Hour), Sealed: []byte("body"),
	}
	if _, err := s.Create(t.Context(), r, session.Claim{Subject: r.Subject, Now: noon}); err != nil {
		t.Fatal(err)
	}
	return r
}
