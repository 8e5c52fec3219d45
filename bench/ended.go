package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/mysql"
	"github.com/axess-go/axess/store/postgres"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/valkey"
)

const (
	// endings are the sessions that are ended for one figure: two of them are slower
	// than the 99th percentile.
	endings = 240
	// nodes hold each session that is ended, and have it open.
	nodes = 3
	// pause between two endings spreads them over the second in which some stores are
	// asked what has ended, and lets the one be heard before the next.
	pause = 4 * time.Millisecond
	// heardAtLast is when nobody waits any longer.
	heardAtLast = 10 * time.Second

	ofRequests = "requests"
	ofSockets  = "open sockets"
)

// endedContests are how long a session that has ended goes on, one contest for each
// kind of store: nobody else measures it, so the bars are times.
func endedContests() []Contest {
	pg, my, vk := &postgresServer{}, &mysqlServer{}, &valkeyServer{}
	return []Contest{
		endedContest("memory", "the memory store, three managers in one process", nil, time.Second, alone(func(string) (backend.Stores, error) {
			return memory.New(memory.Config{}).Stores(), nil
		})),
		endedContest("sqlite", "SQLite, three managers in one process", nil, time.Second, alone(func(dir string) (backend.Stores, error) {
			b, err := sqlite.Open(filepath.Join(dir, "app.db"))
			if err != nil {
				return backend.Stores{}, err
			}
			return b.Stores(), nil
		})),
		endedContest("postgres", "PostgreSQL", pg.start, time.Second, func(string) ([]backend.Stores, error) {
			dsn, err := pg.schema()
			return opened(err, func() (interface{ Stores() backend.Stores }, error) { return postgres.Open(context.Background(), dsn) })
		}),
		endedContest("mysql", "MariaDB", my.start, time.Second, func(string) ([]backend.Stores, error) {
			dsn, err := my.database()
			return opened(err, func() (interface{ Stores() backend.Stores }, error) { return mysql.Open(context.Background(), dsn) })
		}),
		endedContest("valkey", "Valkey", vk.start, 50*time.Millisecond, func(string) ([]backend.Stores, error) {
			prefix := valkey.WithPrefix(vk.prefix())
			return opened(nil, func() (interface{ Stores() backend.Stores }, error) {
				return valkey.Open(context.Background(), vk.URL, prefix)
			})
		}),
	}
}

// endedContest bounds the 99th percentile.
func endedContest(name, where string, start func() (func() error, error), most time.Duration, stores func(string) ([]backend.Stores, error)) Contest {
	c := Contest{
		Name: "ended-" + name, Title: "Until a session that was ended is refused on three nodes, sessions in " + where,
		Start: start, Once: true,
	}
	run := &endingRun{stores: stores}
	for _, kind := range []string{ofRequests, ofSockets} {
		for _, share := range []int{50, 99} {
			entry := fmt.Sprintf("%s, p%d", kind, share)
			c.Entries = append(c.Entries, Entry{Name: entry, Make: func(scratch string) (Subject, error) {
				return ended{run, scratch, kind, share}, nil
			}})
			if share == 99 {
				c.Bars = append(c.Bars, Bar{Entry: entry, Nanoseconds: float64(most)})
			}
		}
	}
	return c
}

// opened opens a store once for each node.
func opened(err error, open func() (interface{ Stores() backend.Stores }, error)) ([]backend.Stores, error) {
	if err != nil {
		return nil, err
	}
	var all []backend.Stores
	for range nodes {
		b, err := open()
		if err != nil {
			return nil, err
		}
		all = append(all, b.Stores())
	}
	return all, nil
}

// alone is a store that only one process may open: its nodes share it.
func alone(open func(dir string) (backend.Stores, error)) func(string) ([]backend.Stores, error) {
	return func(scratch string) ([]backend.Stores, error) {
		dir, err := os.MkdirTemp(scratch, "ended")
		if err != nil {
			return nil, err
		}
		s, err := open(dir)
		return []backend.Stores{s, s, s}, err
	}
}

// ended is one figure of a run that all figures of a contest share.
type ended struct {
	run     *endingRun
	scratch string
	kind    string
	share   int // in hundredths
}

func (e ended) Check() error {
	_, err := e.run.few(e.scratch)
	return err
}

func (e ended) Measure() (Sample, error) {
	times, err := e.run.many(e.scratch)
	if err != nil {
		return Sample{}, err
	}
	of := times.requests
	if e.kind == ofSockets {
		of = times.sockets
	}
	return Sample{Nanoseconds: float64(of[len(of)*e.share/100])}, nil
}

// endingTimes are sorted, one for each session: until the slowest node.
type endingTimes struct{ requests, sockets []time.Duration }

