package listen

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/regular"
	"github.com/axess-go/axess/internal/stall"
)

// lookEvery is how often the files are looked at, and no more often: a handshake
// must not cost two reads.
const lookEvery = 10 * time.Second

// Certificates serves TLS from a certificate file, leaf first, and a key file, and
// takes new ones when they change. A pair that does not fit, as when one of the
// two is written and the other is not yet, leaves the old one in place.
type Certificates struct {
	cert, key string
	clock     clock.Clock
	log       *slog.Logger

	mu     sync.Mutex
	now    *tls.Certificate
	digest [sha256.Size]byte // of the files that now came from
	failed [sha256.Size]byte // of those that were refused last
	looked time.Duration
}

// Load reads both files. The error says which of them is wrong and tells no key.
func Load(cert, key string, c clock.Clock, log *slog.Logger) (*Certificates, error) {
	s := &Certificates{cert: cert, key: key, clock: c, log: log}
	if _, err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload looks at the files now and reports whether there is a new certificate.
func (s *Certificates) Reload() (changed bool, err error) {
	cert, _, err := regular.Read(s.cert, regular.Certificate)
	if err != nil {
		return false, fmt.Errorf("listen: tls: %w", err)
	}
	key, _, err := regular.Read(s.key, regular.Certificate)
	if err != nil {
		return false, fmt.Errorf("listen: tls: %w", err)
	}
	defer clear(key)
	h := sha256.New()
	for _, text := range [][]byte{cert, {0}, key} {
		if _, err := h.Write(text); err != nil {
			return false, fmt.Errorf("listen: tls: %w", err)
		}
	}
	digest := [sha256.Size]byte(h.Sum(nil))
	s.mu.Lock()
	same := s.now != nil && s.digest == digest //axess:allow L05 whether a file has changed is no secret
	s.mu.Unlock()
	if same {
		return false, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, errors.Join(fmt.Errorf("listen: tls: %s and %s: %w", s.cert, s.key, err), s.refuse(digest))
	}
	if now := s.clock.Now(); now.After(pair.Leaf.NotAfter) {
		return false, errors.Join(fmt.Errorf("listen: tls: the certificate in %s ended on %s", s.cert, pair.Leaf.NotAfter.UTC().Format(time.DateOnly)), s.refuse(digest))
	}
	s.mu.Lock()
	s.now, s.digest = &pair, digest
	s.mu.Unlock()
	return true, nil
}

// errSeen marks files that have been refused before.
var errSeen = errors.New("the files are as they were when they were refused")

func (s *Certificates) refuse(digest [sha256.Size]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.failed == digest //axess:allow L05 whether a file has changed is no secret
	s.failed = digest
	if seen {
		return errSeen
	}
	return nil
}

// Config returns the settings of a listener: TLS 1.2 or later, HTTP/2 or 1.1.
func (s *Certificates) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.current(), nil },
	}
}

// Listen puts TLS on a listener, over writes that end (PRD-071).
func (s *Certificates) Listen(ln net.Listener) net.Listener {
	return tls.NewListener(stall.Listener(ln, stall.ServerWrite), s.Config())
}

func (s *Certificates) current() *tls.Certificate {
	s.mu.Lock()
	due := s.clock.Mono()-s.looked >= lookEvery
	if due {
		s.looked = s.clock.Mono()
	}
	now := s.now
	s.mu.Unlock()
	if !due {
		return now
	}
	switch changed, err := s.Reload(); {
	case errors.Is(err, errSeen):
	case err != nil:
		s.log.Error("axess: new TLS certificate refused, the old one stays", "error", err)
	case changed:
		s.log.Info("axess: new TLS certificate", "file", s.cert)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}
