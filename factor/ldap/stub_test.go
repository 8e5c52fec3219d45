package ldap_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// today is inside the validity of every certificate of a stub.
var today = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// countingDialer counts the connections that are made.
type countingDialer struct{ n atomic.Int64 }

func (d *countingDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.n.Add(1)
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}

// stub is a directory that does what slapd does not: it is busy, refers, hangs, has the
// wrong certificate. It keeps every byte that it was sent.
type stub struct {
	// secure serves TLS from the first byte.
	secure bool
	cert   tls.Certificate
	// startTLS is the result of StartTLS; -1 answers nothing, -2 answers success and goes
	// on in clear.
	startTLS int
	// bind answers a bind: result and text; a negative result is silence.
	bind func(name, password string) (int, string)
	// search answers with an entry name, or none.
	search func() (entries []string, result int)
	flood  bool // sends without an end

	addr  string
	roots *x509.CertPool
	hung  chan struct{}

	mu    sync.Mutex
	bytes bytes.Buffer
	binds []string
	conns []net.Conn
}

func serve(t testing.TB, s *stub) *stub {
	t.Helper()
	if s.cert.Certificate == nil {
		s.cert, s.roots = certificate(t, "127.0.0.1")
	}
	s.hung = make(chan struct{}, 100)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			all.Go(func() { s.talk(&recorded{c, s}); _ = c.Close() })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		all.Wait()
	})
	return s
}

// recorded keeps what came over the wire.
type recorded struct {
	net.Conn
	s *stub
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.s.mu.Lock()
	r.s.bytes.Write(p[:n])
	r.s.mu.Unlock()
	return n, err
}

func (s *stub) seen(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.bytes.Bytes(), []byte(text))
}

func (s *stub) bound() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.binds...)
}

func (s *stub) talk(c net.Conn) {
	if s.secure {
		c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12, Time: func() time.Time { return today }})
	}
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		op := p.Children[1]
		switch op.Tag {
		case 0:
			name, password := op.Children[1].Value.(string), op.Children[2].Data.String()
			s.mu.Lock()
			s.binds = append(s.binds, name)
			s.mu.Unlock()
			code, text := 0, ""
			if s.bind != nil {
				code, text = s.bind(name, password)
			}
			if s.flood {
				flood(c)
				return
			}
			if code < 0 {
				s.hung <- struct{}{}
				continue
			}
			if !send(c, id, answer(1, code, text)) {
				return
			}
		case 3:
			entries, code := s.search()
			for _, e := range entries {
				entry := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
				entry.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, e, ""))
				entry.AppendChild(ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, ""))
				if !send(c, id, entry) {
					return
				}
			}
			if !send(c, id, answer(5, code, "")) {
				return
			}
		case 23:
			if s.startTLS == -1 {
				s.hung <- struct{}{}
				continue
			}
			if !send(c, id, answer(24, max(s.startTLS, 0), "")) {
				return
			}
			if s.startTLS == 0 {
				c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12, Time: func() time.Time { return today }})
			}
		default:
			return
		}
	}
}

// answer is an LDAPResult, with a referral if it is one.
func answer(tag ber.Tag, code int, text string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, ""))
	if code == 10 {
		uris := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		uris.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, ""))
		op.AppendChild(uris)
	}
	return op
}

func send(c net.Conn, id int64, op *ber.Packet) bool {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	_, err := c.Write(p.Bytes())
	return err == nil
}

// flood sends a packet of a gigabyte.
func flood(c net.Conn) {
	if _, err := c.Write([]byte{0x30, 0x84, 0x40, 0, 0, 0, 0x04, 0x84, 0x3f, 0xff, 0, 0}); err != nil {
		return
	}
	for block := make([]byte, 64<<10); ; {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// certificate is one for some names, and who signs it.
func certificate(t testing.TB, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stub"},
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
