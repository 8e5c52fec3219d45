package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/internal/regular"
)

// parse reads a data source name, in the driver's form or as a URL, and refuses one
// whose bytes others could read or change on the way. No error repeats a part of it
// that could be the password.
func parse(dsn, insecure string) (*mysql.Config, error) {
	var files tlsFiles
	cfg, err := parseURL(dsn, &files)
	if cfg == nil && err == nil {
		cfg, err = parseDriver(dsn, &files)
	}
	if err != nil {
		return nil, err
	}
	if cfg.DBName == "" {
		return nil, errors.New("the data source name has no database: add /NAME")
	}
	if err := files.apply(cfg); err != nil {
		return nil, err
	}
	switch {
	case cfg.MultiStatements:
		return nil, errors.New("multiStatements would let one text be several statements: leave it out of the data source name")
	case cfg.InterpolateParams:
		return nil, errors.New("interpolateParams would put values into the text of statements: leave it out of the data source name")
	case cfg.AllowAllFiles:
		return nil, errors.New("allowAllFiles would let the server read files of this machine: leave it out of the data source name")
	}
	if insecure == "" && !private(cfg) {
		return nil, fmt.Errorf("the connection to %s would not be private: add tls=true to the data source name, and tls-ca=FILE for an authority of your own",
			cfg.Addr)
	}
	cfg.ClientFoundRows = true
	cfg.ParseTime = false // no column is a date
	cfg.Logger = &mysql.NopLogger{}
	return cfg, nil
}

// private: over a socket of this machine or its loopback address, or under a
// certificate that is verified, whatever the server says.
func private(cfg *mysql.Config) bool {
	if cfg.Net == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err == nil && local(host) {
		return true
	}
	return cfg.TLS != nil && !cfg.TLS.InsecureSkipVerify && !cfg.AllowFallbackToPlaintext
}

func local(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// parseURL reads mysql://user:password@host:port/database?tls=true; nil without an
// error is for what is no URL.
func parseURL(dsn string, files *tlsFiles) (*mysql.Config, error) {
	scheme, _, ok := strings.Cut(dsn, "://")
	if !ok || scheme != "mysql" && scheme != "mariadb" {
		return nil, nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("the URL cannot be read: write mysql://user:password@host:port/database, with % and two digits for what stands for something else in a URL")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("the query of the URL cannot be read")
	}
	where := "tcp(" + withPort(u.Host) + ")"
	if socket := q.Get("socket"); socket != "" {
		where = "unix(" + socket + ")"
	}
	q.Del("socket")
	files.take(q)
	cfg, err := mysql.ParseDSN(where + "/?" + q.Encode())
	if err != nil {
		return nil, err
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	return cfg, nil
}

func withPort(host string) string {
	if host == "" {
		host = "127.0.0.1"
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "3306")
}

// parseDriver reads the driver's own form, user:password@tcp(host:port)/database?….
func parseDriver(dsn string, files *tlsFiles) (*mysql.Config, error) {
	end := strings.LastIndexByte(dsn, '/') + 1
	for i := end; i < len(dsn); i++ {
		if dsn[i] != '?' {
			continue
		}
		q, err := url.ParseQuery(dsn[i+1:])
		if err != nil {
			return nil, errors.New("the parameters of the data source name cannot be read")
		}
		files.take(q)
		dsn = dsn[:i+1] + q.Encode()
		break
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("%w; write user:password@tcp(host:port)/database or mysql://user:password@host:port/database", err)
	}
	return cfg, nil
}

// tlsFiles are parameters of ours: the driver takes certificates only from a program.
type tlsFiles struct{ ca, cert, key string }

func (f *tlsFiles) take(q url.Values) {
	f.ca, f.cert, f.key = q.Get("tls-ca"), q.Get("tls-cert"), q.Get("tls-key")
	for _, name := range []string{"tls-ca", "tls-cert", "tls-key"} {
		q.Del(name)
	}
}

func (f *tlsFiles) apply(cfg *mysql.Config) error {
	if *f == (tlsFiles{}) {
		return nil
	}
	if cfg.TLS == nil {
		return errors.New("tls-ca, tls-cert and tls-key are nothing without tls=true")
	}
	if f.ca != "" {
		pem, _, err := regular.Read(f.ca, regular.Certificate)
		if err != nil {
			return fmt.Errorf("tls-ca: %w", err)
		}
		cfg.TLS.RootCAs = x509.NewCertPool()
		if !cfg.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("tls-ca: %s has no certificate", f.ca)
		}
	}
	if f.cert != "" || f.key != "" {
		pair, err := regular.KeyPair(f.cert, f.key)
		if err != nil {
			return fmt.Errorf("tls-cert and tls-key: %w", err)
		}
		cfg.TLS.Certificates = []tls.Certificate{pair}
	}
	cfg.TLS.MinVersion = tls.VersionTLS12
	return nil
}
