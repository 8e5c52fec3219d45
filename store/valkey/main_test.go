package valkey_test

import (
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/valkey"
)

// server is one that all tests of the package share; each has a prefix of its own.
type server struct {
	url  string
	stop func() error
	err  error
}

// The servers that every group is held to its contract on.
var (
	single, secure, cluster = &server{}, &server{}, &server{}
	servers                 = map[string]*server{"single": single, "tls": secure, "cluster": cluster}
	prefixes                atomic.Int64
)

func startServers() {
	if s, err := dbtest.Redis(); err != nil {
		single.err = err
	} else {
		single.url, single.stop = s.URL, s.Stop
	}
	if s, err := dbtest.RedisTLS(); err != nil {
		secure.err = err
	} else {
		secure.url, secure.stop = s.URL+"?cacert="+s.CA, s.Stop
	}
	if c, err := dbtest.RedisCluster(6); err != nil {
		cluster.err = err
	} else {
		cluster.url, cluster.stop = c.URL, c.Stop
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run()) // what is fuzzed reads bytes; each of its processes would start all servers
	}
	startServers()
	var stop []func() error
	for _, s := range servers {
		if s.err == nil {
			stop = append(stop, s.stop)
		}
	}
	os.Exit(dbtest.Main(m, func() error { return goleak.Find() }, stop...))
}

// open opens the server under a prefix that no other test has.
func (s *server) open(t testing.TB, opts ...valkey.Option) *valkey.Backend {
	t.Helper()
	dbtest.Need(t, s.err)
	opts = append([]valkey.Option{valkey.WithPrefix(fmt.Sprintf("t%d", prefixes.Add(1)))}, opts...)
	b, err := valkey.Open(t.Context(), s.url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// STO-029, STO-065
func TestOpen_on_every_kind_of_server(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.open(t)
			if err := b.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if err := b.Check(t.Context()); err == nil {
				t.Error("a closed backend is healthy")
			}
		})
	}
}
