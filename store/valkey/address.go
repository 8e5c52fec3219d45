package valkey

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/regular"
)

// How soon a connection that died unseen is known for dead. The driver asks after
// silence of one gap, at the latest after two, and waits for the answer: together
// less than the 2 s that SES-208 allows.
const (
	dialTime   = 5 * time.Second
	pingGap    = 400 * time.Millisecond
	answerTime = 1 * time.Second
)

// Reads that the network failed are asked again this often, the first time after
// retryWait and then twice as late each time. Writes never are.
const (
	readTries = 4
	retryWait = 10 * time.Millisecond
)

// target is where a URL points.
type target struct {
	hosts    []string
	user     string
	password string
	db       int
	tls      *tls.Config
}

// parse reads a URL. No error repeats any part of it: it may hold a password.
func parse(text string) (target, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return target{}, errors.New("this is no URL: it has the form valkey://user:password@host:6379")
	}
	// net/url knows one host, so several are taken out before it looks.
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	login, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		login, hosts = authority[:at+1], authority[at+1:]
	}
	u, err := url.Parse("valkey://" + login + "host" + tail)
	if err != nil {
		return target{}, errors.New("this is no URL: characters of the password other than letters and digits are written as %XX")
	}
	t := target{user: u.User.Username()}
	t.password, _ = u.User.Password()
	switch scheme {
	case "valkeys", "rediss":
		t.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	case "valkey", "redis":
	default:
		return target{}, errors.New("the URL begins with none of valkey://, redis://, valkeys://, rediss://")
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, err := address(host)
		if err != nil {
			return target{}, err
		}
		t.hosts = append(t.hosts, addr)
	}
	if strings.Contains(tail, "#") {
		return target{}, errors.New("the URL has a #: leave out what follows, or write %23 if it belongs to the password")
	}
	if path := strings.Trim(u.Path, "/"); path != "" {
		if t.db, err = strconv.Atoi(path); err != nil || t.db < 0 {
			return target{}, errors.New("what follows the host is not the number of a database: leave it out")
		}
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return target{}, errors.New("the parameters of the URL are not well formed: characters other than letters and digits are written as %XX")
	}
	return t, t.files(q)
}

func address(host string) (string, error) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port, err = net.SplitHostPort(host + ":6379")
	}
	if err != nil || name == "" {
		return "", errors.New("the URL names no host: it has the form valkey://user:password@host:6379, several hosts parted by commas")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", errors.New("the URL has a port that is no number from 1 to 65535")
	}
	return net.JoinHostPort(name, port), nil
}

// files reads the authority and the own certificate that the query names.
func (t *target) files(q url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		switch {
		case name != "cacert" && name != "cert" && name != "key":
			return errors.New("the URL has a parameter other than cacert, cert and key")
		case t.tls == nil:
			return fmt.Errorf("the URL has %s= but no TLS: begin it with valkeys://", name)
		case len(q[name]) > 1:
			return fmt.Errorf("the URL has %s= more than once", name)
		}
	}
	if path := q.Get("cacert"); path != "" {
		raw, _, err := regular.Read(path, regular.Certificate)
		if err != nil {
			return fmt.Errorf("cacert: %w", err)
		}
		t.tls.RootCAs = x509.NewCertPool()
		if !t.tls.RootCAs.AppendCertsFromPEM(raw) {
			return errors.New("cacert: the file holds no certificate in PEM")
		}
	}
	cert, key := q.Get("cert"), q.Get("key")
	if cert == "" && key == "" {
		return nil
	}
	if cert == "" || key == "" {
		return errors.New("cert= and key= go together: the URL has one of them")
	}
	pair, err := regular.KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("cert and key: %w", err)
	}
	t.tls.Certificates = []tls.Certificate{pair}
	return nil
}

// options is what the driver is opened with.
func (t *target) options(o *options) driver.ClientOption {
	out := driver.ClientOption{
		InitAddress: t.hosts, SelectDB: t.db, Username: t.user, Password: t.password,
		TLSConfig: t.tls, ClientName: o.prefix,
		// What is read is tracked unasked: whether the server has agreed to track is
		// seen when a connection is made, and by nobody if each read asks for it.
		DisableCache: o.distant != "", ClientTrackingOptions: []string{"OPTOUT"}, CacheSizeEachConn: copySize,
		PipelineMultiplex: -1, // one connection to each node (near.go)
		Dialer:            net.Dialer{Timeout: dialTime, KeepAlive: pingGap}, ConnWriteTimeout: answerTime,
		// Rings and buffers of the driver's size are half a MiB for each connection.
		ReadBufferEachConn: 64 << 10, WriteBufferEachConn: 64 << 10,
		RetryDelay: retryDelay(o.entropy),
		DialCtxFn:  private(o.insecure),
	}
	if o.near != nil {
		out.NewCacheStoreFn = o.near.open
	}
	if o.tls != nil {
		out.TLSConfig = o.tls.Clone()
	}
	if len(t.hosts) == 1 && out.TLSConfig != nil && out.TLSConfig.ServerName == "" {
		// The nodes of a cluster are then known by the name that the URL has.
		out.TLSConfig.ServerName, _, _ = net.SplitHostPort(t.hosts[0])
	}
	if o.credentials != nil {
		out.AuthCredentialsFn = func(driver.AuthCredentialsContext) (driver.AuthCredentials, error) {
			user, password, err := o.credentials()
			return driver.AuthCredentials{Username: user, Password: password}, err
		}
	}
	return out
}

func retryDelay(src entropy.Source) driver.RetryDelayFn {
	return func(attempts int, _ driver.Completed, _ error) time.Duration {
		if attempts >= readTries {
			return -1
		}
		wait := retryWait << (attempts - 1)
		return wait + time.Duration(entropy.Int64n(src, int64(wait)))
	}
}

// errOpen is a connection that others could read or change. Dialling refuses it,
// so that also a node which the cluster names later is met.
var errOpen = errors.New("the connection would not be private: begin the URL with valkeys:// (rediss://), and cacert=FILE names an authority of your own")

func private(insecure string) func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
	return func(ctx context.Context, addr string, d *net.Dialer, cfg *tls.Config) (net.Conn, error) {
		if insecure == "" && !local(addr) && (cfg == nil || cfg.InsecureSkipVerify) {
			return nil, errOpen
		}
		if cfg == nil {
			return d.DialContext(ctx, "tcp", addr)
		}
		return (&tls.Dialer{NetDialer: d, Config: cfg}).DialContext(ctx, "tcp", addr)
	}
}

// local is the loopback address of this machine.
func local(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
