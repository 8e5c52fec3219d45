package browser

import (
	"context"
	"os"
	"sync"
	"testing"
)

// Shared is one Chromium for all tests of a package; windows are cheap, a browser
// is not. Its zero value is ready, and TestMain ends it:
//
//	var chromium browser.Shared
//
//	func TestMain(m *testing.M) { os.Exit(chromium.Run(m)) }
type Shared struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

// Run runs the tests and ends the browser.
func (s *Shared) Run(m *testing.M) int {
	code := m.Run()
	if s.end != nil {
		s.end()
	}
	return code
}

// Start returns the browser for one test, and starts it for the first.
func (s *Shared) Start(t testing.TB) *Chromium {
	t.Helper()
	s.once.Do(func() {
		var dir string
		if dir, s.err = os.MkdirTemp("", "chromium"); s.err != nil {
			return
		}
		var end func()
		if s.ctx, end, s.err = Launch(dir); s.err != nil {
			_ = os.RemoveAll(dir) // what is said is that no browser started
			return
		}
		s.end = func() { end(); _ = os.RemoveAll(dir) }
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return &Chromium{t: t, ctx: s.ctx}
}
