package ldap

import (
	"sync"
	"time"
)

// When a directory is left alone, and for how long (FAC-096).
const (
	breakerFailures = 5
	breakerWindow   = 30 * time.Second
	breakerRest     = 15 * time.Second
)

// breaker keeps people from waiting for a directory that does not answer. After its rest
// one attempt goes first: the others follow if that one reaches the directory. Times are
// those of clock.Mono.
type breaker struct {
	mu       sync.Mutex
	failures []time.Duration // the last ones, at most breakerFailures
	until    time.Duration
	open     bool
	trying   bool // one attempt is on its way after the rest
}

// enter reports whether an attempt may be made. Who may calls exactly one of its ends.
func (b *breaker) enter(now time.Duration) (ok, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return true, false
	case now < b.until || b.trying:
		return false, false
	}
	b.trying = true
	return true, true
}

// leave settles an attempt.
func (b *breaker) leave(now time.Duration, first bool, r Reason) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if first {
		b.trying = false
	}
	switch {
	case r == ReasonCancelled: // says nothing about the directory
	case !r.transport():
		if first || !b.open {
			b.open, b.failures = false, b.failures[:0]
		}
	case first:
		b.until = now + breakerRest
	case b.open:
	default:
		b.failures = append(b.failures, now)
		if n := len(b.failures); n > breakerFailures {
			b.failures = b.failures[n-breakerFailures:]
		}
		if len(b.failures) == breakerFailures && now-b.failures[0] <= breakerWindow {
			b.open, b.until, b.failures = true, now+breakerRest, b.failures[:0]
		}
	}
}

// resting reports whether the next attempt would be turned away.
func (b *breaker) resting(now time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open && (now < b.until || b.trying)
}
