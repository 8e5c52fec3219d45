package bench

import (
	"context"
	"crypto/md5"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/postgres"
)

// A sweep is measured at this many sessions that are over and as many that are not,
// in batches of the size that axess.New takes.
const (
	sweepSessions = 1_000_000
	sweepFew      = 2_000 // what Check makes do with
	sweepBatch    = 500
)

// What is told of one sweep.
const (
	sweepLongest = "axess, longest batch"
	sweepMiddle  = "axess, median batch"
	sweepRow     = "axess, per row"
	sweepLoad    = "a load meanwhile, p99"
	sweepTouch   = "a touch meanwhile, p99"
)

// sweepContest is a sweep of a full table on PostgreSQL. A batch is one transaction,
// so how long it takes bounds how long it holds any lock (STO-063).
func sweepContest() Contest {
	s := &sweep{figures: map[string]time.Duration{}}
	c := Contest{
		Name: "sweep", Title: "Removing 1,000,000 sessions that are over from among 1,000,000 that are not, PostgreSQL",
		Start: s.server.start, Once: true,
		Bars: []Bar{{Entry: sweepLongest, Nanoseconds: float64(100 * time.Millisecond)}},
	}
	for _, name := range []string{sweepLongest, sweepMiddle, sweepRow, sweepLoad, sweepTouch} {
		c.Entries = append(c.Entries, Entry{Name: name, Make: func(string) (Subject, error) { return figure{s, name}, nil }})
	}
	return c
}

type sweep struct {
	server  postgresServer
	once    sync.Once
	err     error
	figures map[string]time.Duration
}

// figure is one of a sweep, which is made when the first of them is asked for.
type figure struct {
	s    *sweep
	name string
}

func (f figure) Check() error {
	if f.name != sweepLongest {
		return nil
	}
	_, err := f.s.run(sweepFew)
	return err
}

func (f figure) Measure() (Sample, error) {
	f.s.once.Do(func() { f.s.figures, f.s.err = f.s.run(sweepSessions) })
	return Sample{Nanoseconds: float64(f.s.figures[f.name])}, f.s.err
}

// run fills a table with n sessions that ended within the last day and n that have a
// week to go, and sweeps until there is nothing left to remove.
func (s *sweep) run(n int) (_ map[string]time.Duration, err error) {
	dsn, err := s.server.schema()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	b, err := postgres.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := time.Now().UTC().Truncate(time.Microsecond)
	if err := fillTable(ctx, db, n, now); err != nil {
		return nil, err
	}
	store := b.Stores().Session
	others := &visitors{store: store, now: now, over: make(chan struct{})}
	var wait sync.WaitGroup
	wait.Go(func() { others.err = others.visit(ctx, n) })
	var batches []time.Duration
	removed, began := 0, time.Now()
	for err == nil {
		var k int
		at := time.Now()
		k, err = store.Sweep(ctx, now, sweepBatch)
		batches = append(batches, time.Since(at))
		if removed += k; k < sweepBatch {
			break
		}
	}
	all := time.Since(began)
	close(others.over)
	wait.Wait()
	if err = errors.Join(err, others.err); err != nil {
		return nil, err
	}
	if left, err := rowsLeft(ctx, db); err != nil || removed != n || left != n {
		return nil, fmt.Errorf("removed %d of %d, left %d: %w", removed, n, left, err)
	}
	return map[string]time.Duration{
		sweepLongest: slices.Max(batches), sweepMiddle: percentile(batches, 50), sweepRow: all / time.Duration(n),
		sweepLoad: percentile(others.loads, 99), sweepTouch: percentile(others.touches, 99),
	}, nil
}

func rowsLeft(ctx context.Context, db *sql.DB) (n int, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM axess_sessions").Scan(&n)
	return n, err
}

func percentile(of []time.Duration, share int) time.Duration {
	slices.Sort(of)
	return of[(len(of)-1)*share/100]
}

// fillTable writes rows as sessions are, in the order in which nobody meets them.
// Indexes are made afterwards: that is how long it may take before it is no bench any
// more.
func fillTable(ctx context.Context, db *sql.DB, n int, now time.Time) error {
	const fill = `INSERT INTO axess_sessions
 (ref, rev, superseded, tenant_id, user_id, login_id, auth_at, created_at, idle_until, abs_until, ends_at, sweep_at, seen_at,
  epoch_g, epoch_t, epoch_u, actor_epoch_t, actor_epoch_u, kid, sealed)
SELECT decode(md5(i::text), 'hex'), 1, 0, md5('t')::uuid, md5('u' || i)::uuid, md5('l' || i)::uuid, ends - 86400000000, ends - 86400000000,
 ends, ends + 86400000000, ends, (ends + 3599999999) / 3600000000 * 3600000000, ends - 86400000000, 0, 0, 0, 0, 0, '\x01020304', body
FROM (SELECT i, CASE WHEN i % 2 = 0 THEN $2::bigint - 600000000 - (i::bigint * 40503) % 86400000000 ELSE $2::bigint + 604800000000 END AS ends,
 decode(repeat(md5('b' || i), 10), 'hex') || decode(repeat(md5('c' || i), 10), 'hex') AS body
 FROM generate_series(0, 2 * $1::int - 1) AS i) AS made`
	var indexes []string
	found, err := db.QueryContext(ctx, `SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = current_schema() AND tablename = 'axess_sessions' AND indexname NOT LIKE '%pkey'`)
	if err != nil {
		return err
	}
	defer found.Close()
	var drops []string
	for found.Next() {
		var name, def string
		if err := found.Scan(&name, &def); err != nil {
			return err
		}
		drops, indexes = append(drops, "DROP INDEX "+name), append(indexes, def)
	}
	if err := found.Err(); err != nil {
		return err
	}
	for _, text := range drops {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if _, err := db.ExecContext(ctx, fill, n, now.UnixMicro()); err != nil {
		return err
	}
	for _, text := range append(indexes, "ANALYZE axess_sessions", "CHECKPOINT") {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// visitors load and touch sessions that are alive while a sweep goes on.
type visitors struct {
	store          session.Store
	now            time.Time
	over           chan struct{}
	loads, touches []time.Duration
	err            error
}

func (v *visitors) visit(ctx context.Context, n int) error {
	for i := 1; ; i = (i + 2*7919) % (2 * n) {
		select {
		case <-v.over:
			if len(v.loads) > 0 {
				return nil
			}
		case <-time.After(5 * time.Millisecond):
		}
		ref := identity.FromBytes[session.Ref](refAt(i))
		at := time.Now()
		if _, _, err := v.store.Load(ctx, ref, v.now); err != nil {
			return fmt.Errorf("session %d: %w", i, err)
		}
		v.loads = append(v.loads, time.Since(at))
		at = time.Now()
		if err := v.store.Touch(ctx, ref, v.now.Add(8*24*time.Hour), v.now); err != nil {
			return err
		}
		v.touches = append(v.touches, time.Since(at))
	}
}

// refAt is the ref of a row that fillTable has made.
func refAt(i int) [16]byte { return md5.Sum([]byte(strconv.Itoa(i))) }
