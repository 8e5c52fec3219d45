package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

const (
	residentSessions = 1_000_000
	residentFew      = 1_000 // what Check makes do with

	nameBareLogin = "axess, no values"
)

// memoryContest is what sessions that nobody uses take in the process.
func memoryContest() Contest {
	return Contest{
		Name: "memory", Title: "1,000,000 idle sessions in the memory store, and making one",
		Once: true, ByBytes: true,
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return resident{fill: fillMemory(custom4)}, nil }},
			{Name: nameBareLogin, Make: func(string) (Subject, error) { return resident{fill: fillMemory(custom0)}, nil }},
			{Name: "scs", Source: scsSource, Make: func(string) (Subject, error) { return resident{fill: fillSCS}, nil }},
		},
		Bars: []Bar{{Entry: nameBareLogin, Bytes: 600}},
	}
}

// How many of the application's values a session has.
const (
	custom0 = 0
	custom4 = 4
)

// resident is a [Subject] whose figures are those of one session of many.
type resident struct {
	// fill makes n sessions in a store of its own, which it returns, and asks it for
	// one of them.
	fill func(n int) (kept any, err error)
}

func (r resident) Check() error {
	_, err := r.fill(residentFew)
	return err
}

// Measure compares what the heap holds before and after.
func (r resident) Measure() (Sample, error) {
	before := heap()
	began := time.Now()
	kept, err := r.fill(residentSessions)
	took := time.Since(began)
	if err != nil {
		return Sample{}, err
	}
	after := heap()
	runtime.KeepAlive(kept)
	// The other contests shall not work in its shadow.
	kept = nil
	debug.FreeOSMemory()
	return Sample{Nanoseconds: float64(took) / residentSessions, Bytes: int64(after-before) / residentSessions}, nil
}

// heap is what is alive, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one has only emptied
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fillMemory makes sessions as a sign-in does, each of a person of its own, from one
// that was really signed in.
func fillMemory(values int) func(n int) (any, error) {
	return func(n int) (any, error) {
		h, err := newHouse()
		if err != nil {
			return nil, err
		}
		rec, err := h.signedIn(values)
		if err != nil {
			return nil, err
		}
		ctx, now := context.Background(), h.clock.Now()
		b := memory.New(memory.Config{Capacity: n})
		s := b.Stores().Session
		for i := range n {
			next := rec
			next.Rev, next.Prev = 1, session.Ref{}
			next.Ref = identity.FromBytes[session.Ref](refAt(i))
			next.Subject.User, next.Login = identity.NewUserID(h.entropy), identity.NewLoginID(h.entropy)
			if _, err := s.Create(ctx, next, session.Claim{Subject: next.Subject, Now: now}); err != nil {
				return nil, fmt.Errorf("session %d: %w", i, err)
			}
		}
		_, _, err = s.Load(ctx, identity.FromBytes[session.Ref](refAt(n/2)), now)
		return b, err
	}
}

// signedIn is the record of a login with some of the application's values.
func (h *house) signedIn(values int) (rec session.Record, err error) {
	var ref session.Ref
	requests, err := collect(1, h.signInWith(values))
	if err != nil {
		return session.Record{}, err
	}
	h.manager.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if s, missing := session.From(r.Context()); missing == nil {
			ref = s.View().Ref
		}
	})).ServeHTTP(newSink(), requests[0])
	rec, _, err = h.stores.Session.Load(context.Background(), ref, h.clock.Now())
	return rec, err
}

// fillSCS makes sessions from the data of one that scs has made.
func fillSCS(n int) (any, error) {
	made := memstore.NewWithCleanupInterval(0)
	if _, err := scsOn(1, idle, func(m *scs.SessionManager) { m.Store = made }); err != nil {
		return nil, err
	}
	all, err := made.All()
	if err != nil || len(all) != 1 {
		return nil, errors.Join(err, fmt.Errorf("%d sessions", len(all)))
	}
	var data []byte
	for _, data = range all {
	}
	b, end := memstore.NewWithCleanupInterval(0), time.Now().Add(idle)
	for i := range n {
		token := fmt.Sprintf("%043d", i)
		if err := b.Commit(token, append([]byte(nil), data...), end); err != nil {
			return nil, err
		}
	}
	if _, found, err := b.Find(fmt.Sprintf("%043d", n/2)); err != nil || !found {
		return nil, fmt.Errorf("not found: %w", err)
	}
	return b, nil
}
