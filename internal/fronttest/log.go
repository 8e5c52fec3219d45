package fronttest

import (
	"bytes"
	"strings"
	"sync"
)

// Log keeps what the program logs: one JSON object a line.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// Take returns what was logged since the last call.
func (l *Log) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// Lines are the lines of Take that hold part.
func (l *Log) Lines(part string) []string {
	var out []string
	for line := range strings.Lines(l.Take()) {
		if strings.Contains(line, part) {
			out = append(out, line)
		}
	}
	return out
}
