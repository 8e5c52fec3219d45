package valkey_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/valkey"
)

// duo is two processes on one server: both keep copies.
type duo struct {
	*testing.T
	raw       driver.Client
	here, far session.Store
}

func newDuo(t *testing.T, s *server) *duo {
	t.Helper()
	prefix := valkey.WithPrefix(fmt.Sprintf("t%d", prefixes.Add(1)))
	p := &duo{T: t, here: s.open(t, prefix).Stores().Session, far: s.open(t, prefix).Stores().Session}
	p.raw = s.client(t)
	return p
}

// signIn makes a session of a new person.
func (p *duo) signIn(in session.Store) session.Record {
	p.Helper()
	r := record(person())
	p.create(in, r)
	return r
}

func (p *duo) create(in session.Store, r session.Record) {
	p.Helper()
	c := claimFor(r)
	c.Actor = r.Actor
	if _, err := in.Create(p.Context(), r, c); err != nil {
		p.Fatal(err)
	}
}

func (p *duo) load(in session.Store, r session.Record) (session.Record, session.Current, error) {
	p.Helper()
	return in.Load(p.Context(), r.Ref, noon())
}

// warm loads until a load is answered from copies.
func (p *duo) warm(in session.Store, recs ...session.Record) {
	p.Helper()
	for range 3 {
		for _, r := range recs {
			if _, _, err := p.load(in, r); err != nil {
				p.Fatal(err)
			}
		}
	}
}

// valid reports that a loaded session passes.
func valid(r session.Record, e session.Current, err error) bool {
	return err == nil && r.Epochs.Covers(e.Epochs) && (r.Actor.IsZero() || identity.Epochs{}.Covers(e.Actor))
}

// reads is how many keys the servers were asked for.
func (p *duo) reads() (n int64) {
	p.Helper()
	for _, node := range p.raw.Nodes() {
		text, err := node.Do(p.Context(), node.B().Info().Section("commandstats").Build()).ToString()
		if err != nil {
			p.Fatal(err)
		}
		for line := range strings.Lines(text) {
			name, rest, _ := strings.Cut(line, ":calls=")
			if calls, _, ok := strings.Cut(rest, ","); ok && slices.Contains([]string{"cmdstat_get", "cmdstat_mget", "cmdstat_echo", "cmdstat_exists"}, name) {
				c, err := strconv.ParseInt(calls, 10, 64)
				if err != nil {
					p.Fatal(err)
				}
				n += c
			}
		}
	}
	return n
}

// A load that has been answered once asks the server for nothing, whoever's session it
// is: a guest's, a person's, one of an administrator who acts as somebody.
//
// STO-033
func TestLocalCache_answers_loads_without_the_server(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]func() (*server, error){"single": ownServer, "tls": ownTLS, "cluster": ownCluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newDuo(t, own(t, kind))
			guest, acting := record(identity.Subject{}), record(person())
			acting.Actor = person()
			recs := []session.Record{p.signIn(p.here), p.signIn(p.far), guest, acting}
			p.create(p.here, guest)
			p.create(p.here, acting)
			// The use of copies is proved anew each second, by a question: of several
			// tries one fits between two.
			var asked int64
			for range 10 {
				p.warm(p.here, recs...)
				before := p.reads()
				for range 100 {
					for _, r := range recs {
						got, e, err := p.load(p.here, r)
						if !valid(got, e, err) || string(got.Sealed) != string(r.Sealed) {
							t.Fatalf("%v, %v", got, err)
						}
					}
				}
				if asked = p.reads() - before; asked == 0 {
					return
				}
			}
			t.Errorf("400 loads asked for %d keys", asked)
		})
	}
}
