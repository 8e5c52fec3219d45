package mtls

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/safehttp"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// CRLsConfig says where revocation lists are. Clock, Issuers and one of Files and URLs
// are required.
type CRLsConfig struct {
	Clock clock.Clock
	// Issuers are the authorities that sign the lists: every one whose certificates are to
	// be looked up, anchors and those between.
	Issuers []*x509.Certificate
	// Files are read, URLs fetched (https), each as DER or PEM.
	Files, URLs []string
	// Allow are networks where a list may be fetched although they are not the open
	// Internet; Roots replaces the system's authorities for https.
	Allow []netip.Prefix
	Roots *x509.CertPool
	// InsecureLoopback lets http and this machine through, for tests.
	InsecureLoopback bool
	// MaxSize of a list in bytes; zero: 8 MiB.
	MaxSize int64
	Metrics metric.Sink // may be nil
}

const (
	defaultSize = 8 << 20
	mostSize    = 256 << 20
)

// CRLs keeps revocation lists. [CRLs.Renew] brings new ones; until it has run once,
// nothing is known. It is safe for concurrent use.
type CRLs struct {
	cfg    CRLsConfig
	http   *safehttp.Client
	flight *sched.Flight[struct{}, struct{}]
	held   atomic.Pointer[snapshot]
}

// snapshot is what all sources have said, in their order. A list that is renewed makes
// another one.
type snapshot struct{ lists [][]*list }

// NewCRLs checks the configuration; the error names the field that is wrong. It reads
// nothing yet.
func NewCRLs(cfg CRLsConfig) (*CRLs, error) {
	if cfg.Clock == nil {
		return nil, errors.New("mtls: CRLsConfig.Clock is missing")
	}
	if cfg.MaxSize == 0 {
		cfg.MaxSize = defaultSize
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	switch {
	case len(cfg.Files)+len(cfg.URLs) == 0:
		return nil, errors.New("mtls: CRLsConfig: one of Files and URLs is required")
	case len(cfg.Issuers) == 0:
		return nil, errors.New("mtls: CRLsConfig.Issuers is missing: nobody's lists are believed")
	case cfg.MaxSize < 0 || cfg.MaxSize > mostSize:
		return nil, fmt.Errorf("mtls: CRLsConfig.MaxSize is %d, want at most %d", cfg.MaxSize, mostSize)
	}
	for i, c := range cfg.Issuers {
		if err := authority(c); err != nil {
			return nil, fmt.Errorf("mtls: CRLsConfig.Issuers[%d]: %w", i, err)
		}
	}
	cfg.Issuers, cfg.Files, cfg.URLs = slices.Clone(cfg.Issuers), slices.Clone(cfg.Files), slices.Clone(cfg.URLs)
	client, err := safehttp.New(safehttp.Config{
		Clock: cfg.Clock, Allow: cfg.Allow, Roots: cfg.Roots, InsecureLoopback: cfg.InsecureLoopback, Timeout: 30 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("mtls: CRLsConfig: %w", err)
	}
	for i, u := range cfg.URLs {
		if _, err := client.URL(u); err != nil {
			return nil, fmt.Errorf("mtls: CRLsConfig.URLs[%d]: %w", i, err)
		}
	}
	return &CRLs{cfg: cfg, http: client, flight: sched.NewFlight[struct{}, struct{}](sched.Of(cfg.Clock), "mtls.crls")}, nil
}

// current is nil where no lists are configured, and until the first are there.
func (c *CRLs) current() *snapshot {
	if c == nil {
		return nil
	}
	return c.held.Load()
}

// Renew reads every source anew. One that cannot be had, or that somebody else signed,
// or that is older than what is at hand, leaves the list at hand, which holds until it
// is stale by its own word; the error says so of each. It is the Run of a background job
// that comes every few minutes.
func (c *CRLs) Renew(ctx context.Context) error {
	_, err := c.flight.Do(ctx, struct{}{}, func(ctx context.Context) (struct{}, error) { return struct{}{}, c.renew(ctx) })
	return err
}

func (c *CRLs) renew(ctx context.Context) error {
	held := c.held.Load()
	if held == nil {
		held = &snapshot{lists: make([][]*list, len(c.cfg.Files)+len(c.cfg.URLs))}
	}
	next := &snapshot{lists: slices.Clone(held.lists)}
	var errs []error
	for i := range next.lists {
		lists, err := c.load(ctx, i)
		if err == nil {
			err = newer(lists, held.lists[i])
		}
		outcome := "ok"
		if err != nil {
			outcome = "error"
			errs = append(errs, fmt.Errorf("mtls: revocation list %d: %w", i, err))
		} else {
			next.lists[i] = lists
		}
		c.cfg.Metrics.Count(metricLists, metric.L(metric.Outcome, outcome))
	}
	c.held.Store(next)
	return errors.Join(errs...)
}

const metricLists = "axess.mtls.crl_renewals"

// load reads one source, files before URLs.
func (c *CRLs) load(ctx context.Context, i int) ([]*list, error) {
	var text []byte
	var err error
	if i < len(c.cfg.Files) {
		text, err = c.read(c.cfg.Files[i])
	} else {
		text, err = c.fetch(ctx, c.cfg.URLs[i-len(c.cfg.Files)])
	}
	if err != nil {
		return nil, err
	}
	return parseLists(text, c.cfg.Issuers, c.cfg.Clock.Now())
}

func (c *CRLs) read(name string) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, c.cfg.MaxSize+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(text)) > c.cfg.MaxSize {
		return nil, fmt.Errorf("%s: %w", name, safehttp.ErrResponseTooLarge)
	}
	return text, nil
}

func (c *CRLs) fetch(ctx context.Context, address string) ([]byte, error) {
	got, err := c.http.Do(ctx, safehttp.Request{
		URL: address, MaxBody: c.cfg.MaxSize,
		Accept: []string{"application/pkix-crl", "application/x-pkcs7-crl", "application/octet-stream", "application/x-pem-file"},
	})
	if err != nil {
		return nil, err
	}
	if got.Status != 200 {
		return nil, fmt.Errorf("answered with status %d", got.Status)
	}
	return got.Body, nil
}

// Close ends connections that nobody uses.
func (c *CRLs) Close() { c.http.Close() }
