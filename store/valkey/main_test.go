package valkey_test

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	driver "github.com/valkey-io/valkey-go"
	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/valkey"
)

// server is one that all tests of the package share; each has a prefix of its own.
type server struct {
	url   string // for the user that the page of backends prints
	root  string // for one who may do everything
	ca    string
	nodes []*dbtest.RedisServer
	grow  func() (*dbtest.RedisServer, error) // of a cluster
	stop  func() error
	err   error
}

// The servers that every group is held to its contract on.
var (
	single, secure, cluster = &server{}, &server{}, &server{}
	servers                 = map[string]*server{"single": single, "tls": secure, "cluster": cluster}
	prefixes                atomic.Int64
)

func startServers() {
	for at, start := range map[*server]func(...string) (*server, error){single: ownServer, secure: ownTLS, cluster: ownCluster} {
		if s, err := asPrinted(start); err != nil {
			at.err = err
		} else {
			*at = *s
		}
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

// own starts a server that nobody else uses.
func own(t testing.TB, start func(...string) (*server, error)) *server {
	t.Helper()
	s, err := start()
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ownServer(args ...string) (*server, error) {
	s, err := dbtest.Redis(args...)
	if err != nil {
		return nil, err
	}
	return &server{url: s.URL, root: s.URL, stop: s.Stop, nodes: []*dbtest.RedisServer{s}}, nil
}

func ownTLS(args ...string) (*server, error) {
	s, err := dbtest.RedisTLS(args...)
	if err != nil {
		return nil, err
	}
	return &server{url: s.URL + "?cacert=" + s.CA, root: s.URL + "?cacert=" + s.CA, ca: s.CA, stop: s.Stop, nodes: []*dbtest.RedisServer{s}}, nil
}

func ownCluster(args ...string) (*server, error) {
	c, err := dbtest.RedisCluster(6, args...)
	if err != nil {
		return nil, err
	}
	return &server{url: c.URL, root: c.URL, grow: c.Grow, stop: c.Stop, nodes: c.Nodes}, nil
}

// client is the driver itself, as whoever runs the server.
func (s *server) client(t testing.TB) driver.Client {
	t.Helper()
	opt := driver.ClientOption{Password: dbtest.RedisPassword, DisableCache: true}
	for _, n := range s.nodes {
		opt.InitAddress = append(opt.InitAddress, n.Addr)
	}
	if s.ca != "" {
		pem, err := os.ReadFile(s.ca)
		if err != nil {
			t.Fatal(err)
		}
		opt.TLSConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		opt.TLSConfig.RootCAs.AppendCertsFromPEM(pem)
	}
	c, err := driver.NewClient(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
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
