package authn

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Key is the name of a lever in the attempt ledger: a keyed digest, so that the
// table says nothing about who was guessed at (AUN-051).
type Key [32]byte

// LockPolicy says when a lever locks (AUN-052, AUN-055). All values are
// positive; construction refuses others.
type LockPolicy struct {
	// Threshold is the failure inside Window that locks: with 5, the fifth.
	Threshold int `json:"threshold"`
	// Window is the time within which failures add up.
	Window time.Duration `json:"window"`
	// Lock is the first lock; each further one is Factor times longer, up to Cap.
	Lock   time.Duration `json:"lock"`
	Factor int           `json:"factor"` // 1 keeps locks at their first length
	Cap    time.Duration `json:"cap"`    // at least Lock
	// Decay is the time without failure after which the level returns to zero.
	Decay time.Duration `json:"decay"`
	// Streak counts failures in a row: any success forgets them, not only that of the
	// last step (AUN-058). The policies of people and addresses are none.
	Streak bool `json:"-"`
}

// Lever is one key with its policy.
type Lever struct {
	Key    Key
	Policy LockPolicy
}

// Attempt is one evaluation about to happen.
type Attempt struct {
	// Flow is the login flow: a second attempt of the same flow in flight is
	// ErrBusy (AUN-042). The zero Flow is not checked.
	Flow [16]byte
	// Levers are reserved together, in order; the first refusal wins and none is
	// charged (AUN-057). 1 to 4.
	Levers []Lever
}

// Reservation is the receipt of an attempt: settle it by Commit or Release. It
// is opaque; a reservation settled twice is success without effect.
type Reservation struct {
	ID   [16]byte
	Flow [16]byte
	Keys []Key
	// Locked is true when the last lever, the most specific one, has been locked
	// since it was last cleared, and its policy has not forgotten that: whoever
	// passes now passes after too many tries.
	Locked bool
	local  bool // reserved with a LocalLedger
}

// Verdict is how an attempt ended.
type Verdict uint8

// The verdicts. The zero verdict is invalid.
const (
	// Failed charges every lever.
	Failed Verdict = iota + 1
	// Passed charges none and leaves earlier failures standing (AUN-059), but for
	// those of a streak.
	Passed
	// Cleared is Passed of the last step: failures and level of the last lever,
	// the most specific one, are forgotten too.
	Cleared
)

// PendingFor is how long an unsettled reservation counts as in flight; after
// that it counts as a failure made at its start (AUN-050: a crash must not be a
// free guess).
const PendingFor = 30 * time.Second

// ErrBusy answers a second attempt in flight for one flow.
var ErrBusy = errors.New("authn: another attempt of this flow is in flight")

// ThrottledError answers an attempt on a locked lever. Nothing was reserved.
type ThrottledError struct {
	// Until is when the lever opens, or one second ahead if the allowance is
	// taken by attempts in flight (AUN-052).
	Until time.Time
	// Lever is the index of the lever that refused.
	Lever int
	// First is true for the first refusal of this lock and for every tenth: those
	// are the ones worth an event (AUN-053).
	First bool
}

// Error implements error.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("authn: throttled until %s", e.Until.Format(time.RFC3339))
}

// Ledger counts guesses. Each verb is one atomic operation in the backend, so
// that N parallel guesses take N of the allowance before any result is known
// (AUN-044).
//
// Failures older than the policy's Window do not count. The failure that fills
// the threshold locks the lever for Lock·Factor^level up to Cap and raises the
// level; while locked nothing is reserved and the lock is not extended. Time
// moving backwards never shortens a lock (AUN-I12). Reservations in flight count
// toward the threshold.
//
// A lock runs from the newest failure that counts. The failures that locked are
// spent: when the lever opens, the whole allowance is there again. A reservation
// that has become a failure by itself is settled: later verdicts are success
// without effect.
//
// Errors: *ThrottledError, ErrBusy, store.ErrBadArgument, store.ErrUnavailable.
type Ledger interface {
	// Reserve takes one attempt from every lever, or none.
	Reserve(ctx context.Context, a Attempt, now time.Time) (Reservation, error)
	// Commit settles a reservation. It reports the levers that this failure
	// locked, by index, with the end of each lock.
	Commit(ctx context.Context, r Reservation, v Verdict, levers []Lever, now time.Time) ([]Lock, error)
	// Release gives the attempt back: the verifier could not judge. An attempt
	// that has become a failure by now is not given back.
	Release(ctx context.Context, r Reservation, now time.Time) error
	// Clear forgets failures and level of one key (a completed login elsewhere,
	// an admin), also those that attempts in flight have become by now. Attempts
	// still in flight stay.
	Clear(ctx context.Context, k Key, now time.Time) error
}

// Lock says that a lever has just locked.
type Lock struct {
	Lever    int
	Until    time.Time
	Failures int
}
