package blocklist

import (
	"bytes"
	"context"
	"crypto/fips140"
	"crypto/sha1" //nolint:gosec // what the service is asked by; it protects nothing
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/safehttp"
	"github.com/axess-go/axess/seal"
)

// PwnedPasswords is the service that [NewRange] asks unless told otherwise: Have I Been
// Pwned, which knows close to a billion passwords from breaches.
const PwnedPasswords = "https://api.pwnedpasswords.com/range/"

// RangeConfig configures a [Range]. Only Clock is required.
type RangeConfig struct {
	Clock clock.Clock
	// URL is what the five digits are appended to, https alone. Empty: PwnedPasswords.
	URL string
	// Roots replaces the system's certificate authorities, for a mirror of the house.
	Roots *x509.CertPool
	// Allow are networks that are not public and hold such a mirror.
	Allow []netip.Prefix
	// Transport replaces ours, and with it the check of addresses and of TLS.
	Transport http.RoundTripper
}

// ErrRange answers what could not be asked or understood. It names the server at most:
// neither the password nor its digest is in any error.
var ErrRange = errors.New("blocklist: range")

// rangeWait is how long somebody who chooses a password waits for the server.
const rangeWait = 2 * time.Second

// Answers are padded to between 800 and 1,000 lines of at most 46 bytes.
const maxRange = 256 << 10

// Range asks a server that knows passwords from breaches. The server learns the first 20
// of the 160 bits of a SHA-1 digest, which fit hundreds of its own entries and about
// every millionth password there is; padding keeps the size of the answer from telling
// which. It is asked for the password as it was typed, since case counts there.
type Range struct {
	client *safehttp.Client
	url    string
}

// NewRange checks the configuration; nothing is sent. Errors: [ErrRange].
func NewRange(cfg RangeConfig) (*Range, error) {
	client, err := safehttp.New(safehttp.Config{
		Clock: cfg.Clock, Timeout: rangeWait, Roots: cfg.Roots, Allow: cfg.Allow, Transport: cfg.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRange, err)
	}
	if cfg.URL == "" {
		cfg.URL = PwnedPasswords
	}
	if u, err := client.URL(cfg.URL); err != nil || u.RawQuery != "" || !strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("%w: URL must be https, end in / and have no query", ErrRange)
	}
	return &Range{client, cfg.URL}, nil
}

// Close ends connections that nobody uses.
func (r *Range) Close() { r.client.Close() }

// Contains asks whether the password is known. It takes two seconds at most. Error:
// [ErrRange]; what to do then is for the caller, who may not have every sign-up wait for
// somebody else's server to come back.
func (r *Range) Contains(ctx context.Context, secret seal.Secret) (bool, error) {
	nfc := norm.NFC.Append(make([]byte, 0, 3*len(secret.Reveal())), secret.Reveal()...)
	defer clear(nfc)
	var sum [sha1.Size]byte
	// SHA-1 is how entries are named there, as a table may be sorted by anything: a
	// program that is held to approved algorithms may do that (FIPS 140-3 IG 2.4.A).
	fips140.WithoutEnforcement(func() { sum = sha1.Sum(nfc) })
	name := strings.ToUpper(hex.EncodeToString(sum[:]))
	got, err := r.client.Do(ctx, safehttp.Request{
		URL:     r.url + name[:5],
		Header:  http.Header{"Add-Padding": {"true"}, "User-Agent": {"axess"}},
		Accept:  []string{"text/plain"},
		MaxBody: maxRange,
	})
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrRange, err)
	}
	if got.Status != http.StatusOK {
		return false, fmt.Errorf("%w: the server answered %d", ErrRange, got.Status)
	}
	return listed(got.Body, []byte(name[5:]))
}

// listed looks for the rest of a digest. A line is 35 digits, a colon and how often the
// password was seen; padding was seen never.
func listed(body, rest []byte) (bool, error) {
	found := false
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		digits, count, ok := bytes.Cut(line, []byte{':'})
		if !ok || len(digits) != len(rest) || !isCount(count) {
			return false, fmt.Errorf("%w: the answer is no list of digests", ErrRange)
		}
		if bytes.EqualFold(digits, rest) && len(bytes.Trim(count, "0")) > 0 {
			found = true
		}
	}
	return found, nil
}

func isCount(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
