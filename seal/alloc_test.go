//go:build !race

package seal

import "testing"

// The race detector empties pools at random, so what a warm pool allocates is
// only to be seen without it.

// Not parallel: AllocsPerRun counts the whole process.
func TestWarmMACAllocatesNothing(t *testing.T) {
	ring := mustRing(t, Cookie, testKey("a", Primary))
	mac := ring.MAC(LabelSessionCookie)
	name := []byte("__Host-axess")
	n := testing.AllocsPerRun(200, func() {
		var value [22]byte
		ring.Expire(t0)
		kid, tag := mac.Sum([]byte(PrefixSessionCookie), name, value[:])
		if mac.Verify(kid, tag[:], []byte(PrefixSessionCookie), name, value[:]) != nil {
			t.Error("does not verify")
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
