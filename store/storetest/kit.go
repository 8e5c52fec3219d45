package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// racers is how many goroutines meet in a race.
const racers = 64

// at is a moment: offsets of one fixed noon.
func at(offset time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(offset)
}

// kit is one test with its stores.
type kit struct {
	*testing.T
	s     backend.Stores
	src   entropy.Source
	looks int // how often the outbox was looked at
}

func newKit(t *testing.T, factory Factory) *kit {
	t.Helper()
	s := factory(t)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return &kit{T: t, s: s, src: newSource(t.Name(), 0)}
}

// newSource is the n-th source of randomness of a test.
func newSource(test string, n int) entropy.Source {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, test, n)
	return entropy.Seeded(h.Sum64())
}

func (k *kit) ctx() context.Context { return k.Context() }

// cancelled is a context that nobody waits for any more.
func (k *kit) cancelled() context.Context {
	//axess:allow L01 the suite hands backends a cancelled context, no time passes
	ctx, cancel := context.WithCancel(k.Context())
	cancel()
	return ctx
}

// must fails the test at once: what follows makes no sense after an error here.
func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("unexpected error: %v", err)
	}
}

// fails checks the class of an error.
func (k *kit) fails(what string, err, want error) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// equal compares values field by field, times by the moment they mean.
func equal[T any](k *kit, what string, got, want T) {
	k.Helper()
	if !reflect.DeepEqual(got, want) {
		k.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func (k *kit) subject() identity.Subject {
	return identity.Subject{Tenant: identity.NewTenantID(k.src), User: identity.NewUserID(k.src)}
}

func (k *kit) row(topic store.Topic) store.Row {
	return store.Row{
		ID: identity.NewEventID(at(0), k.src).Bytes(), At: at(0), Topic: topic, Body: []byte("body of a row"),
	}
}

// rows are the ids of all rows of a topic, in order. Looking leases them, so it
// moves the time on with every look.
func (k *kit) rows(topic store.Topic) [][16]byte {
	k.Helper()
	k.looks++
	now := at(time.Duration(k.looks) * 24 * time.Hour)
	list, err := k.s.Identity.Lease(k.ctx(), topic, 1000, now, now.Add(time.Millisecond))
	k.must(err)
	ids := [][16]byte{}
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

// race runs f in 64 goroutines that start together and returns their errors.
func race(f func(i int) error) []error {
	errs := make([]error, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i := range racers {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// winners checks how many succeeded and that everybody else got one of the
// errors given.
func (k *kit) winners(errs []error, want int, losers ...error) {
	k.Helper()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case !slices.ContainsFunc(losers, func(l error) bool { return errors.Is(err, l) }):
			k.Errorf("racer %d: unexpected error %v", i, err)
		}
	}
	if won != want {
		k.Errorf("%d of %d racers succeeded, want %d", won, len(errs), want)
	}
}

// tooLong is one byte more than a limit.
func tooLong(limit int) []byte { return []byte(strings.Repeat("x", limit+1)) }

func sorted(ids [][16]byte) [][16]byte {
	return slices.SortedFunc(slices.Values(ids), func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
}
