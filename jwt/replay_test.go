package jwt

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/store"
)

// used is a ReplayStore that keeps to its contract, and what it was asked.
type used struct {
	mu    sync.Mutex
	until map[ReplayKey]time.Time
	err   error
}

func (u *used) Claim(_ context.Context, key ReplayKey, now, until time.Time) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return false, u.err
	}
	if u.until == nil {
		u.until = map[ReplayKey]time.Time{}
	}
	if at, found := u.until[key]; found && !now.After(at) {
		return false, nil
	}
	u.until[key] = until
	return true, nil
}

// WKL-022, WKL-023, WKL-024
func TestConsume_takes_a_token_once(t *testing.T) {
	t.Parallel()
	store := &used{}
	v, s, now := setup(t, func(c *Config) { c.Replay = store })
	verify := func(payload string) *Claims {
		t.Helper()
		c, err := v.Verify(t.Context(), sign(t, s, payload))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := verify(good)
	verify(good) // to look at it takes nothing
	var wg sync.WaitGroup
	results := make([]Reason, 64)
	for i := range results {
		wg.Go(func() { results[i] = reason(t, v.Consume(t.Context(), c)) })
	}
	wg.Wait()
	taken := 0
	for _, r := range results {
		if r == "" {
			taken++
		} else if r != Replayed {
			t.Errorf("%s", r)
		}
	}
	if taken != 1 {
		t.Errorf("taken %d times", taken)
	}
	// To the end of the skew, as long as the token itself is taken.
	now.Advance(6 * time.Minute)
	if got := reason(t, v.Consume(t.Context(), verify(good))); got != Replayed {
		t.Errorf("at the end of the skew: %q", got)
	}
	now.Advance(time.Second)
	if got := reason(t, v.Consume(t.Context(), c)); got != Expired {
		t.Errorf("behind the end: %q", got)
	}
}

// WKL-022
func TestConsume_fails_closed(t *testing.T) {
	t.Parallel()
	store := &used{err: errors.New("down")}
	v, s, _ := setup(t, func(c *Config) { c.Replay = store })
	c, err := v.Verify(t.Context(), sign(t, s, good))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Consume(t.Context(), c); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRejected) {
		t.Errorf("a store that is down: %v", err)
	}
	nameless, err := v.Verify(t.Context(), sign(t, s, with("jti", "")))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Claims{"no jti": nameless, "no claims": nil, "claims of nobody": {ID: "x", Expires: start.Add(time.Hour)}} {
		if got := reason(t, v.Consume(t.Context(), c)); got != MissingClaim {
			t.Errorf("%s: %q", name, got)
		}
	}
	without, _, _ := setup(t)
	if err := without.Consume(t.Context(), c); err == nil || errors.Is(err, ErrRejected) {
		t.Errorf("without a store: %v", err)
	}
}

// One issuer cannot burn the tokens of another. WKL-022
func TestNewReplayKey_is_of_issuer_and_name_together(t *testing.T) {
	t.Parallel()
	seen := map[ReplayKey]string{}
	for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}, {"a\x00", "b"}, {"a", "\x00b"}} {
		k := NewReplayKey(pair[0], pair[1])
		if other, found := seen[k]; found {
			t.Errorf("%q and %q are one", pair, other)
		}
		seen[k] = pair[0] + "," + pair[1]
	}
}

// What a store says is no refusal of the token, and a life that no backend can promise
// to remember is not taken. WKL-022
func TestReplays_fail_closed(t *testing.T) {
	t.Parallel()
	if _, err := NewReplays(nil); err == nil {
		t.Error("made of nothing")
	}
	r := &Replays{kv: deadKV{}}
	key := NewReplayKey("i", "1")
	if fresh, err := r.Claim(t.Context(), key, start, start.Add(time.Minute)); fresh || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v, %v", fresh, err)
	}
	if fresh, err := r.Claim(t.Context(), key, start, start.Add(store.MaxTTL)); fresh || !errors.Is(err, store.ErrBadTTL) {
		t.Errorf("%v, %v", fresh, err)
	}
	if _, err := r.Sweep(t.Context(), start, 1); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

// deadKV does not answer, but refuses what every KV refuses.
type deadKV struct{ store.KV }

func (deadKV) PutIfAbsent(_ context.Context, name string, value []byte, expires, now time.Time) error {
	if err := store.CheckEntry(name, value, expires, now); err != nil {
		return err
	}
	return store.ErrUnavailable
}

func (deadKV) Sweep(context.Context, time.Time, int) (int, error) { return 0, store.ErrUnavailable }
