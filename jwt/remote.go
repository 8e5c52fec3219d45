package jwt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// RemoteConfig says where the keys of an issuer are and how long they are believed.
// Clock, Entropy, Fetch and one of URL and Issuer are required.
type RemoteConfig struct {
	Clock   clock.Clock
	Entropy entropy.Source
	Fetch   Fetcher
	Metrics metric.Sink // may be nil
	// URL of the key set (jwks_uri).
	URL string
	// Issuer, instead of URL, is asked for the address of its keys (discovery).
	Issuer string
	// Interval is the least time from one attempt to fetch to the next, whatever asks
	// and however it ended: 60 s unless given, 30 s to 1 h.
	Interval time.Duration
	// MaxStale is how long the last good set is believed if no newer one can be had:
	// 24 h unless given, 5 min to 7 days.
	MaxStale time.Duration
	// Use is what the member "use" of a key must be if it is there, "sig" unless given.
	Use string
}

// The times of WKL-031, WKL-032, WKL-035, OAU-024 and OAU-026; where the two differ, the
// longer interval.
const (
	defaultInterval = time.Minute
	defaultStale    = 24 * time.Hour
	defaultTTL      = time.Hour
	minTTL          = 5 * time.Minute
	maxTTL          = 24 * time.Hour
	fetchTimeout    = 10 * time.Second
	negativeFor     = 5 * time.Minute
	negativeMost    = 1024
)

// RemoteKeys are the keys that an issuer publishes, fetched when they are needed and
// kept. It is safe for concurrent use. [RemoteKeys.Current] never waits for the issuer
// as long as somebody calls [RemoteKeys.Renew] now and then.
type RemoteKeys struct {
	cfg    RemoteConfig
	sched  sched.Sched
	flight *sched.Flight[struct{}, *fetched]
	held   atomic.Pointer[fetched]

	mu        sync.Mutex // guards what follows; never held over a fetch
	attempted bool
	attempt   time.Duration // Mono of the last one, good or not
	failed    error         // of the last attempt
	unknown   negative
	renewing  *sched.Gate // opens when the fetch beside is done; nil for none
	closed    bool

	location location // belongs to the attempt under way
}

// fetched is a set as it came.
type fetched struct {
	set  *KeySet
	wall time.Time
	mono time.Duration
	ttl  time.Duration
}

