package valkey_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// relay is a line to a server that can keep quiet: what the client says arrives, and
// what the server says does not.
type relay struct {
	l     net.Listener
	to    string
	edit  func([]byte) []byte // of what the client says; nil leaves it
	quiet atomic.Bool
	turns turns
	all   sync.WaitGroup
}

// turns counts how often the client speaks after the server has.
type turns struct {
	sync.Mutex
	client bool
	n      int
}

func (t *turns) says(client bool) {
	t.Lock()
	defer t.Unlock()
	if client && !t.client {
		t.n++
	}
	t.client = client
}

func (t *turns) taken() int {
	t.Lock()
	defer t.Unlock()
	return t.n
}

func newRelay(t *testing.T, to string, edit func([]byte) []byte) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{l: l, to: to, edit: edit}
	r.all.Go(r.serve)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		r.all.Wait()
	})
	return r
}

func (r *relay) serve() {
	for {
		near, err := r.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.to) //nolint:noctx // a test's own
		if err != nil {
			_ = near.Close()
			continue
		}
		done := func() { _, _ = near.Close(), far.Close() }
		r.all.Go(func() { defer done(); r.pass(far, near, r.edit, nil, &r.turns) })
		r.all.Go(func() { defer done(); r.pass(near, far, nil, &r.quiet, &r.turns) })
	}
}

func (*relay) pass(to io.Writer, from io.Reader, edit func([]byte) []byte, quiet *atomic.Bool, turns *turns) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		said := b[:n]
		if edit != nil {
			said = edit(said)
		}
		if n > 0 {
			turns.says(quiet == nil)
		}
		if quiet == nil || !quiet.Load() {
			if _, err := to.Write(said); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// url is the server of a test behind the relay.
func (r *relay) url(s *server) string { return strings.Replace(s.url, r.to, r.l.Addr().String(), 1) }

// silence loads a warm session until a second and more after the server has gone silent,
// and returns when the last load began that passed.
func silence(t *testing.T, st session.Store, r session.Record, since time.Time) (last time.Duration) {
	t.Helper()
	for passed := 0; ; {
		began := time.Since(since)
		if began > 3*time.Second {
			t.Logf("%d loads passed, the last of them %s after the server fell silent", passed, last)
			return last
		}
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 100*time.Millisecond)
		got, e, err := st.Load(ctx, r.Ref, noon())
		cancel()
		switch {
		case valid(got, e, err):
			last = began
			passed++
		case err != nil && !errors.Is(err, store.ErrUnavailable):
			t.Fatalf("a silent server: %v", err)
		}
	}
}

// A server that no longer answers, while its connections stay open, ends the use of
// copies after a second: from then on loads fail, though nobody has noticed that
// the connection is dead.
//
// SES-208, STO-033
func TestLocalCache_is_not_used_when_the_server_is_silent(t *testing.T) {
	t.Parallel()
	s := own(t, ownServer)
	p := newDuo(t, s)
	r := p.signIn(p.here)
	p.warm(p.here, r)
	if err := s.nodes[0].Pause(); err != nil {
		t.Fatal(err)
	}
	if last := silence(t, p.here, r, time.Now()); last > 1200*time.Millisecond {
		t.Errorf("a copy is used %s after the server was stopped", last)
	}
	if err := s.nodes[0].Resume(); err != nil {
		t.Fatal(err)
	}
	p.passes(r)
}

// passes waits until a session loads again.
func (p *duo) passes(r session.Record) {
	p.Helper()
	var got session.Record
	var e session.Current
	err := errors.New("not tried")
	for began := time.Now(); !valid(got, e, err) && time.Since(began) < 10*time.Second; {
		got, e, err = p.load(p.here, r)
	}
	if !valid(got, e, err) {
		p.Errorf("the server is back: %v", err)
	}
}

// The same when only what the server says is lost: an end that another process makes
// meanwhile is not told, and yet no load that begins a second later passes.
//
// SES-208, STO-033
func TestLocalCache_is_not_used_on_a_line_that_is_half_dead(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(...string) (*server, error){"single": ownServer, "tls": ownTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := own(t, start)
			x := newRelay(t, s.nodes[0].Addr, nil)
			p := newDuo(t, s)
			p.here = (&server{url: x.url(s)}).open(t, valkey.WithPrefix(p.prefix)).Stores().Session
			r := p.signIn(p.far)
			other := p.signIn(p.far)
			p.warm(p.here, r, other)
			x.quiet.Store(true)
			if err := p.far.Delete(t.Context(), r.Ref, r.Subject); err != nil {
				t.Fatal(err)
			}
			if last := silence(t, p.here, r, time.Now()); last > 1200*time.Millisecond {
				t.Errorf("a session passes %s after its end was acknowledged", last)
			}
			x.quiet.Store(false)
			p.passes(other)
			if got, e, err := p.load(p.here, r); valid(got, e, err) {
				t.Error("a session that has ended passes when the line is back")
			}
		})
	}
}

// A server, or what stands before it, that agrees to tell and does not, is refused; so is
// a user without the right. Both are opened without copies.
//
// STO-033
func TestOpen_refuses_who_does_not_tell(t *testing.T) {
	t.Parallel()
	s := own(t, ownServer)
	track := []byte("$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$2\r\nON\r\n$6\r\nOPTOUT\r\n")
	mute := newRelay(t, s.nodes[0].Addr, func(b []byte) []byte {
		return bytes.ReplaceAll(b, append([]byte("*4\r\n"), track...), []byte("*3\r\n$6\r\nCLIENT\r\n$8\r\nNO-EVICT\r\n$2\r\nON\r\n"))
	})
	c := s.client(t)
	err := c.Do(t.Context(), c.B().Arbitrary("ACL", "SETUSER", "app", "on", ">"+dbtest.RedisPassword, "~*", "&*", "+@all", "-client|tracking").Build()).Error()
	if err != nil {
		t.Fatal(err)
	}
	may := strings.Replace(s.url, "redis://:", "redis://app:", 1)
	refused(t, map[string]refusal{
		"one that says nothing": {url: mute.url(s), says: []string{"tells nothing", "WithoutLocalCache"}},
		"one that refuses":      {url: may, says: []string{"CLIENT TRACKING", "+client|tracking", "WithoutLocalCache"}},
	})
	for _, url := range []string{mute.url(s), may} {
		b := (&server{url: url}).open(t, valkey.WithoutLocalCache("a test"))
		st, r := b.Stores().Session, record(person())
		if _, err := st.Create(t.Context(), r, claimFor(r)); err != nil {
			t.Error(err)
		}
		if _, _, err := st.Load(t.Context(), r.Ref, noon()); err != nil {
			t.Error(err)
		}
		if err := st.Raise(t.Context(), identity.UserScope(r.Subject)); err != nil {
			t.Error(err)
		}
	}
}
