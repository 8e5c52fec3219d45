package valkey_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
)

// line is a connection to a server that loses an answer when it is told to.
type line struct {
	l    net.Listener
	to   string
	word atomic.Pointer[string] // the answer of the next command with it is lost
	says atomic.Pointer[string] // or this, and the command is not sent on
	lost atomic.Int64
	all  sync.WaitGroup
}

// through is the URL of a server over a line of its own.
func through(t *testing.T, server string) (*line, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	x := &line{l: l, to: u.Host}
	u.Host = l.Addr().String()
	x.all.Go(x.serve)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		x.all.Wait()
	})
	return x, u.String()
}

func (x *line) serve() {
	for {
		near, err := x.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", x.to) //nolint:noctx // a test's own
		if err != nil {
			_ = near.Close()
			continue
		}
		deaf := &atomic.Bool{}
		done := func() { _, _ = near.Close(), far.Close() }
		x.all.Go(func() { defer done(); _, _ = io.Copy(far, &asking{x, near, deaf}) })
		x.all.Go(func() { defer done(); _, _ = io.Copy(near, &losing{far, deaf}) })
	}
}

// asking reads what a client says, until it says the word; losing what the server says,
// which is then lost with the connection.
type asking struct {
	x    *line
	near io.ReadWriter
	deaf *atomic.Bool
}

func (r *asking) Read(b []byte) (int, error) {
	n, err := r.near.Read(b)
	if w := r.x.word.Load(); w != nil && bytes.Contains(b[:n], []byte(*w)) && r.x.word.CompareAndSwap(w, nil) {
		r.x.lost.Add(1)
		if said := r.x.says.Load(); said != nil {
			_, err := io.WriteString(r.near, *said)
			return 0, err
		}
		r.deaf.Store(true)
	}
	return n, err
}

type losing struct {
	r    io.Reader
	deaf *atomic.Bool
}

func (r *losing) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if r.deaf.Load() {
		return 0, io.EOF
	}
	return n, err
}

// lose has the answer of one command lost.
func (x *line) lose(t *testing.T, word string, do func() error) error {
	t.Helper()
	before := x.lost.Load()
	x.word.Store(&word)
	err := do()
	x.word.Store(nil)
	if x.lost.Load() != before+1 {
		t.Errorf("no answer of %s was lost", word)
	}
	return err
}

// answer has one command answered with what a server did not say.
func (x *line) answer(t *testing.T, word, said string, do func() error) error {
	t.Helper()
	x.says.Store(&said)
	defer x.says.Store(nil)
	return x.lose(t, word, do)
}

// A write whose answer is lost on its way is made once: its caller is told that the
// effect is unknown and reads back. The driver sends none again, and every read.
//
// STO-034, STO-061, SES-199
func TestWrites_whose_answer_is_lost(t *testing.T) {
	t.Parallel()
	for name, replicated := range map[string]bool{"alone": false, "with a replica": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Need(t, single.err)
			at := single.url
			if replicated {
				primary, _ := pair(t)
				at = primary.URL
			}
			x, at := through(t, at)
			lostWrites(t, x, (&server{url: at}).open(t).Stores())
		})
	}
}

func lostWrites(t *testing.T, x *line, stores backend.Stores) {
	t.Helper()
	ctx, id, st := t.Context(), stores.Identity, stores.Session
	m := newMember(t, id)
	sub, row, alone := m.user.Subject(), fullRow(), fullRow()
	old, next := record(sub), record(sub)
	if _, err := st.Create(ctx, old, claimFor(old)); err != nil {
		t.Fatal(err)
	}
	if err := st.Raise(ctx, identity.UserScope(person())); err != nil { // so that there is a connection
		t.Fatal(err)
	}
	stepped := m.cred
	stepped.Version++
	writes := []struct {
		what string
		make func() error
		then error // what a repetition is told
	}{
		{"a raise", func() error { return st.Raise(ctx, identity.TenantScope(sub.Tenant)) }, nil},
		{"a step", func() error {
			return id.Record(ctx, identity.AdvanceCredential{Credential: stepped}, identity.Append{Row: row})
		}, store.ErrConflict},
		{"a link", func() error {
			return id.Apply(ctx, identity.ConsumeToken{Selector: m.token.Selector, Digest: m.token.Digest, Purpose: m.token.Purpose, Now: noon()})
		}, store.ErrNotFound},
		{"an event", func() error { return id.Append(ctx, alone) }, store.ErrExists},
	}
	for i, w := range writes {
		if err := x.lose(t, "EVALSHA", w.make); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s, its answer lost: %v", w.what, err)
		}
		e, err := st.Epochs(ctx, sub)
		if err != nil || e.Tenant != 1 {
			t.Errorf("after %s the epoch is %d, %v", w.what, e.Tenant, err)
		}
		if i == 0 {
			continue // to repeat a raise raises again
		}
		if err := w.make(); !errors.Is(err, w.then) {
			t.Errorf("%s, repeated: %v", w.what, err)
		}
	}
	a, err := id.AccountByID(ctx, sub)
	if err != nil || a.Credentials[0].Version != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	err = x.lose(t, "MGET", func() error { _, err := id.AccountByID(ctx, sub); return err })
	if err != nil {
		t.Errorf("a read is asked again: %v", err)
	}
	next.Epochs.Tenant = 1
	err = x.lose(t, "EVALSHA", func() error { _, err := st.Rotate(ctx, old.Ref, 1, next, claimFor(next), 0); return err })
	_, _, was := st.Load(ctx, old.Ref, noon())
	_, _, is := st.Load(ctx, next.Ref, noon())
	if err != nil && !errors.Is(err, store.ErrUnavailable) || (was == nil) == (is == nil) {
		t.Errorf("a rotation, its answer lost: %v; the old record %v, the new one %v", err, was, is)
	}
}