// NewRemoteKeys returns the keys of an issuer. It fetches nothing yet.
func NewRemoteKeys(cfg RemoteConfig) (*RemoteKeys, error) {
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	if cfg.Interval == 0 {
		cfg.Interval = defaultInterval
	}
	if cfg.MaxStale == 0 {
		cfg.MaxStale = defaultStale
	}
	if cfg.Use == "" {
		cfg.Use = "sig"
	}
	var errs []error
	if cfg.Clock == nil || cfg.Entropy == nil || cfg.Fetch == nil {
		errs = append(errs, errors.New("jwt: RemoteConfig: Clock, Entropy and Fetch are required"))
	}
	if (cfg.URL == "") == (cfg.Issuer == "") {
		errs = append(errs, errors.New("jwt: RemoteConfig: one of URL and Issuer is required"))
	}
	if strings.Contains(cfg.Issuer, "?") {
		errs = append(errs, errors.New("jwt: RemoteConfig.Issuer: an issuer has no query"))
	}
	if cfg.Interval < 30*time.Second || cfg.Interval > time.Hour {
		errs = append(errs, fmt.Errorf("jwt: RemoteConfig.Interval is %v, want 30s to 1h", cfg.Interval))
	}
	if cfg.MaxStale < minTTL || cfg.MaxStale > 7*24*time.Hour {
		errs = append(errs, fmt.Errorf("jwt: RemoteConfig.MaxStale is %v, want 5m to 168h", cfg.MaxStale))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s := sched.Of(cfg.Clock)
	return &RemoteKeys{cfg: cfg, sched: s, flight: sched.NewFlight[struct{}, *fetched](s, "jwt.keys")}, nil
}

// errTooSoon: the last attempt was less than an interval ago.
var errTooSoon = errors.New("asked a moment ago")

// age is the longer of what both clocks say: a machine that slept has slept, and a wall
// clock that was set back makes nothing younger.
func (r *RemoteKeys) age(f *fetched) time.Duration {
	return max(r.cfg.Clock.Now().Sub(f.wall), r.cfg.Clock.Mono()-f.mono)
}

// Current returns the last good set. It fetches the first one, and one that is too old
// to be believed; in between it lets a newer one be fetched beside.
func (r *RemoteKeys) Current(ctx context.Context) (*KeySet, error) {
	f := r.held.Load()
	if f == nil {
		return r.wait(ctx, f)
	}
	switch age := r.age(f); {
	case age <= f.ttl:
		return f.set, nil
	case age > r.cfg.MaxStale:
		return r.wait(ctx, f)
	case age > 2*f.ttl && r.unasked(f):
		// Nobody has wanted a key for long, and nobody renews. Meanwhile the issuer may
		// have withdrawn one, and the first token after the pause is the one to fear.
		if set, err := r.wait(ctx, f); err == nil {
			return set, nil
		}
		if ctx.Err() != nil {
			return nil, unavailable("keys", ctx.Err())
		}
	default:
		r.renewBeside(ctx)
	}
	return f.set, nil
}

// wait fetches a set in the place of seen, together with others who want the same.
func (r *RemoteKeys) wait(ctx context.Context, seen *fetched) (*KeySet, error) {
	f, err := r.fetch(ctx, seen, false)
	if err != nil {
		return nil, unavailable("keys", err)
	}
	return f.set, nil
}

// unasked reports whether no attempt was made since f came.
func (r *RemoteKeys) unasked(f *fetched) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attempt <= f.mono
}

// Newer fetches a newer set, if nobody has asked the issuer within the interval and
// kid was not searched in vain lately. An issuer that does not answer leaves set.
func (r *RemoteKeys) Newer(ctx context.Context, set *KeySet, kid string) (*KeySet, error) {
	seen := r.held.Load()
	if seen != nil && seen.set != set {
		return seen.set, nil
	}
	if r.inVain(kid) {
		return set, nil
	}
	f, err := r.fetch(ctx, seen, true)
	switch {
	case ctx.Err() != nil:
		return nil, unavailable("keys", ctx.Err())
	case err != nil:
		return set, nil //nolint:nilerr // the last good set serves; the failure is counted and in Status
	}
	if kid != "" && !f.set.has(kid) {
		r.mu.Lock()
		r.unknown.add(kid, r.cfg.Clock.Mono())
		r.mu.Unlock()
	}
	return f.set, nil
}

func (r *RemoteKeys) inVain(kid string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return kid != "" && r.unknown.has(kid, r.cfg.Clock.Mono())
}

// Renew fetches a newer set if the one at hand is due, and does nothing else. It is the
// Run of a background job that comes every minute or so.
func (r *RemoteKeys) Renew(ctx context.Context) error {
	f := r.held.Load()
	if f != nil && r.age(f) <= f.ttl {
		return nil
	}
	if _, err := r.fetch(ctx, f, false); err != nil && !errors.Is(err, errTooSoon) {
		return fmt.Errorf("jwt: renew keys: %w", err)
	}
	return nil
}

// renewBeside starts [RemoteKeys.Renew] in a task of its own, one at a time.
func (r *RemoteKeys) renewBeside(ctx context.Context) {
	now := r.cfg.Clock.Mono()
	r.mu.Lock()
	if r.closed || r.renewing != nil || r.attempted && now-r.attempt < r.cfg.Interval {
		r.mu.Unlock()
		return
	}
	done := r.sched.NewGate("jwt.keys.renewed")
	r.renewing = done
	r.mu.Unlock()
	r.sched.Go(context.WithoutCancel(ctx), "jwt.keys.renew", func(ctx context.Context) error {
		defer func() {
			r.mu.Lock()
			r.renewing = nil
			r.mu.Unlock()
			done.Open()
		}()
		return r.Renew(ctx) // counted, and in Status
	})
}

