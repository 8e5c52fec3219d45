package sim

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// forgetful is a program with a cache of its own in front of the guard: it answers from
// it also when the login has ended.
func forgetful(pages http.Handler) http.Handler {
	known := map[string]string{}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie(cookieName)
		if err != nil || r.URL.Path != "/me" {
			pages.ServeHTTP(rw, r)
			return
		}
		if who, ok := known[c.Value]; ok {
			fmt.Fprint(rw, who)
			return
		}
		pages.ServeHTTP(&remember{rw, func(body string) { known[c.Value] = body }}, r)
	})
}

type remember struct {
	http.ResponseWriter
	body func(string)
}

func (m *remember) Write(p []byte) (int, error) {
	m.body(string(p))
	return m.ResponseWriter.Write(p)
}

// few are faults of calls and crashes, of which a test can be made small.
func few() Faults {
	d := Default()
	return Faults{Fail: d.Fail, LostAck: d.LostAck, Twice: d.Twice, Delay: d.Delay, Crash: d.Crash, Lost: d.Lost, Skew: d.Skew}
}

// found is a recording of a run that the forgetful program breaks, and what is left of
// it: once for all tests.
var found = sync.OnceValues(func() (whole, small *Recording) { //nolint:gochecknoglobals // it is costly
	for seed := uint64(2); seed < 20; seed++ { // what is left of 1 needs its faults
		r, rec := Record(Config{Seed: seed, Steps: 20_000, Faults: few(), Within: forgetful})
		if r.Invariant() == "SIM-I03 DeadStaysDead" {
			return rec, rec.Shrink(nil)
		}
	}
	panic("nothing is found")
})

// SIM-064: a long run that breaks an invariant becomes a short one that breaks the same,
// and it is the same one each time.
func TestShrink(t *testing.T) {
	t.Parallel()
	rec, small := found()
	t.Logf("%d actions, %d faults, %d steps -> %d, %d, %d", rec.Actions(), len(rec.hits), rec.Step, small.Actions(), len(small.hits), small.Step)
	if got := small.Replay(); got.Invariant() != rec.Invariant {
		t.Errorf("the small run breaks %q in place of %q", got.Invariant(), rec.Invariant)
	}
	if small.Actions() > 12 || len(small.hits) > 0 || small.Config.Servers > 1 {
		t.Errorf("%d actions, %d faults, %d servers", small.Actions(), len(small.hits), small.Config.Servers)
	}
	if again := rec.Shrink(nil); again.String() != small.String() {
		t.Error("it is another one the second time")
	}
}
