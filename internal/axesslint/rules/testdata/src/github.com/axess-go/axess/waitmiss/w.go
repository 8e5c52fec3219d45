package waitmiss

import "sync"

type session struct {
	mu      sync.Mutex
	revoked chan struct{}
}

// Revoked hands a channel out; the caller's goroutine waits, not ours.
func (s *session) Revoked() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revoked == nil {
		s.revoked = make(chan struct{})
	}
	return s.revoked
}

func (s *session) end() { close(s.revoked) }

func each(all []int) {
	for range all {
	}
}
