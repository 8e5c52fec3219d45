package history_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/sim/history"
	"pgregory.net/rapid"
)

var errOther = errors.New("another value")

func same(a, b int) bool { return a == b }

// write sets a register, read says what was read, swap sets it if it was what is said.
func write(began, ended int64, v int) history.Op[int] {
	return history.Op[int]{Name: fmt.Sprint("write ", v), Began: began, Ended: ended, Do: func(int) (int, error) { return v, nil }}
}

func read(began, ended int64, v int) history.Op[int] {
	return history.Op[int]{Name: fmt.Sprint("read ", v), Began: began, Ended: ended, Do: func(s int) (int, error) {
		if s != v {
			return s, errOther
		}
		return s, nil
	}}
}

func swap(began, ended int64, from, to int, won bool) history.Op[int] {
	return history.Op[int]{Name: fmt.Sprint("swap ", from, " for ", to), Began: began, Ended: ended, Do: func(s int) (int, error) {
		if (s == from) != won {
			return s, errOther
		}
		if won {
			return to, nil
		}
		return s, nil
	}}
}

func lost(op history.Op[int]) history.Op[int] {
	op.Lost = true
	return op
}

func judge(parts ...[]history.Op[int]) error {
	c := history.New(0, same)
	for _, ops := range parts {
		for _, op := range ops {
			c.Add(op)
		}
		if err := c.Judge(); err != nil {
			return err
		}
	}
	return nil
}

func ExampleNew() {
	c := history.New(0, same)
	c.Add(write(1, 4, 7))
	c.Add(read(2, 3, 7)) // while it was written
	fmt.Println(c.Judge())
	c.Add(read(5, 6, 0)) // when it was
	fmt.Println(c.Judge())
	// Output:
	// <nil>
	// history: no order of these calls is possible; behind 0 (): read 0: another value
}

// SIM-061: what overlaps may have happened in any order, what follows only in its own; a
// call whose answer is lost at any moment since, or never, and in one place only.
func TestJudge(t *testing.T) {
	t.Parallel()
	type ops = []history.Op[int]
	for name, c := range map[string]struct {
		parts []ops
		fine  bool
	}{
		"nothing":                            {nil, true},
		"an old value behind the new one":    {[]ops{{write(1, 2, 1), read(3, 4, 0)}}, false},
		"an old value beside the new one":    {[]ops{{write(1, 4, 1), read(2, 3, 0)}}, true},
		"new, then old, beside the write":    {[]ops{{write(1, 9, 1), read(2, 3, 1), read(4, 5, 0)}}, false},
		"one of two swaps wins":              {[]ops{{swap(1, 4, 0, 1, true), swap(2, 3, 0, 2, false)}}, true},
		"two win":                            {[]ops{{swap(1, 4, 0, 1, true), swap(2, 3, 0, 2, true)}}, false},
		"none wins":                          {[]ops{{swap(1, 4, 0, 1, false), swap(2, 3, 0, 2, false)}}, false},
		"two win beside a write":             {[]ops{{swap(1, 4, 0, 1, true), swap(2, 3, 0, 2, true), write(1, 9, 0)}}, true},
		"lost and seen":                      {[]ops{{lost(write(1, 0, 1)), read(2, 3, 1)}}, true},
		"lost and never seen":                {[]ops{{lost(write(1, 0, 1)), read(2, 3, 0), read(4, 5, 0)}}, true},
		"lost and seen late":                 {[]ops{{lost(write(1, 0, 1)), read(2, 3, 0), read(4, 5, 1)}}, true},
		"lost and seen, then not":            {[]ops{{lost(write(1, 0, 1)), read(2, 3, 1), read(4, 5, 0)}}, false},
		"seen before it began":               {[]ops{{read(1, 2, 1), lost(write(3, 0, 1))}}, false},
		"lost in one part, seen in the next": {[]ops{{lost(write(1, 0, 1)), read(2, 3, 0)}, {read(4, 5, 0)}, {read(6, 7, 1)}}, true},
		"it happens once":                    {[]ops{{lost(swap(1, 0, 0, 1, true))}, {read(4, 5, 1)}, {write(6, 7, 0)}, {read(8, 9, 1)}}, false},
		"either of two orders, then which":   {[]ops{{write(1, 4, 1), write(2, 3, 2)}, {read(5, 6, 1)}, {read(7, 8, 1)}}, true},
		"either of two orders, not both":     {[]ops{{write(1, 4, 1), write(2, 3, 2)}, {read(5, 6, 1)}, {read(7, 8, 2)}}, false},
	} {
		if err := judge(c.parts...); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SIM-061: calls that were made one after the other, seen as if they had overlapped, have
// an order; parted where nothing was under way, too.
func TestJudge_finds_the_order_that_there_was(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c, value, at := history.New(0, same), 0, int64(0)
		free := int64(-1) // when everything before has ended
		for range rapid.IntRange(1, 40).Draw(rt, "calls") {
			at += 10
			began := at - rapid.Int64Range(0, 25).Draw(rt, "earlier")
			began = max(began, free+1)
			ended := at + rapid.Int64Range(0, 25).Draw(rt, "later")
			op := read(began, ended, value)
			if v := rapid.IntRange(0, 3).Draw(rt, "value"); rapid.Bool().Draw(rt, "writes") {
				op, value = write(began, ended, v), v
			}
			op.Lost = strings.HasPrefix(op.Name, "write") && rapid.IntRange(0, 9).Draw(rt, "lost") == 9
			c.Add(op)
			if rapid.IntRange(0, 3).Draw(rt, "part") == 0 {
				at += 100
				free = at
				if err := c.Judge(); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if err := c.Judge(); err != nil {
			rt.Fatal(err)
		}
	})
}
