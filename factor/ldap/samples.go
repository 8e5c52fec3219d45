package ldap

import (
	"sync"
	"time"

	"github.com/axess-go/axess/entropy"
)

const (
	maxSamples = 256
	minSamples = 8
)

// samples are how long binds took lately, for answers about people who do not exist
// (AUN-034).
type samples struct {
	mu   sync.Mutex
	took []time.Duration
	next int
	down bool // the last attempt did not reach the directory
}

func (s *samples) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	if len(s.took) < maxSamples {
		s.took = append(s.took, d)
		return
	}
	s.took[s.next] = d
	s.next = (s.next + 1) % maxSamples
}

func (s *samples) failed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
}

// draw is one of the durations, false while too few are known to choose from or the
// directory is not known to answer: its outage must not tell who exists.
func (s *samples) draw(src entropy.Source) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.took) < minSamples || s.down {
		return 0, false
	}
	return s.took[entropy.Int64n(src, int64(len(s.took)))], true
}
