package valkey_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/valkey"
)

// redis starts a server of a test's own.
func redis(t *testing.T, args ...string) *dbtest.RedisServer {
	t.Helper()
	s, err := dbtest.Redis(args...)
	dbtest.Need(t, err)
	t.Cleanup(func() { stopped(t, s) })
	return s
}

// refusal is an opening that must fail, and words of the reason and the cure.
type refusal struct {
	url  string
	opts []valkey.Option
	says []string
}

func refused(t *testing.T, cases map[string]refusal) {
	t.Helper()
	for what, c := range cases {
		b, err := valkey.Open(t.Context(), c.url, c.opts...)
		if err == nil {
			t.Errorf("%s: it opens", what)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", what, err, word)
			}
		}
		if strings.Contains(err.Error(), dbtest.RedisPassword) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error holds the password: %v", what, err)
		}
	}
}

// A server on which promises would not hold is refused when it is opened, with what is
// wrong and what to do.
//
// STO-029, STO-031
func TestOpen_refuses_a_server_that_forgets(t *testing.T) {
	t.Parallel()
	primary, replica := pair(t)
	_ = primary
	part := redis(t, "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
	if _, err := part.Say("CLUSTER", "ADDSLOTSRANGE", "0", "16000"); err != nil {
		t.Fatal(err)
	}
	for state := ""; !strings.Contains(state, "cluster_state:ok"); { // it finds so after two seconds
		var err error
		if state, err = part.Say("CLUSTER", "INFO"); err != nil {
			t.Fatal(err)
		}
	}
	evicting := func(policy string) string {
		return redis(t, "--maxmemory", "100mb", "--maxmemory-policy", policy).URL
	}
	refused(t, map[string]refusal{
		"one that evicts":           {url: evicting("allkeys-lru"), says: []string{"allkeys-lru", "CONFIG SET maxmemory-policy noeviction"}},
		"one that evicts by chance": {url: evicting("allkeys-random"), says: []string{"allkeys-random"}},
		"one that keeps nothing":    {url: redis(t, "--appendonly", "no").URL, says: []string{"CONFIG SET appendonly yes"}},
		"a replica":                 {url: replica.URL, says: []string{"replica", "primary"}},
		"one without RESP3, for a program that keeps no copies": {
			url: redis(t, "--rename-command", "HELLO", "").URL, opts: []valkey.Option{valkey.WithoutLocalCache("a test")}, says: []string{"RESP3", "HELLO"},
		},
		"one without RESP3":             {url: redis(t, "--rename-command", "HELLO", "").URL, says: []string{"RESP3", "HELLO"}},
		"a cluster without slots":       {url: redis(t, "--cluster-enabled", "yes").URL, says: []string{"cluster"}},
		"a cluster with a slot too few": {url: part.URL, says: []string{"every slot", "ADDSLOTSRANGE"}},
	})
}

// What is refused is refused for its own reason: the same server opens with the other
// setting, and says in the log what it does not keep.
//
// STO-031
func TestOpen_warns_of_a_server_that_may_forget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		opts []valkey.Option
		warn string
	}{
		"as it should be":    {},
		"ends what has ends": {args: []string{"--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"}, warn: "maxmemory-policy=volatile-ttl"},
		"snapshots":          {args: []string{"--appendonly", "no", "--save", "60 1"}, warn: "last snapshot"},
		"nothing on purpose": {args: []string{"--appendonly", "no"}, opts: []valkey.Option{valkey.WithoutPersistence("a test")}},
	} {
		var log bytes.Buffer
		s := redis(t, c.args...)
		opts := append(c.opts, valkey.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		b := (&server{url: s.URL}).open(t, opts...)
		if got := log.String(); c.warn == "" && got != "" || !strings.Contains(got, c.warn) {
			t.Errorf("%s: it logs %q", name, got)
		}
		if durable := b.Stores().Session.Info().Durable; durable != (name != "nothing on purpose") {
			t.Errorf("%s: durable %t", name, durable)
		}
	}
}

// Nobody is let in who should not be, and nothing that is wrong with the way there goes
// without its cure.
//
// STO-029, STO-034
func TestOpen_refuses_a_way_that_does_not_lead_there(t *testing.T) {
	t.Parallel()
	for _, s := range servers {
		dbtest.Need(t, s.err)
	}
	swap := func(url, old, with string) string { return strings.Replace(url, old, with, 1) }
	own, _, _ := strings.Cut(secure.root, "?")
	stranger, err := dbtest.RedisTLS()
	dbtest.Need(t, err)
	t.Cleanup(func() { stopped(t, stranger) })
	asleep := redis(t)
	if err := asleep.Pause(); err != nil {
		t.Fatal(err)
	}
	refused(t, map[string]refusal{
		"a wrong password":        {url: swap(single.root, dbtest.RedisPassword, "hunter2"), says: []string{"WRONGPASS", "correct user and password"}},
		"no password":             {url: swap(single.root, ":"+dbtest.RedisPassword+"@", ""), says: []string{"NOAUTH", "correct user and password"}},
		"a wrong user":            {url: swap(single.root, "://:", "://bob:"), says: []string{"WRONGPASS", "correct user and password"}},
		"credentials that fail":   {url: single.root, opts: []valkey.Option{valkey.WithCredentials(func() (string, string, error) { return "", "", io.ErrNoProgress })}, says: []string{io.ErrNoProgress.Error()}},
		"an unknown authority":    {url: own, says: []string{"x509", "cacert=FILE"}},
		"another authority":       {url: own + "?cacert=" + stranger.CA, says: []string{"x509", "cacert=FILE"}},
		"another name":            {url: secure.root, opts: []valkey.Option{valkey.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority(t, secure), ServerName: "other.example"})}, says: []string{"x509", "other.example"}},
		"TLS to one without":      {url: swap(single.root, "redis://", "rediss://"), says: []string{"valkey:// if it does not"}},
		"no TLS to one with":      {url: swap(own, "rediss://", "redis://"), says: []string{"valkeys:// if it speaks TLS"}},
		"a closed port":           {url: "valkey://127.0.0.1:1", says: []string{"refused", "start the server"}},
		"one that does not speak": {url: asleep.URL, says: []string{"start the server"}},
		"a number too high":       {url: single.root + "/300", says: []string{"number of the database"}},
		"a number in a cluster":   {url: cluster.root + "/3", says: []string{"number of the database"}},
		"two that are no cluster": {url: single.root + ",127.0.0.1:1", says: []string{"name one host"}},
	})
}

