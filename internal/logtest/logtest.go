// Package logtest keeps what a program logs, for tests that read it afterwards.
//
//	var log logtest.Buffer
//	cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil))
//	…
//	if strings.Contains(log.String(), secret) { … }
//
// It is a leaf, so that the inner tests of any package can use it.
//
// Requirements: none of its own.
package logtest

import (
	"bytes"
	"strings"
	"sync"
)

// Buffer is a bytes.Buffer for several goroutines. The zero value is empty.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns all that was written since the last Take.
func (l *Buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Take returns what was written since the last call, and forgets it.
func (l *Buffer) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// Lines are the lines of Take that hold part.
func (l *Buffer) Lines(part string) []string {
	var out []string
	for line := range strings.Lines(l.Take()) {
		if strings.Contains(line, part) {
			out = append(out, line)
		}
	}
	return out
}
