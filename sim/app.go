package sim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 §1.2
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// fact is a credential and how long it is one.
type fact struct {
	value string
	ended int // step at which its end was acknowledged; zero while it may hold
}

// holds says that a request which begins at a step may succeed with it.
func (f fact) holds(step int) bool { return f.ended == 0 || step <= f.ended }

// app is an authenticator on somebody's phone, made from what a page has shown.
type app struct {
	label string
	key   []byte
	sure  int           // step at which the site said that it asks for it; zero: it may
	ended int           // step at which its end was acknowledged; zero while it may hold
	maybe bool          // its end was asked for
	shown int64         // time step of the code that was typed last
	taken map[int64]int // how often the code of a time step was accepted
}

// period is how long a code is shown (RFC 6238 §5.2).
const period = 30

func newApp(label, seed string) (*app, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		return nil, fmt.Errorf("sim: the key of an app: %w", err)
	}
	return &app{label: label, key: key, taken: map[int64]int{}}, nil
}

// code is the one of a time step (RFC 4226 §5.3).
func (a *app) code(count int64) string {
	mac := hmac.New(sha1.New, a.key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(count)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) &^ (1 << 31)
	return fmt.Sprintf("%06d", n%1_000_000)
}

// reads is the time step that the phone of a person is at.
func (p *person) reads() int64 {
	return p.w.coro.Time().Add(p.drift).Unix() / period
}

// codeOf finds the app of which a code is one, near the true time.
func (p *person) codeOf(now time.Time, code string) (*app, int64) {
	const near = 4 // the phone's clock and the server's may both be off
	at := now.Unix() / period
	for _, a := range slices.Backward(p.apps) {
		for count := at - near; count <= at+near; count++ {
			if a.code(count) == code {
				return a, count
			}
		}
	}
	return nil, 0
}
