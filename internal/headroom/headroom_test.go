package headroom_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/axess-go/axess/internal/headroom"
)

// goal is the size at which the heap is collected next.
func goal(t *testing.T) uint64 {
	t.Helper()
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// resident is what the operating system has given to this process.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("this system does not tell: %v", err)
	}
	var all, pages int
	if _, err := fmt.Sscan(string(text), &all, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func unset(string) (string, bool) { return "", false }

// The collector waits for that much garbage more, and the room itself is not there.
// Not parallel: it looks at the heap of the whole process.
func TestKeep_makes_room_that_takes_none(t *testing.T) {
	before, was := goal(t), resident(t)
	letGo := headroom.Keep(unset)
	after, is := goal(t), resident(t)
	if after < before+headroom.Size {
		t.Errorf("collected at %d MiB, before at %d", after>>20, before>>20)
	}
	if is-was > headroom.Size/4 {
		t.Errorf("%d MiB resident, before %d", is>>20, was>>20)
	}
	letGo()
	if again := goal(t); again >= after {
		t.Errorf("let go, and collected at %d MiB", again>>20)
	}
}

func TestKeep_leaves_alone_who_says_what_they_want(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		before := goal(t)
		letGo := headroom.Keep(func(n string) (string, bool) { return map[string]string{name: "100"}[n], n == name })
		if after := goal(t); after > before+headroom.Size/2 {
			t.Errorf("%s is set, and the heap is collected at %d MiB, before at %d", name, after>>20, before>>20)
		}
		letGo()
	}
}
