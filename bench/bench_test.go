package bench

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/internal/dbtest"
)

// Every contestant does the work it is measured at.
func TestContests_every_contestant_gives_the_right_answer(t *testing.T) {
	t.Parallel()
	for _, c := range Contests() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			start(t, c)
			if _, err := c.Ready(t.TempDir()); err != nil {
				t.Error(err)
			}
		})
	}
}

var starting sync.Mutex

// start gives a contest the server that it needs for the time of a test.
func start(t testing.TB, c Contest) {
	t.Helper()
	if c.Start == nil {
		return
	}
	starting.Lock() // a port that is free is so until the next server takes it
	stop, err := c.Start()
	starting.Unlock()
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A contestant that answers without looking would win: with the session's cookie
// spoilt none may find the user.
func TestContests_a_spoilt_cookie_gets_nothing(t *testing.T) {
	t.Parallel()
	for _, c := range []Contest{readContest(), sqliteContest(), postgresContest(), mysqlContest(), valkeyContest()} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			start(t, c)
			for _, e := range c.Entries {
				if e.Name != nameBare && !strings.Contains(e.Name, " ×") {
					spoil(t, e)
				}
			}
		})
	}
}

func spoil(t *testing.T, e Entry) {
	t.Helper()
	s, err := e.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	subject := s.(*site)
	r := clone(subject.requests[0])
	r.Header = r.Header.Clone()
	line := r.Header.Get("Cookie")
	at := strings.Index(line, "__Host-") + 40 // inside of the value
	spoilt := byte('A')
	if line[at] == spoilt {
		spoilt = 'B'
	}
	r.Header.Set("Cookie", line[:at]+string(spoilt)+line[at+1:])
	w := newSink()
	subject.handler.ServeHTTP(w, r)
	if w.status == http.StatusOK {
		t.Errorf("%s: served a spoilt cookie", e.Name)
	}
}

// SES-243, UIX-008: the bars name entries that exist and bound something.
func TestContests_bars_name_their_entries(t *testing.T) {
	t.Parallel()
	for _, c := range Contests() {
		for _, b := range c.Bars {
			r := Result{Contest: c}
			if r.index(b.Entry) < 0 || b.Against != "" && r.index(b.Against) < 0 || (b.Ratio+b.Share > 0) != (b.Against != "") {
				t.Errorf("%s: %+v", c.Name, b)
			}
		}
	}
}

func TestResult_takes_the_median_of_ratios_within_rounds(t *testing.T) {
	t.Parallel()
	ns := func(v ...float64) (s []Sample) {
		for _, n := range v {
			s = append(s, Sample{Nanoseconds: n, Allocs: 5})
		}
		return s
	}
	r := Result{
		Contest: Contest{Entries: []Entry{{Name: "ours"}, {Name: "peer"}}},
		// The second round was slow for both: the ratio does not care.
		Samples: [][]Sample{ns(10, 90, 12), ns(100, 600, 100)},
	}
	if got := r.Ratio("ours", "peer"); got != 0.12 {
		t.Errorf("ratio %v", got)
	}
	if got := r.Median("ours"); got.Nanoseconds != 12 {
		t.Errorf("median %v", got)
	}
	for _, bar := range []struct {
		Bar
		met bool
	}{
		{Bar{Entry: "ours", Against: "peer", Ratio: 0.12}, true},
		{Bar{Entry: "ours", Against: "peer", Ratio: 0.11}, false},
		{Bar{Entry: "ours", Nanoseconds: 12}, true},
		{Bar{Entry: "ours", Nanoseconds: 11}, false},
		{Bar{Entry: "ours", Allocs: 4}, false},
		{Bar{Entry: "ours", Against: "peer", Ratio: 0.5, Allocs: 4}, false},
	} {
		if r.Met(bar.Bar) != bar.met {
			t.Errorf("%+v: want met=%v", bar.Bar, bar.met)
		}
	}
}

// Contests that another package or a program of its own measures have no loop.
func BenchmarkContests(b *testing.B) {
	for _, c := range Contests() {
		for _, e := range c.Entries {
			// Made when it is asked for: what others prepare would be in every profile.
			b.Run(c.Name+"/"+e.Name, func(b *testing.B) {
				start(b, c)
				s, err := e.Make(b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				switch s := s.(type) {
				case interface{ loop(b *testing.B) }:
					b.ResetTimer()
					s.loop(b)
				case added:
					b.Run("with", s.with.loop)
					b.Run("without", s.without.loop)
				default:
					m, err := s.Measure() // elsewhere: in another package, or by visitors
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(m.Nanoseconds, "ns/op")
				}
			})
		}
	}
}
