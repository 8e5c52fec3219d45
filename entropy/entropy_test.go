package entropy_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"sync"
	"testing"

	"github.com/axess-go/axess/entropy"
)

// The stream of a seed is part of what a recorded run means: it never changes.
// SIM-010: the generator behind a seeded run.
func TestSeeded_stream_is_fixed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src  entropy.Source
		want string
	}{
		"number": {entropy.Seeded(1), "d2814c5d0f1e314ec34fb9cd342d5a8d08dfba6a0afb8fb3"},
		"bytes":  {entropy.SeededBytes([32]byte([]byte("chacha8: 32-byte seed for tests!"))), "91a4312fa2c32e6a2bf78700bd43bba5ea19dcb9ac839616"},
	} {
		var got [24]byte
		tc.src.Fill(got[:])
		if h := hex.EncodeToString(got[:]); h != tc.want {
			t.Errorf("%s: %s, want %s", name, h, tc.want)
		}
	}
}

func TestSeeded_does_not_depend_on_how_the_stream_is_cut(t *testing.T) {
	t.Parallel()
	var whole, parts [1000]byte
	entropy.Seeded(7).Fill(whole[:])
	src := entropy.Seeded(7)
	for rest, n := parts[:], 1; len(rest) > 0; n = n*3%17 + 1 {
		n = min(n, len(rest))
		src.Fill(rest[:n])
		rest = rest[n:]
	}
	if whole != parts {
		t.Fatal("two cuts of one stream differ")
	}
	var other [1000]byte
	entropy.Seeded(8).Fill(other[:])
	if whole == other {
		t.Fatal("two seeds, one stream")
	}
}

func TestSource_is_safe_for_concurrent_use_and_repeats_nothing(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]entropy.Source{"system": entropy.System(), "seeded": entropy.Seeded(1)} {
		var mu sync.Mutex
		seen := map[[13]byte]bool{}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 200 {
					var b [13]byte // not a whole number of words: leftovers are state too
					src.Fill(b[:])
					mu.Lock()
					if seen[b] {
						t.Errorf("%s: repeated %x", name, b)
					}
					seen[b] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
}

func TestFill_overwrites_everything(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]entropy.Source{"system": entropy.System(), "seeded": entropy.Seeded(1)} {
		p := make([]byte, 4096)
		src.Fill(p)
		if n := bytes.Count(p, []byte{0}); n > 64 { // 16 expected
			t.Errorf("%s: %d zero bytes left", name, n)
		}
		src.Fill(nil)
	}
}

func TestInt64n_is_in_range_and_even(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(3)
	var counts [6]int
	for range 60_000 {
		counts[entropy.Int64n(src, 6)]++
	}
	for face, n := range counts {
		if n < 9_500 || n > 10_500 { // more than five standard deviations
			t.Errorf("face %d came %d times in 60000", face, n)
		}
	}
	// With a bound of 3·2^61 plain reduction would put the lowest third of the
	// range at twice the odds of the rest.
	const n = 3 << 61
	low := 0
	for range 30_000 {
		x := entropy.Int64n(src, n)
		if x < 0 || x >= n {
			t.Fatalf("out of range: %d", x)
		}
		if x < n/3 {
			low++
		}
	}
	if low < 9_500 || low > 10_500 {
		t.Errorf("biased: %d of 30000 in the lowest third", low)
	}
	if got := entropy.Int64n(src, 1); got != 0 {
		t.Errorf("only 0 is below 1, got %d", got)
	}
	_ = entropy.Int64n(src, math.MaxInt64)
}

func TestInt64n_refuses_an_empty_range(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("drew from nothing")
		}
	}()
	entropy.Int64n(entropy.Seeded(1), 0)
}

func TestReader_reads_the_same_stream(t *testing.T) {
	t.Parallel()
	got := make([]byte, 32)
	if n, err := io.ReadFull(entropy.Reader(entropy.Seeded(5)), got); n != 32 || err != nil {
		t.Fatal(n, err)
	}
	if want := entropy.Bytes32(entropy.Seeded(5)); !bytes.Equal(got, want[:]) {
		t.Fatal("another stream")
	}
}

func ExampleSeeded() {
	a, b := entropy.Seeded(42), entropy.Seeded(42)
	fmt.Println(entropy.Bytes16(a) == entropy.Bytes16(b), entropy.Bytes16(a) == entropy.Bytes16(a))
	// Output: true false
}

func ExampleInt64n() {
	n := entropy.Int64n(entropy.System(), 10)
	fmt.Println(n >= 0 && n < 10)
	// Output: true
}
