package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/challenge"
	"github.com/axess-go/axess/seal"
)

// testChallenges holds what was mailed to its contract, on the values of the group.
func testChallenges(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_code_is_used_once_and_guessed_at_five_times", challengeRules},
		{"race/five_guesses_are_taken", raceCodeGuesses},
		{"race/five_guesses_are_taken_over_all_codes", raceCodesResent},
		{"race/one_use_of_a_code_wins", raceUse},
		{"race/one_code_is_sent", raceSend},
	})
}

type challengeKit struct {
	*kit
	keep *challenge.Keep
	flow [16]byte
}

func (k *kit) challenges() challengeKit {
	k.Helper()
	ring, err := seal.NewRing(seal.Data, seal.GenerateKey(k.src, at(0)))
	k.must(err)
	keep, err := challenge.New(k.s.Throttle.KV(), seal.NewNamed(ring))
	k.must(err)
	return challengeKit{k, keep, entropy.Bytes16(k.src)}
}

func (k challengeKit) until() time.Time { return at(15 * time.Minute) }

func (k challengeKit) send(body string, now time.Duration) error {
	_, err := k.keep.Send(k.ctx(), k.flow, []byte(body), k.until(), at(now))
	return err
}

func (k challengeKit) claim(now time.Duration) (challenge.State, error) {
	return k.keep.Claim(k.ctx(), k.flow, k.until(), at(now))
}

func (k challengeKit) use(s challenge.State, now time.Duration) error {
	return k.keep.Use(k.ctx(), k.flow, s, k.until(), at(now))
}

// FAC-061, FAC-062, FAC-063
func challengeRules(kit *kit) {
	k := kit.challenges()
	if s, err := k.keep.Look(k.ctx(), k.flow, at(0)); err != nil || s.Sends != 0 {
		k.Errorf("before anything: %+v, %v", s, err)
	}
	_, err := k.claim(0)
	k.fails("a guess at no code", err, challenge.ErrNone)
	k.must(k.send("first", 0))
	k.fails("at once", k.send("second", time.Minute-time.Millisecond), challenge.ErrTooSoon)
	first, err := k.claim(0)
	k.must(err)
	if string(first.Body) != "first" || first.Tries != 1 || first.Sends != 1 || !first.SentAt.Equal(at(0)) {
		k.Errorf("claimed %+v", first)
	}
	k.must(k.send("second", time.Minute))
	k.fails("the one before", k.use(first, time.Minute), challenge.ErrNone)
	second, err := k.claim(time.Minute)
	k.must(err)
	if string(second.Body) != "second" || second.Tries != 2 {
		k.Errorf("guesses are not carried over: %+v", second)
	}
	other := k
	other.flow = entropy.Bytes16(k.src)
	k.fails("in another flow", other.use(second, time.Minute), challenge.ErrNone)
	k.must(k.use(second, time.Minute))
	k.fails("again", k.use(second, time.Minute), challenge.ErrNone)
	_, err = k.claim(time.Minute)
	k.fails("a guess at a used code", err, challenge.ErrNone)
	k.must(k.send("third", 2*time.Minute))
	k.fails("a fourth code", k.send("fourth", 10*time.Minute), challenge.ErrSpent)
	for range 3 {
		_, err = k.claim(2 * time.Minute)
		k.must(err)
	}
	_, err = k.claim(2 * time.Minute)
	k.fails("a sixth guess", err, challenge.ErrSpent)
	if s, err := k.keep.Look(k.ctx(), k.flow, at(2*time.Minute)); err != nil || s.Sends != 3 || s.Tries != 5 || !errors.Is(s.Barred(at(0)), challenge.ErrSpent) {
		k.Errorf("at the end: %+v, %v", s, err)
	}
}

// FAC-062: of 64 guesses at once five are judged.
func raceCodeGuesses(kit *kit) {
	k := kit.challenges()
	k.must(k.send("code", 0))
	k.winners(race(func(int) error {
		_, err := k.claim(0)
		return err
	}), challenge.Tries, challenge.ErrSpent)
}

// FAC-062, FAC-I7: nor are there more when other codes are asked for in between.
func raceCodesResent(kit *kit) {
	k := kit.challenges()
	k.must(k.send("code 0", 0))
	errs := race(func(i int) error {
		now := time.Duration(i/8) * time.Minute
		if i%8 == 0 {
			if err := k.send(fmt.Sprint("code ", i), now); err != nil && !errors.Is(err, challenge.ErrTooSoon) && !errors.Is(err, challenge.ErrSpent) {
				return err
			}
			return challenge.ErrSpent
		}
		_, err := k.claim(now)
		return err
	})
	k.winners(errs, challenge.Tries, challenge.ErrSpent)
}

// FAC-062, FAC-I11: of 64 uses at once one wins.
func raceUse(kit *kit) {
	k := kit.challenges()
	k.must(k.send("code", 0))
	s, err := k.claim(0)
	k.must(err)
	k.winners(race(func(int) error { return k.use(s, 0) }), 1, challenge.ErrNone)
}

// FAC-063: of 64 requests for a code at once one is sent.
func raceSend(kit *kit) {
	k := kit.challenges()
	k.winners(race(func(i int) error { return k.send(fmt.Sprint("code ", i), 0) }), 1, challenge.ErrTooSoon)
}