// No connection to another machine is made that others could read, and none is tried:
// the names here are nobody's.
//
// STO-029
func TestOpen_keeps_connections_private(t *testing.T) {
	t.Parallel()
	blind := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // what is refused
	says := []string{"private", "valkeys://"}
	refused(t, map[string]refusal{
		"plain":             {url: "valkey://app:hunter2@cache.invalid:6379", says: says},
		"plain, by address": {url: "redis://192.0.2.1:6379", says: says},
		"plain, IPv6":       {url: "redis://[2001:db8::1]:6379", says: says},
		"plain, a cluster":  {url: "redis://cache.invalid:6379,other.invalid", says: says},
		"not verified":      {url: "valkeys://cache.invalid", opts: []valkey.Option{valkey.WithTLS(blind)}, says: says},
		"on purpose":        {url: "valkey://cache.invalid", opts: []valkey.Option{valkey.WithInsecureTransport("a test")}, says: []string{"no such host"}},
	})
	dbtest.Need(t, secure.err)
	own, _, _ := strings.Cut(secure.root, "?")
	b := (&server{url: own}).open(t, valkey.WithTLS(&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authority(t, secure)}))
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// authority is whom the server of a test is certified by.
func authority(t *testing.T, s *server) *x509.CertPool {
	t.Helper()
	_, path, _ := strings.Cut(s.url, "cacert=")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		t.Fatal("no certificate")
	}
	return pool
}

func TestOpen_refuses_wrong_options(t *testing.T) {
	t.Parallel()
	nobody := "valkey://127.0.0.1:1"
	cases := map[string]refusal{
		"no clock":   {url: nobody, opts: []valkey.Option{valkey.WithClock(nil)}, says: []string{"nil"}},
		"no entropy": {url: nobody, opts: []valkey.Option{valkey.WithEntropy(nil)}, says: []string{"nil"}},
		"no logger":  {url: nobody, opts: []valkey.Option{valkey.WithLogger(nil)}, says: []string{"nil"}},
	}
	for _, prefix := range []string{"", "Axess", "a:b", "{a}", "a b", "ä", strings.Repeat("a", 33)} {
		cases["the prefix "+prefix] = refusal{url: nobody, opts: []valkey.Option{valkey.WithPrefix(prefix)}, says: []string{"WithPrefix"}}
	}
	refused(t, cases)
	if _, err := valkey.OpenClient(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "client is nil") {
		t.Error(err)
	}
	if _, err := valkey.OpenClient(t.Context(), nil, valkey.WithPrefix("")); err == nil || !strings.Contains(err.Error(), "WithPrefix") {
		t.Error(err)
	}
}

// A client of the program's is inspected like a URL, and stays the program's: Close
// leaves it open.
//
// STO-029
func TestOpenClient_takes_the_client_of_a_program(t *testing.T) {
	t.Parallel()
	client := func(url string, change func(*driver.ClientOption)) driver.Client {
		opt, err := driver.ParseURL(url)
		if err == nil {
			change(&opt)
			var c driver.Client
			if c, err = driver.NewClient(opt); err == nil {
				t.Cleanup(c.Close)
				return c
			}
		}
		t.Fatal(err)
		return nil
	}
	as := func(*driver.ClientOption) {}
	if _, err := valkey.OpenClient(t.Context(), client(redis(t, "--appendonly", "no").URL, as)); err == nil {
		t.Error("a server that keeps nothing is taken from a program")
	}
	s := redis(t)
	older := client(s.URL, func(o *driver.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true })
	if _, err := valkey.OpenClient(t.Context(), older); err == nil || !strings.Contains(err.Error(), "RESP3") {
		t.Errorf("a client of the older protocol: %v", err)
	}
	c := client(s.URL, as)
	b, err := valkey.OpenClient(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	newMember(t, b.Stores().Identity)
	if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
		t.Error(err)
	}
	if err := b.Check(t.Context()); err == nil {
		t.Error("a closed backend is healthy")
	}
	if err := c.Do(t.Context(), c.B().Ping().Build()).Error(); err != nil {
		t.Errorf("the client of the program is closed: %v", err)
	}
}
