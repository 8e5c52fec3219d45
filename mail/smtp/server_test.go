package smtp_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// today is inside the validity of every certificate but the expired one.
var today = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// authority is a private CA made for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// server issues a certificate for names and addresses until a time.
func (a authority) server(t testing.TB, until time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: today.AddDate(-1, 0, 0), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// behaviour is what a test server does beyond serving well. Steps are command
// verbs, and "greeting", "handshake" and "." (the end of the content).
type behaviour struct {
	implicit  bool
	noTLS     bool              // STARTTLS is not offered
	openAuth  bool              // AUTH is offered before TLS, as an attacker on the way would
	auth      string            // mechanisms; empty: AUTH is not offered
	utf8      bool              // offers SMTPUTF8
	cert      tls.Certificate   // zero: one for 127.0.0.1
	max       uint16            // highest TLS version
	inject    string            // sent in the open, together with the answer to STARTTLS
	reply     map[string]string // instead of the usual one
	hang      string            // here it says nothing more
	close     string            // here it hangs up
	closeLate string            // here it hangs up after its answer
}

// transaction is a mail that the server took.
type transaction struct {
	hello, mechanism, username, password string
	from, to, content                    string
	tls                                  uint16
}

// server speaks SMTP on a loopback port until its test ends.
type server struct {
	behaviour

	port  int
	roots *x509.CertPool
	hung  chan string // the step at which it hangs, each time
	stop  chan struct{}

	mu     sync.Mutex
	taken  []transaction
	inOpen []string // lines that came without TLS
	lines  []string // all of them
	conns  map[net.Conn]struct{}
}

func serve(t testing.TB, b behaviour) *server {
	t.Helper()
	ca := newAuthority(t)
	if b.cert.Certificate == nil {
		b.cert = ca.server(t, today.AddDate(0, 6, 0), "127.0.0.1")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	if a, ok := ln.Addr().(*net.TCPAddr); ok {
		port = a.Port
	}
	s := &server{
		behaviour: b, port: port, roots: ca.roots(),
		hung: make(chan string, 16), stop: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = struct{}{}
			s.mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				_ = (&dialogue{server: s, raw: conn}).run()
			})
		}
	})
	t.Cleanup(func() {
		close(s.stop)
		ln.Close()
		s.mu.Lock()
		for c := range s.conns {
			c.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	return s
}

func (s *server) mails() []transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]transaction(nil), s.taken...)
}

// heard returns every line that came, and those that came in the open.
func (s *server) heard() (all, open string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n"), strings.Join(s.inOpen, "\n")
}

// forget makes the server begin anew.
func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.lines, s.inOpen = nil, nil, nil
	for c := range s.conns {
		delete(s.conns, c) // ended: each sending closes its own
	}
}

// dialogue is one connection.
type dialogue struct {
	*server

	raw  net.Conn
	conn net.Conn
	r    *bufio.Reader
	tls  *tls.Conn
	now  transaction
}

var errBye = errors.New("bye")

func (d *dialogue) run() error {
	d.conn, d.r = d.raw, bufio.NewReader(d.raw)
	if d.implicit {
		if err := d.secure(); err != nil {
			return err
		}
	}
	if err := d.say("greeting", "220 test ESMTP"); err != nil {
		return err
	}
	for {
		line, err := d.line()
		if err != nil {
			return err
		}
		verb, arg, _ := strings.Cut(line, " ")
		if err := d.command(strings.ToUpper(verb), arg); err != nil {
			return err
		}
	}
}

func (d *dialogue) secure() error {
	if d.hang == "handshake" {
		return d.wait("handshake")
	}
	if d.close == "handshake" {
		return errBye
	}
	version := d.max
	if version == 0 {
		version = tls.VersionTLS13
	}
	d.tls = tls.Server(d.raw, &tls.Config{Certificates: []tls.Certificate{d.cert}, MinVersion: tls.VersionTLS10, MaxVersion: version})
	if err := d.tls.Handshake(); err != nil {
		return err
	}
	d.conn, d.r = d.tls, bufio.NewReader(d.tls)
	d.now = transaction{tls: d.tls.ConnectionState().Version}
	return nil
}

