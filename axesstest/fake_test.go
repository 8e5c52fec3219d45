package axesstest_test

import (
	"context"
	"fmt"
	"testing"
)

// example is a test that an Example can hold in its hands.
type example struct {
	testing.TB
	ends []func()
}

func (e *example) Helper()                  {}
func (e *example) Context() context.Context { return context.Background() }
func (e *example) Cleanup(f func())         { e.ends = append(e.ends, f) }
func (e *example) Errorf(format string, args ...any) {
	fmt.Printf(format+"\n", args...)
}
func (e *example) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (e *example) end() {
	for i := len(e.ends) - 1; i >= 0; i-- {
		e.ends[i]()
	}
	e.ends = nil
}

// expected is a test that is to fail.
type expected struct {
	testing.TB
	said []string
}

func (x *expected) Helper() {}
func (x *expected) Errorf(format string, args ...any) {
	x.said = append(x.said, fmt.Sprintf(format, args...))
}
func (x *expected) Fatalf(format string, args ...any) {
	x.Errorf(format, args...)
	panic(x)
}
func (x *expected) Fatal(args ...any) { x.Fatalf("%s", fmt.Sprint(args...)) }

// fails runs f until it fails and returns what it said.
func (x *expected) fails(f func()) (said string) {
	defer func() {
		if p := recover(); p != nil && p != any(x) {
			panic(p)
		}
		if len(x.said) > 0 {
			said = x.said[len(x.said)-1]
		}
		x.said = nil
	}()
	f()
	return ""
}
