package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/store"
)

// RunReplay holds a store to the contract of [jwt.ReplayStore]. Each test gets an empty
// one.
func RunReplay(t *testing.T, factory func(t *testing.T) jwt.ReplayStore) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*replayKit)
	}{
		{"a_token_is_used_once_until_its_end", replayContract},
		{"race/one_claim_wins", replayRace},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&replayKit{kit{T: t}, factory(t)})
		})
	}
}

type replayKit struct {
	kit
	r jwt.ReplayStore
}

var replayKey = jwt.NewReplayKey("https://issuer.example", "one")

func (k *replayKit) claim(key jwt.ReplayKey, now, until time.Duration, want bool) {
	k.Helper()
	got, err := k.r.Claim(k.ctx(), key, at(now), at(until))
	if err != nil || got != want {
		k.Errorf("claim at %v until %v: %v, %v; want %v", now, until, got, err, want)
	}
}

// WKL-022
func replayContract(k *replayKit) {
	replayKeys(k)
	replayArguments(k)
	replayCancelled(k)
	replayOnce(k)
}

func replayOnce(k *replayKit) {
	k.claim(replayKey, 0, time.Minute, true)
	k.claim(replayKey, 0, time.Minute, false)
	k.claim(replayKey, time.Second, time.Hour, false)
	k.claim(replayKey, time.Minute, time.Minute, false)               // at its end, as its token is taken
	k.claim(replayKey, time.Minute+time.Second, 2*time.Minute, true)  // nobody takes that token any more
	k.claim(replayKey, 2*time.Minute, 2*time.Minute, false)           // and this one is as the first
	k.claim(jwt.NewReplayKey("i", "now"), 0, 0, true)                 // at the very end of a token
	k.claim(jwt.NewReplayKey("i", "now"), 0, 0, false)                //
	k.claim(jwt.NewReplayKey("i", "year"), 0, 365*24*time.Hour, true) // a token that lives long
	k.claim(jwt.NewReplayKey("i", "year"), 300*24*time.Hour, 365*24*time.Hour, false)
}

func replayKeys(k *replayKit) {
	for _, pair := range [][2]string{{"a", "1"}, {"b", "1"}, {"a", "2"}, {"a1", ""}, {"", "a1"}} {
		k.claim(jwt.NewReplayKey(pair[0], pair[1]), 0, time.Minute, true)
	}
	k.claim(jwt.NewReplayKey("a", "1"), 0, time.Minute, false)
}

func replayArguments(k *replayKit) {
	for _, c := range []struct {
		name       string
		key        jwt.ReplayKey
		now, until time.Time
	}{
		{"no key", jwt.ReplayKey{}, at(0), at(time.Minute)},
		{"no time", replayKey, time.Time{}, at(time.Minute)},
		{"over before it begins", replayKey, at(time.Minute), at(0)},
	} {
		fresh, err := k.r.Claim(k.ctx(), c.key, c.now, c.until)
		k.fails(c.name, err, store.ErrBadArgument)
		if fresh {
			k.Errorf("%s: taken", c.name)
		}
	}
}

func replayCancelled(k *replayKit) {
	if fresh, err := k.r.Claim(k.cancelled(), replayKey, at(0), at(time.Minute)); err == nil || fresh {
		k.Errorf("under a cancelled context: %v, %v", fresh, err)
	}
}

// WKL-022
func replayRace(k *replayKit) {
	k.claimAll(0)
	k.claimAll(2 * time.Minute) // the first use has ended, and with it its token
}

func (k *replayKit) claimAll(now time.Duration) {
	fresh := make([]bool, racers)
	errs := race(func(i int) (err error) {
		fresh[i], err = k.r.Claim(k.ctx(), replayKey, at(now), at(now+time.Minute))
		return err
	})
	won := 0
	for i := range errs {
		k.must(errs[i])
		if fresh[i] {
			won++
		}
	}
	if won != 1 {
		k.Errorf("%d claims won, want 1", won)
	}
}
