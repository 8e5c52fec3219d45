package valkey_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// steady is somebody whose credential moves on with each success.
type steady struct{ *member }

func (s *steady) step() error {
	next := s.cred
	next.Version++
	err := s.admin.Record(s.Context(), identity.AdvanceCredential{Credential: next})
	if err == nil {
		s.cred = next
	}
	return err
}

// Whatever a server that is not able to says, it is an outage, and neither a success
// nor an answer; nothing has happened, and when it is able to again, so are we.
//
// STO-003, STO-034
func TestErrors_of_a_server_are_outages(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, single.err)
	x, url := through(t, single.url)
	b := (&server{url: url}).open(t)
	s := &steady{newMember(t, b.Stores().Identity)}
	for _, said := range []string{
		"LOADING Redis is loading the dataset in memory", "READONLY You can't write against a read only replica.",
		"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
		"OOM command not allowed when used memory > 'maxmemory'.", "CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request",
		"BUSY Redis is busy running a script.", "NOPERM this user has no permissions", "WRONGPASS invalid username-password pair",
		"NOAUTH Authentication required.", "NOREPLICAS Not enough good replicas to write.", "MASTERDOWN Link with MASTER is down",
		"MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "ERR max number of clients reached", "ERR unknown command", "WHATEVER may come",
		"ERR unknown command 'EVALSHA', with args beginning with: 'secret'",
	} {
		err := x.answer(t, "EVALSHA", "-"+said+"\r\n", s.step)
		if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v", said, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error quotes the arguments: %v", err)
		}
		if err := s.step(); err != nil {
			t.Errorf("after %s: %v", said, err)
		}
	}
}

// What a server says that none of ours was written to say is no answer either.
func TestAnswers_that_make_no_sense(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, single.err)
	x, url := through(t, single.url)
	b := (&server{url: url}).open(t)
	s := &steady{newMember(t, b.Stores().Identity)}
	for _, said := range []string{"+OK\r\n", "$-1\r\n", "_\r\n", "*0\r\n", ":-1\r\n", "$1\r\nx\r\n", "%1\r\n+a\r\n+b\r\n", "#t\r\n"} {
		err := x.answer(t, "EVALSHA", said, s.step)
		if !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%q: %v", said, err)
		}
		if err := s.step(); err != nil {
			t.Errorf("after %q: %v", said, err)
		}
	}
}

