package valkey_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// cut is a client whose process dies at one command: before the server sees it, or
// after. Nothing that is sent later arrives.
type cut struct {
	driver.Client
	at    int64 // 0: never
	after bool
	n     atomic.Int64
	// meanwhile, if set, happens before the command at, which then goes on.
	meanwhile func()
}

// waits reports that a command is the one before which something happens.
func (c *cut) waits(n int64) bool {
	if n != c.at || c.meanwhile == nil {
		return false
	}
	c.meanwhile()
	return true
}

func gone() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func (c *cut) Do(ctx context.Context, cmd driver.Completed) driver.ValkeyResult {
	n := c.n.Add(1)
	if c.at == 0 || n < c.at || c.waits(n) || c.meanwhile != nil {
		return c.Client.Do(ctx, cmd)
	}
	if n == c.at && c.after {
		c.Client.Do(ctx, cmd)
	}
	return c.Client.Do(gone(), c.B().Ping().Build())
}

func (c *cut) DoMulti(ctx context.Context, cmds ...driver.Completed) []driver.ValkeyResult {
	n := c.n.Add(1)
	if c.at == 0 || n < c.at || c.waits(n) || c.meanwhile != nil {
		return c.Client.DoMulti(ctx, cmds...)
	}
	if n == c.at && c.after {
		c.Client.DoMulti(ctx, cmds...)
	}
	pings := make([]driver.Completed, len(cmds))
	for i := range pings {
		pings[i] = c.B().Ping().Build()
	}
	return c.Client.DoMulti(gone(), pings...)
}

// dying is a backend with a healthy view and one that can be cut.
type dying struct {
	*testing.T
	raw    driver.Client
	prefix string
	c      *cut
	ok     session.Store
	cut    session.Store
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newDying(t *testing.T, s *server) *dying {
	t.Helper()
	dbtest.Need(t, s.err)
	opt, err := driver.ParseURL(strings.Split(s.url, ",")[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := driver.NewClient(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(raw.Close)
	d := &dying{T: t, raw: raw, prefix: fmt.Sprintf("t%d", prefixes.Add(1)), c: &cut{Client: raw}}
	d.ok = d.over(raw)
	d.cut = d.over(d.c)
	return d
}

func (d *dying) over(c driver.Client) session.Store {
	d.Helper()
	b, err := valkey.OpenClient(d.Context(), c, valkey.WithPrefix(d.prefix))
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() {
		if err := b.Close(); err != nil {
			d.Error(err)
		}
	})
	return b.Stores().Session
}

func (d *dying) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func person() identity.Subject {
	src := entropy.System()
	return identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
}

func record(s identity.Subject) session.Record {
	src := entropy.System()
	r := session.Record{
		Ref: identity.NewID[session.Ref](src), Rev: 1, Subject: s, Sealed: []byte("sealed"),
		CreatedAt: noon(), IdleUntil: noon().Add(time.Hour), AbsUntil: noon().Add(12 * time.Hour),
	}
	if !s.IsZero() {
		r.Login, r.AuthAt = identity.NewLoginID(src), noon()
	}
	return r
}

func claimFor(r session.Record) session.Claim {
	return session.Claim{Subject: r.Subject, Expect: r.Epochs, Now: noon(), Limit: session.LimitPolicy{Max: 3}}
}

// usable reports that a record loads as something that can go on.
func (d *dying) usable(r session.Record) bool {
	d.Helper()
	got, _, err := d.ok.Load(d.Context(), r.Ref, noon())
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	d.must(err)
	return !got.Superseded
}

func (d *dying) there(r session.Record) bool {
	d.Helper()
	_, _, err := d.ok.Load(d.Context(), r.Ref, noon())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		d.Fatal(err)
	}
	return err == nil
}

// A process that dies between any two commands of a rotation leaves exactly one of
// the two records usable, and whoever ends the old one afterwards has ended both.
//
// STO-030, SES-105, SES-225
func TestRotate_dies_between_every_two_commands(t *testing.T) {
	t.Parallel()
	a, b := person(), person()
	for name, way := range map[string]struct {
		from, to identity.Subject
		grace    time.Duration
	}{
		"nobody to nobody":             {},
		"nobody to nobody, with grace": {grace: time.Minute},
		"sign-in":                      {to: a},
		"within a subject":             {from: a, to: a},
		"within a subject, with grace": {from: a, to: a, grace: time.Minute},
		"to another subject":           {from: a, to: b},
		"to nobody":                    {from: a},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDying(t, single)
			begun := d.c.n.Load()
			for at := int64(1); ; at++ {
				reached := false
				for _, after := range []bool{false, true} {
					old, next := record(way.from), record(way.to)
					_, err := d.ok.Create(t.Context(), old, claimFor(old))
					d.must(err)
					d.c.n.Store(0)
					d.c.at, d.c.after = at, after
					_, err = d.cut.Rotate(t.Context(), old.Ref, 1, next, claimFor(next), way.grace)
					reached = reached || d.c.n.Load() >= at
					d.c.at = 0
					d.judge(fmt.Sprintf("command %d, after %t", at, after), old, next, err)
				}
				if !reached {
					if at < 2 {
						t.Error("no command was cut", begun)
					}
					return
				}
			}
		})
	}
}