// Close waits for a fetch that runs beside and lets no other begin. Keys at hand stay.
func (r *RemoteKeys) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	done := r.renewing
	r.mu.Unlock()
	if done == nil {
		return nil
	}
	if err := done.Wait(ctx); err != nil {
		return fmt.Errorf("jwt: close keys: %w", err)
	}
	return nil
}

// fetch makes one attempt in the place of seen, unless one was made within the interval. Whoever comes
// meanwhile waits for the same one, so that answers come in the order of the questions.
func (r *RemoteKeys) fetch(ctx context.Context, seen *fetched, anew bool) (*fetched, error) {
	return r.flight.Do(ctx, struct{}{}, func(ctx context.Context) (*fetched, error) {
		// Between the look of whoever asks and this moment another fetch may have ended:
		// what it brought is the answer, and not that the issuer was just asked.
		if f := r.held.Load(); f != seen {
			return f, nil
		}
		mono := r.cfg.Clock.Mono()
		r.mu.Lock()
		if r.attempted && mono-r.attempt < r.cfg.Interval {
			err := errors.Join(errTooSoon, r.failed)
			r.mu.Unlock()
			return nil, err
		}
		r.attempted, r.attempt = true, mono
		r.mu.Unlock()

		ctx, cancel := clock.WithTimeout(ctx, r.cfg.Clock, fetchTimeout)
		defer cancel()
		f, err := r.load(ctx, anew)
		outcome := "ok"
		if err != nil {
			outcome = "error"
		}
		r.cfg.Metrics.Count(metricFetches, metric.L(metric.Outcome, outcome))
		r.mu.Lock()
		r.failed = err
		r.mu.Unlock()
		if err != nil {
			return nil, err
		}
		r.held.Store(f)
		return f, nil
	})
}

const (
	metricFetches = "axess.jwt.key_fetches"
	metricSkipped = "axess.jwt.keys_skipped"
)

// load asks the issuer. What has come counts from when it was asked for.
func (r *RemoteKeys) load(ctx context.Context, anew bool) (*fetched, error) {
	f := &fetched{wall: r.cfg.Clock.Now(), mono: r.cfg.Clock.Mono()}
	address, err := r.address(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := r.cfg.Fetch.Fetch(ctx, FetchRequest{URL: address, NoCache: anew})
	if err != nil {
		r.location.doubted = true // it may have moved
		return nil, fmt.Errorf("key set: %w", err)
	}
	if f.set, err = parseKeySet(doc.Body, r.cfg.Use); err != nil {
		return nil, err
	}
	for _, skip := range f.set.skipped {
		r.cfg.Metrics.Count(metricSkipped, metric.L(metric.Reason, string(skip)))
	}
	f.ttl = defaultTTL
	if doc.MaxAge >= 0 {
		f.ttl = min(max(doc.MaxAge, minTTL), maxTTL)
	}
	// Nodes that started together do not come together for ever.
	tenth := int64(f.ttl / 10)
	f.ttl += time.Duration(entropy.Int64n(r.cfg.Entropy, 2*tenth+1) - tenth)
	f.ttl = min(max(f.ttl, minTTL), maxTTL)
	return f, nil
}

// Status is what a health check wants to know.
type Status struct {
	Keys    int       // in the set at hand; 0 if there is none
	Fetched time.Time // when that set came; zero if there is none
	// Degraded: the set at hand is due and the last attempt failed, or there is none.
	Degraded bool
	Err      error // of the last attempt; nil if it was good
}

// Status says how the keys are.
func (r *RemoteKeys) Status() Status {
	f := r.held.Load()
	r.mu.Lock()
	s := Status{Err: r.failed, Degraded: f == nil}
	r.mu.Unlock()
	if f != nil {
		s.Keys, s.Fetched = len(f.set.keys), f.wall
		s.Degraded = s.Err != nil && r.age(f) > f.ttl || r.age(f) > max(r.cfg.MaxStale, f.ttl)
	}
	return s
}