// A server that has forgotten its scripts is told them again, in the middle of work.
//
// STO-034
func TestScripts_that_were_flushed_come_back(t *testing.T) {
	t.Parallel()
	for name, replicated := range map[string]bool{"alone": false, "with a replica": true} {
		s := redis(t)
		if replicated {
			s, _ = pair(t)
		}
		b := (&server{url: s.URL}).open(t)
		st, who := b.Stores().Session, &steady{newMember(t, b.Stores().Identity)}
		for range 3 {
			r := record(person())
			flush(t, s)
			if _, err := st.Create(t.Context(), r, claimFor(r)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			flush(t, s)
			if err := who.step(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			flush(t, s)
			if _, err := st.Kids(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			flush(t, s)
			if err := st.Delete(t.Context(), r.Ref, r.Subject); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func flush(t *testing.T, s *dbtest.RedisServer) { t.Helper(); says(t, s, "SCRIPT", "FLUSH") }

func says(t *testing.T, s *dbtest.RedisServer, words ...string) {
	t.Helper()
	if _, err := s.Say(words...); err != nil {
		t.Fatal(err)
	}
}

// A server without memory takes nothing and does nothing by half; with memory again all
// goes on from where it was.
//
// STO-031, IDN-066
func TestServer_out_of_memory(t *testing.T) {
	t.Parallel()
	s := redis(t)
	b := (&server{url: s.URL}).open(t)
	stores := b.Stores()
	who := &steady{newMember(t, stores.Identity)}
	sub, row := who.user.Subject(), fullRow()
	old, next := record(sub), record(sub)
	if _, err := stores.Session.Create(t.Context(), old, claimFor(old)); err != nil {
		t.Fatal(err)
	}
	says(t, s, "CONFIG", "SET", "maxmemory", "1")
	stepped := who.cred
	stepped.Version++
	levers := []authn.Lever{{Key: authn.Key{1}, Policy: authn.LockPolicy{Threshold: 5, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour}}}
	for what, do := range map[string]func() error{
		"a change": func() error {
			return stores.Identity.Apply(t.Context(), identity.AdvanceCredential{Credential: stepped}, identity.Append{Row: row},
				identity.Transition{Subject: sub, From: identity.Active, To: identity.Suspended})
		},
		"an end and a beginning": func() error {
			_, err := stores.Session.Rotate(t.Context(), old.Ref, 1, next, claimFor(next), 0)
			return err
		},
		"a sign-in": func() error {
			r := record(sub)
			_, err := stores.Session.Create(t.Context(), r, claimFor(r))
			return err
		},
		"a guess": func() error {
			_, err := stores.Throttle.Reserve(t.Context(), authn.Attempt{Levers: levers}, noon())
			return err
		},
		"a raise":  func() error { return stores.Session.Raise(t.Context(), identity.UserScope(sub)) },
		"an event": func() error { return stores.Identity.Append(t.Context(), fullRow()) },
	} {
		if err := do(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s without memory: %v", what, err)
		}
	}
	unmoved(t, stores, who.member, old)
	says(t, s, "CONFIG", "SET", "maxmemory", "0")
	if _, err := stores.Session.Rotate(t.Context(), old.Ref, 1, next, claimFor(next), 0); err != nil {
		t.Error(err)
	}
	if err := who.step(); err != nil {
		t.Error(err)
	}
	if err := stores.Identity.Append(t.Context(), row); err != nil {
		t.Errorf("the event of what did not happen: %v", err)
	}
	// What begins by making room is made, and then whole.
	says(t, s, "CONFIG", "SET", "maxmemory", "1")
	erased := fullRow()
	err := stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: sub, From: identity.Active}, identity.Append{Row: erased})
	says(t, s, "CONFIG", "SET", "maxmemory", "0")
	_, there := stores.Identity.AccountByID(t.Context(), sub)
	known := stores.Identity.Append(t.Context(), erased)
	if gone := errors.Is(there, store.ErrNotFound); gone != (err == nil) || gone != errors.Is(known, store.ErrExists) {
		t.Errorf("an erasure without memory: %v; the account: %v, the event: %v", err, there, known)
	}
}

// unmoved reports whatever has changed of somebody and their session.
func unmoved(t *testing.T, stores backend.Stores, m *member, r session.Record) {
	t.Helper()
	a, err := stores.Identity.AccountByID(t.Context(), m.user.Subject())
	if err != nil || a.User.State != identity.Active || a.Credentials[0].Version != m.cred.Version {
		t.Errorf("the account: %+v, %v", a, err)
	}
	if _, err := stores.Identity.TokenBySelector(t.Context(), m.token.Selector); err != nil {
		t.Errorf("the link: %v", err)
	}
	got, e, err := stores.Session.Load(t.Context(), r.Ref, noon())
	if err != nil || got.Superseded || e.User != 0 {
		t.Errorf("the session: %+v, %+v, %v", got, e, err)
	}
}

// Credentials that change while the program runs are asked for with each connection;
// who keeps the old ones meets an outage, and nobody is let in.
//
// STO-034
func TestCredentials_change_while_it_runs(t *testing.T) {
	t.Parallel()
	s := redis(t)
	says(t, s, "ACL", "SETUSER", "app", "on", ">first", "~*", "&*", "+@all")
	now := make(chan string, 1)
	now <- "first"
	ask := func() (string, string, error) { p := <-now; now <- p; return "app", p, nil }
	asking := (&server{url: "valkey://" + s.Addr}).open(t, valkey.WithCredentials(ask))
	fixed := (&server{url: "valkey://app:first@" + s.Addr}).open(t)
	who := &steady{newMember(t, asking.Stores().Identity)}
	says(t, s, "ACL", "SETUSER", "app", "resetpass", ">second")
	<-now
	now <- "second"
	says(t, s, "CLIENT", "KILL", "USER", "app")
	deadline := time.Now().Add(10 * time.Second)
	for err := who.step(); err != nil; err = who.step() { // the first may meet the connection that was killed
		if !errors.Is(err, store.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	deadline = time.Now().Add(10 * time.Second)
	for told := ""; !strings.Contains(told, "WRONGPASS"); {
		err := fixed.Stores().Session.Raise(t.Context(), identity.UserScope(person()))
		if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "first") || time.Now().After(deadline) {
			t.Fatalf("with the old password: %v", err)
		}
		told = err.Error()
	}
	if err := fixed.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the health with the old password: %v", err)
	}
}

// A server that stops answering holds neither a check nor a close, whatever is under
// way; when it answers again, so does the backend.
//
// STO-065, STO-064
func TestServer_that_stops_answering(t *testing.T) {
	t.Parallel()
	for name, replicated := range map[string]bool{"alone": false, "with a replica": true} {
		s := redis(t)
		if replicated {
			s, _ = pair(t)
		}
		b := (&server{url: s.URL}).open(t)
		other := (&server{url: s.URL}).open(t)
		who := &steady{newMember(t, b.Stores().Identity)}
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		under := make(chan error, 8)
		for range cap(under) {
			go func() { under <- other.Stores().Session.Raise(t.Context(), identity.UserScope(person())) }()
		}
		within(t, name+": check", 3*time.Second, func() {
			if err := b.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: a server that does not answer: %v", name, err)
			}
		})
		within(t, name+": close", 6*time.Second, func() {
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		})
		for range cap(under) {
			if err := <-under; !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: under way: %v", name, err)
			}
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for err := b.Check(t.Context()); err != nil; err = b.Check(t.Context()) {
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
		if err := who.step(); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
	}
}

func within(t *testing.T, what string, bound time.Duration, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > bound {
		t.Errorf("%s took %v", what, took)
	}
}

// A primary that is made a replica keeps its connections, and is behind from then on: as
// soon as it says so, no read is answered by it. Promoted again it serves again.
//
// STO-032, STO-065
func TestServer_that_becomes_a_replica(t *testing.T) {
	t.Parallel()
	s, next := pair(t)
	b := (&server{url: s.URL}).open(t)
	st, r := b.Stores().Session, record(person())
	if _, err := st.Create(t.Context(), r, claimFor(r)); err != nil {
		t.Fatal(err)
	}
	load := func() error { _, _, err := st.Load(t.Context(), r.Ref, noon()); return err }
	for what, notice := range map[string]func() error{
		"a write": func() error { return st.Raise(t.Context(), identity.UserScope(person())) },
		"a check": func() error { return b.Check(t.Context()) },
	} {
		if err := load(); err != nil {
			t.Fatal(err)
		}
		says(t, next, "REPLICAOF", "NO", "ONE")
		host, port, _ := strings.Cut(next.Addr, ":")
		says(t, s, "REPLICAOF", host, port)
		if err := notice(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
		for range 2 {
			if err := load(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("after %s a replica is read: %v", what, err)
			}
		}
		says(t, s, "REPLICAOF", "NO", "ONE")
	}
	if err := load(); err != nil {
		t.Errorf("promoted again: %v", err)
	}
}