func (d *dialogue) wait(step string) error {
	d.hung <- step
	<-d.stop
	return errBye
}

// say answers a step, or does what the behaviour wants instead.
func (d *dialogue) say(step, usual string) error {
	if d.hang == step {
		return d.wait(step)
	}
	if d.close == step {
		return errBye
	}
	if other, ok := d.reply[step]; ok {
		usual = other
	}
	if _, err := io.WriteString(d.conn, usual+"\r\n"); err != nil {
		return err
	}
	if d.closeLate == step {
		return errBye
	}
	return nil
}

func (d *dialogue) line() (string, error) {
	line, err := d.r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
	if d.tls == nil {
		d.inOpen = append(d.inOpen, line)
	}
	return line, nil
}

func (d *dialogue) command(verb, arg string) error {
	switch verb {
	case "EHLO":
		d.now.hello = arg
		return d.say(verb, d.abilities())
	case "STARTTLS":
		if err := d.say(verb, "220 go on"+d.injected()); err != nil || d.reply[verb] != "" {
			return err
		}
		return d.secure()
	case "AUTH":
		return d.signIn(arg)
	case "MAIL":
		d.now.from = arg
		return d.say(verb, "250 2.1.0 ok")
	case "RCPT":
		d.now.to = arg
		return d.say(verb, "250 2.1.5 ok")
	case "DATA":
		if err := d.say(verb, "354 go on"); err != nil || d.reply[verb] != "" {
			return err
		}
		return d.content()
	case "QUIT":
		if err := d.say(verb, "221 2.0.0 bye"); err != nil {
			return err
		}
		return errBye
	default:
		return d.say(verb, "502 5.5.1 what?")
	}
}

func (d *dialogue) injected() string {
	if d.inject == "" {
		return ""
	}
	return "\r\n" + d.inject
}

func (d *dialogue) abilities() string {
	lines := []string{"test", "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"}
	if d.tls == nil && !d.noTLS {
		lines = append(lines, "STARTTLS")
	}
	if d.auth != "" && (d.tls != nil || d.openAuth) {
		lines = append(lines, "AUTH "+d.auth)
	}
	if d.utf8 {
		lines = append(lines, "SMTPUTF8")
	}
	for i, l := range lines {
		lines[i] = "250-" + l
		if i == len(lines)-1 {
			lines[i] = "250 " + l
		}
	}
	return strings.Join(lines, "\r\n")
}

func (d *dialogue) signIn(arg string) error {
	mechanism, initial, _ := strings.Cut(arg, " ")
	d.now.mechanism = mechanism
	decode := func(s string) string {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "not base64"
		}
		return string(b)
	}
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(decode(initial), "\x00")
		if len(parts) == 3 {
			d.now.username, d.now.password = parts[1], parts[2]
		}
	case "LOGIN":
		for _, field := range []*string{&d.now.username, &d.now.password} {
			if _, err := fmt.Fprintf(d.conn, "334 %s\r\n", base64.StdEncoding.EncodeToString([]byte("whatever"))); err != nil {
				return err
			}
			line, err := d.line()
			if err != nil {
				return err
			}
			*field = decode(line)
		}
	}
	return d.say("AUTH", "235 2.7.0 welcome")
}

func (d *dialogue) content() error {
	raw, err := readDotted(d.r)
	if err != nil {
		return err
	}
	d.now.content = raw
	if d.reply["."] == "" && d.hang != "." && d.close != "." {
		d.mu.Lock()
		d.taken = append(d.taken, d.now)
		d.mu.Unlock()
	}
	return d.say(".", "250 2.0.0 queued")
}

// readDotted reads content as it is on the wire, with its line ends.
func readDotted(r *bufio.Reader) (string, error) {
	var out strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return out.String(), nil
		}
		if !strings.HasSuffix(line, "\r\n") {
			return "", textproto.ProtocolError("bare line feed in the content")
		}
		out.WriteString(strings.TrimPrefix(line, "."))
	}
}
