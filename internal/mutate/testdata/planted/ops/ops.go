// Package ops has two of everything: one that its tests look at, and one that
// they call and believe. "lived:" at the end of a line names the operators that
// nobody notices there; every other fault is noticed.
package ops

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"planted/seal"
)

func zero(n int) int { return n + 1 }

func zeroMissed(n int) int { return n + 1 } // lived: body-zero

func truth(s string) bool { return s == "yes" }

func truthMissed(s string) bool { return s == "yes" } // lived: body-true

func named() (n int, err error) {
	n = 4
	return n, nil
}

func check(n int) string {
	if n == 13 {
		return "refused"
	}
	return "accepted"
}

func checkMissed(n int) string {
	if n == 13 { // lived: never
		return "refused"
	}
	return "accepted"
}

func cases(n int) string {
	switch {
	case n == 1, n == 2:
		return "small"
	case n == 3: // lived: never
		return "three"
	}
	return "large"
}

func guarded(ready bool) int {
	n := 1
	if ready {
		n++
	}
	return n
}

func guardedMissed(ready bool) int {
	n := 1
	if ready { // lived: always
		n++
	}
	return n
}

func both(a, b bool) bool { return a && b }

func bothMissed(a, b bool) bool {
	return a &&
		b // lived: drop-operand
}

func either(a, b, c bool) bool {
	return a || b ||
		c // lived: drop-operand
}

func limit(n int) bool { return n < 10 }

func limitMissed(n int) bool { return n < 10 } // lived: boundary

func early(t, due time.Time) bool { return t.Before(due) }

func late(t, due time.Time) bool { return t.After(due) } // lived: boundary

func differs(a, b int) string {
	return map[bool]string{true: "same", false: "other"}[a == b]
}

func differsMissed(a, b int) bool { // lived: body-true
	_ = a == b // lived: negate
	return true
}

type box struct {
	mu    sync.Mutex
	items []string
	n     int
}

func (b *box) add(s string) { b.items = append(b.items, s) }

func (b *box) fill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add("one")
	b.n = 1      // lived: delete-assign
	b.add("two") // lived: delete-call
	b.n = 2      // lived: delete-assign
	slog.Debug("filled", "n", b.n)
	secret := []byte("secret")
	clear(secret)
	_, cancel := context.WithCancel(context.Background())
	defer cancel()
}

func (b *box) String() string { return "box" }

func (b *box) closing() {
	defer func() {
		b.n++
	}()
	defer b.add("closed") // lived: delete-call
	b.add("closing")
}

var errOdd = errors.New("odd")

func (b *box) even(n int) error {
	b.n += n
	if n%2 == 1 {
		return errOdd
	}
	return nil
}

func (b *box) steps(n int) error {
	if err := b.even(n); err != nil { // lived: skip-step swap-steps
		return fmt.Errorf("first: %w", err)
	}
	if err := b.even(n); err != nil { // lived: skip-step never
		return fmt.Errorf("second: %w", err) // lived: swallow-error
	}
	return nil
}

func (b *box) ordered(n int) error {
	b.add("begin")
	err := b.even(n)
	b.add("end")                      // lived: swap-steps
	if err := b.even(2); err != nil { // lived: skip-step never
		return err // lived: swallow-error
	}
	return err
}

func (b *box) order(n int) error {
	b.add(fmt.Sprint("n=", b.n))
	if err := b.even(n); err != nil {
		return err
	}
	return nil
}

func (b *box) orderMissed(n int) error {
	b.add("begin") // lived: swap-steps
	if err := b.even(n); err != nil {
		return err
	}
	return nil
}

func (b *box) list() []func() {
	return []func(){
		func() { b.add("1") },
		func() { b.add("2") }, // lived: swap-entries
		func() { b.add("3") },
	}
}

func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func sameMissed(a, b []byte) bool { // lived: body-true
	return seal.Equal(a, b) // lived: always-equal
}

func label() seal.Label { return seal.LabelOne }

func labelMissed() int {
	return len(seal.LabelTwo) // lived: swap-label
}

func sealed(aad []byte) string { return seal.Seal(aad, []byte("text")) }

func sealedMissed(aad []byte) string {
	return seal.Seal(aad, []byte("text")) // lived: empty-aad
}

func unreached(n int) bool {
	return n > 3
}

// Nothing here may be planted: dropping one of two returns, or a label that a
// case names, does not compile or means nothing.
func constants() bool { // lived: body-true
	const small = 1 < 2
	return small
}
