package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Limits of a [KV].
const (
	// MaxName bounds a whole name, "prefix/kind/key", in bytes.
	MaxName = 256
	// MaxValue bounds a stored value in bytes; larger is [ErrTooLarge].
	MaxValue = 64 << 10
	// MinTTL and MaxTTL bound how long a value is kept.
	MinTTL = time.Millisecond
	MaxTTL = 400 * 24 * time.Hour
	// KVLag is how long a dead value stays before a sweep removes it: the clocks of
	// several processes differ, and none may find a name free that another still
	// counts as taken.
	KVLag = 5 * time.Minute
)

// ErrBadTTL means that a value would be kept for less than [MinTTL] or longer than
// [MaxTTL].
var ErrBadTTL = errors.New("store: bad time to live")

// KV is the port to small values that end by themselves: bytes under a name, with
// the time from which they count as absent. Programs use it through a [Map].
//
// Every verb is one atomic step per name, judges by now alone, and copies in and
// out. A name is "prefix/kind/key": prefix and kind of 1 to 32 of a-z, 0-9, "_"
// and "-", any key that is not empty, [MaxName] bytes in all. Names that are none,
// a zero now and a limit below 1 are ErrBadArgument; values above [MaxValue] are
// ErrTooLarge; an expiry that is not between now+MinTTL and now+MaxTTL is
// [ErrBadTTL]; all before any I/O. Every verb may answer ErrUnavailable.
type KV interface {
	// Get returns a live value; ErrNotFound.
	Get(ctx context.Context, name string, now time.Time) ([]byte, error)
	// Put sets a value, whatever was there.
	Put(ctx context.Context, name string, value []byte, expires, now time.Time) error
	// PutIfAbsent sets a value if none is live; ErrExists. Of any number of callers
	// one succeeds.
	PutIfAbsent(ctx context.Context, name string, value []byte, expires, now time.Time) error
	// Swap replaces a live value that is was, byte for byte. ErrNotFound: none is
	// live; ErrConflict: it is another.
	Swap(ctx context.Context, name string, was, value []byte, expires, now time.Time) error
	// Take removes a live value and returns it; ErrNotFound. Of any number of
	// callers one gets it.
	Take(ctx context.Context, name string, now time.Time) ([]byte, error)
	// Remove removes a value; absent is success.
	Remove(ctx context.Context, name string) error
	// Sweep removes up to limit values of all names that have been dead for KVLag,
	// oldest first, and reports how many.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}

var word = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// CheckName refuses what is no name of a [KV]: ErrBadArgument.
func CheckName(name string) error {
	prefix, rest, _ := strings.Cut(name, "/")
	kind, key, _ := strings.Cut(rest, "/")
	if len(name) > MaxName || key == "" || !word.MatchString(prefix) || !word.MatchString(kind) {
		return fmt.Errorf("name: %w", ErrBadArgument)
	}
	return nil
}

// CheckEntry refuses what no [KV] stores, in the order: name and time, value, time
// to live.
func CheckEntry(name string, value []byte, expires, now time.Time) error {
	switch err := CheckName(name); {
	case err != nil:
		return err
	case now.IsZero():
		return fmt.Errorf("time: %w", ErrBadArgument)
	case len(value) > MaxValue:
		return fmt.Errorf("value: %w", ErrTooLarge)
	}
	if ttl := expires.Sub(now); ttl < MinTTL || ttl > MaxTTL {
		return ErrBadTTL
	}
	return nil
}