func (d *dying) judge(when string, old, next session.Record, err error) {
	d.Helper()
	if err != nil && !errors.Is(err, store.ErrUnavailable) {
		d.Errorf("%s: %v", when, err)
	}
	was, is := d.usable(old), d.usable(next)
	if was == is {
		d.Errorf("%s: the old record is usable: %t, the new one: %t", when, was, is)
	}
	if err == nil && !is {
		d.Errorf("%s: acknowledged, and not there", when)
	}
	if !next.Subject.IsZero() {
		list, err := d.ok.Sessions(d.Context(), next.Subject, session.Ref{}, 100, noon())
		d.must(err)
		for _, l := range list {
			if l.Ref == next.Ref && !is {
				d.Errorf("%s: listed, and not there", when)
			}
		}
	}
	d.must(d.ok.Delete(d.Context(), old.Ref, identity.Subject{}))
	if was {
		if d.there(old) || d.there(next) {
			d.Errorf("%s: something outlives the end of the old record", when)
		}
	}
	d.must(d.ok.Delete(d.Context(), next.Ref, identity.Subject{}))
	if d.there(old) || d.there(next) {
		d.Errorf("%s: something outlives the end of both", when)
	}
}

// Of two halves in different slots the one that was named goes last, so whoever
// repeats the call finds both.
//
// STO-005, STO-030, SES-106
func TestDelete_dies_between_every_two_commands(t *testing.T) {
	t.Parallel()
	d := newDying(t, single)
	for _, named := range []int{0, 1} {
		for at := int64(1); at < 12; at++ {
			for _, after := range []bool{false, true} {
				pair := [2]session.Record{record(identity.Subject{}), record(identity.Subject{})}
				_, err := d.ok.Create(t.Context(), pair[0], claimFor(pair[0]))
				d.must(err)
				_, err = d.ok.Rotate(t.Context(), pair[0].Ref, 1, pair[1], claimFor(pair[1]), time.Minute)
				d.must(err)
				d.c.n.Store(0)
				d.c.at, d.c.after = at, after
				err = d.cut.Delete(t.Context(), pair[named].Ref, identity.Subject{})
				d.c.at = 0
				if err != nil {
					d.must(d.ok.Delete(t.Context(), pair[named].Ref, identity.Subject{}))
				}
				if d.there(pair[0]) || d.there(pair[1]) {
					t.Errorf("half %d, command %d, after %t: a half is left", named, at, after)
				}
			}
		}
	}
}

// Sixty-four sign-ins over one record of nobody: one happens, and nothing is left of
// the others, nor of whom they would have evicted.
//
// IDN-067, SES-105, STO-030
func TestRotate_of_one_guest_has_one_winner(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := s.open(t).Stores().Session
			for _, to := range []identity.Subject{{}, person()} {
				guest := record(identity.Subject{})
				if _, err := st.Create(t.Context(), guest, claimFor(guest)); err != nil {
					t.Fatal(err)
				}
				var won atomic.Int64
				var wg sync.WaitGroup
				next := make([]session.Record, 64)
				for i := range next {
					next[i] = record(to)
					wg.Go(func() {
						_, err := st.Rotate(t.Context(), guest.Ref, 1, next[i], claimFor(next[i]), 0)
						switch {
						case err == nil:
							won.Add(1)
						case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound):
							t.Error(err)
						}
					})
				}
				wg.Wait()
				there := 0
				for i := range next {
					if _, _, err := st.Load(t.Context(), next[i].Ref, noon()); err == nil {
						there++
					}
				}
				if _, _, err := st.Load(t.Context(), guest.Ref, noon()); won.Load() != 1 || there != 1 || !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%d won, %d are there, the guest: %v", won.Load(), there, err)
				}
			}
		})
	}
}

// Who froze a record and died keeps it for 10 s; then the next one goes on, and the
// move of the first never happens, also when it was only slow.
//
// STO-030
func TestRotate_takes_over_from_one_that_is_late(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		d := newDying(t, single)
		guest, lost, next := record(identity.Subject{}), record(person()), record(person())
		_, err := d.ok.Create(t.Context(), guest, claimFor(guest))
		d.must(err)
		takeOver := func() {
			if _, err := d.ok.Rotate(t.Context(), guest.Ref, 1, next, claimFor(next), 0); !errors.Is(err, store.ErrConflict) {
				t.Errorf("while the first may still be about it: %v", err)
			}
			ref := guest.Ref.Bytes()
			claim := fmt.Sprintf("%s:{%s.%02x}:c:%x", d.prefix, d.prefix, ref[0], ref)
			d.must(d.raw.Do(t.Context(), d.raw.B().Setrange().Key(claim).Offset(56).Value(string(make([]byte, 8))).Build()).Error())
			if _, err := d.ok.Rotate(t.Context(), guest.Ref, 1, next, claimFor(next), 0); err != nil {
				t.Errorf("after its time: %v", err)
			}
		}
		want := store.ErrUnavailable
		if slow {
			d.c.meanwhile, want = takeOver, store.ErrConflict
		}
		d.c.n.Store(0)
		d.c.at = 2
		if _, err = d.cut.Rotate(t.Context(), guest.Ref, 1, lost, claimFor(lost), 0); !errors.Is(err, want) {
			t.Errorf("slow %t: %v", slow, err)
		}
		if d.c.at = 0; !slow {
			takeOver()
		}
		if d.usable(guest) || d.usable(lost) || !d.usable(next) {
			t.Errorf("slow %t: guest %t, first %t, second %t", slow, d.usable(guest), d.usable(lost), d.usable(next))
		}
	}
}