type endingRun struct {
	stores   func(scratch string) ([]backend.Stores, error)
	mu       sync.Mutex
	one, all *endingTimes
}

func (e *endingRun) few(scratch string) (*endingTimes, error) { return e.once(&e.one, scratch, 4) }

func (e *endingRun) many(scratch string) (*endingTimes, error) {
	return e.once(&e.all, scratch, endings)
}

func (e *endingRun) once(at **endingTimes, scratch string, n int) (*endingTimes, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if *at != nil {
		return *at, nil
	}
	stores, err := e.stores(scratch)
	if err != nil {
		return nil, err
	}
	houses, err := sharing(stores)
	if err != nil {
		return nil, err
	}
	// The first is not counted: with it each node begins to listen.
	if _, err := end(houses, 1); err != nil {
		return nil, err
	}
	*at, err = end(houses, n)
	return *at, err
}

// sharing are nodes with the same keys.
func sharing(stores []backend.Stores) ([]*house, error) {
	first, err := houseOn(stores[0], 0)
	if err != nil {
		return nil, err
	}
	all := []*house{first}
	for _, s := range stores[1:] {
		h := *first
		h.stores = s
		h.manager, err = session.New(session.Config{Store: s.Session, Keys: h.keys, Clock: h.clock, Entropy: h.entropy, Logger: h.log})
		if err != nil {
			return nil, err
		}
		all = append(all, &h)
	}
	return all, nil
}

// victim is a session that is open on every node.
type victim struct {
	request *http.Request
	ref     session.Ref
	subject identity.Subject
	told    []chan time.Time
	ended   time.Time // acknowledged
}

// end ends sessions one after the other, at each node in turn and in both ways.
func end(houses []*house, n int) (*endingTimes, error) {
	all := make([]*victim, n)
	for i := range all {
		v, err := settle(houses)
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	times := &endingTimes{}
	for i, v := range all {
		time.Sleep(pause)
		if err := v.end(houses[i%len(houses)].stores.Session, i%2 == 0); err != nil {
			return nil, err
		}
		took, err := v.refused(houses)
		if err != nil {
			return nil, err
		}
		times.requests = append(times.requests, took)
	}
	for _, v := range all {
		took, err := v.heard()
		if err != nil {
			return nil, err
		}
		times.sockets = append(times.sockets, took)
	}
	slices.Sort(times.requests)
	slices.Sort(times.sockets)
	return times, nil
}

// settle signs somebody in who has something open on every node.
func settle(houses []*house) (*victim, error) {
	requests, err := collect(1, houses[0].signInWith(0))
	if err != nil {
		return nil, err
	}
	v := &victim{request: requests[0]}
	for _, h := range houses {
		if !h.admits(v.request, v) {
			return nil, errors.New("a session that has not ended is refused")
		}
		v.told = append(v.told, h.listens(v.request))
	}
	return v, nil
}

// admits asks as a browser does; v, unless nil, is told who it was.
func (h *house) admits(r *http.Request, v *victim) (in bool) {
	h.manager.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			return
		}
		who, is := s.State().(session.Authenticated)
		if in = is; is && v != nil {
			v.ref, v.subject = s.View().Ref, who.Subject()
		}
	})).ServeHTTP(newSink(), clone(r))
	return in
}

// listens is a request that stays open until its session ends, and when that was.
func (h *house) listens(r *http.Request) chan time.Time {
	told, open := make(chan time.Time, 1), make(chan struct{})
	go h.manager.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			close(open)
			return
		}
		revoked := s.Revoked() //nolint:contextcheck // it is the request's own
		close(open)
		if <-revoked == session.RevokedEnded {
			told <- time.Now()
		}
	})).ServeHTTP(newSink(), clone(r))
	<-open
	return told
}

func (v *victim) end(st session.Store, all bool) (err error) {
	if all {
		err = st.Raise(context.Background(), identity.UserScope(v.subject))
	} else {
		err = st.Delete(context.Background(), v.ref, v.subject)
	}
	v.ended = time.Now()
	return err
}

// refused asks every node until it refuses.
func (v *victim) refused(houses []*house) (time.Duration, error) {
	for _, h := range houses {
		for h.admits(v.request, nil) {
			if time.Since(v.ended) > heardAtLast {
				return 0, errors.New("a session that was ended is admitted")
			}
		}
	}
	return time.Since(v.ended), nil
}

func (v *victim) heard() (slowest time.Duration, err error) {
	late := time.NewTimer(heardAtLast)
	defer late.Stop()
	for _, told := range v.told {
		select {
		case at := <-told:
			slowest = max(slowest, at.Sub(v.ended))
		case <-late.C:
			return 0, errors.New("what was open stays open, although its session was ended")
		}
	}
	return slowest, nil
}
