// Package challenge keeps what was mailed to somebody until it is used: one small value
// for each flow, on any backend, changed by one conditional write at a time.
//
//	keep, err := challenge.New(kv, seal.NewNamed(dataRing))
//	state, err := keep.Send(ctx, flow, body, until, now) // a new code; the one before is void
//	state, err = keep.Claim(ctx, flow, until, now)       // counts a guess, before it is judged
//	err = keep.Use(ctx, flow, state, until, now)         // of any number of callers one succeeds
//
// Guesses are counted for the flow and not for the code, so that asking for another code
// gives no further guesses. What a body means is its owner's.
//
// Requirements: FAC-061, FAC-062 and of FAC-063 what concerns one flow.
package challenge

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/store"
)

// What one flow gets.
const (
	Tries = 5           // guesses
	Sends = 3           // codes
	Apart = time.Minute // between two of them
)

// What a verb may answer beside the errors of the store.
var (
	// ErrTooSoon means that the last code is too young for another.
	ErrTooSoon = errors.New("challenge: too soon for another code")
	// ErrSpent means that the flow has had all its guesses, or all its codes.
	ErrSpent = errors.New("challenge: the flow has had all it gets")
	// ErrNone means that there is no code that could be guessed at or used.
	ErrNone = errors.New("challenge: no code")
)

// State is where a flow stands.
type State struct {
	Sends, Tries int
	SentAt       time.Time
	// Body is the code that waits; nil if none does.
	Body []byte
}

// Barred reports why no code is sent at now: ErrSpent, ErrTooSoon, or nil.
func (s State) Barred(now time.Time) error {
	switch {
	case s.Tries >= Tries || s.Sends >= Sends:
		return ErrSpent
	case s.Sends > 0 && now.Before(s.SentAt.Add(Apart)):
		return ErrTooSoon
	}
	return nil
}

// Keep is the place of all flows. It is safe for concurrent use.
type Keep struct {
	states *store.Map[[16]byte, State]
}

// New keeps states in kv, sealed.
func New(kv store.KV, s store.Seal) (*Keep, error) {
	if s == nil {
		return nil, errors.New("challenge: Seal is missing")
	}
	m, err := store.NewMap(store.MapConfig[[16]byte, State]{
		KV: kv, Prefix: "axess", Kind: "challenge", Key: func(flow [16]byte) string { return hex.EncodeToString(flow[:]) },
		Encode: encode, Decode: decode, Seal: s,
	})
	if err != nil {
		return nil, fmt.Errorf("challenge: %w", err)
	}
	return &Keep{m}, nil
}

// Look returns the state of a flow; the zero State where nothing was sent yet.
func (k *Keep) Look(ctx context.Context, flow [16]byte, now time.Time) (State, error) {
	s, err := k.states.Get(ctx, flow, now)
	if errors.Is(err, store.ErrNotFound) {
		return State{}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("challenge: look: %w", err)
	}
	return s, nil
}

// Send puts a code in the place of the one before. The state is kept until the flow
// ends. Errors: ErrTooSoon, ErrSpent, store errors.
func (k *Keep) Send(ctx context.Context, flow [16]byte, body []byte, until, now time.Time) (State, error) {
	return k.change(ctx, "send", flow, until, now, func(s State) (State, error) {
		if err := s.Barred(now); err != nil {
			return s, err
		}
		s.Sends, s.SentAt, s.Body = s.Sends+1, now.Truncate(time.Microsecond), body
		return s, nil
	})
}

// Claim counts a guess and returns the code that it is at. Errors: ErrSpent, ErrNone,
// store errors.
func (k *Keep) Claim(ctx context.Context, flow [16]byte, until, now time.Time) (State, error) {
	return k.change(ctx, "claim", flow, until, now, func(s State) (State, error) {
		switch {
		case s.Tries >= Tries:
			return s, ErrSpent
		case s.Body == nil:
			return s, ErrNone
		}
		s.Tries++
		return s, nil
	})
}

// Use takes the code that was claimed out of its place. Errors: ErrNone if it is not
// there any more: it was used, or another was sent; store errors.
func (k *Keep) Use(ctx context.Context, flow [16]byte, claimed State, until, now time.Time) error {
	_, err := k.change(ctx, "use", flow, until, now, func(s State) (State, error) {
		if s.Body == nil || !bytes.Equal(s.Body, claimed.Body) {
			return s, ErrNone
		}
		s.Body = nil
		return s, nil
	})
	return err
}

// rounds bounds how often a change is tried again because another was faster. Nobody
// loses as often: every winner has counted a guess or sent or used up a code.
const rounds = Tries + 2*Sends + 1

// change makes one conditional write of a state, on what was read.
func (k *Keep) change(ctx context.Context, verb string, flow [16]byte, until, now time.Time, next func(State) (State, error)) (State, error) {
	for range rounds {
		was, err := k.states.Get(ctx, flow, now)
		none := errors.Is(err, store.ErrNotFound)
		if err != nil && !none {
			return State{}, fmt.Errorf("challenge: %s: %w", verb, err)
		}
		s, err := next(was)
		if err != nil {
			return was, err
		}
		if none {
			err = k.states.PutIfAbsent(ctx, flow, s, until.Sub(now), now)
		} else {
			err = k.states.CompareAndSwap(ctx, flow, was, s, until.Sub(now), now)
		}
		switch {
		case err == nil:
			return s, nil
		case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			continue
		}
		return State{}, fmt.Errorf("challenge: %s: %w", verb, err)
	}
	return State{}, fmt.Errorf("challenge: %s: %w: others are always faster", verb, store.ErrUnavailable)
}
