package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// listing is what the product claims: the ids of docs/requirements and where
// each stands.
type listing struct {
	prefixes prefixes
	at       map[string]string // id → file:line
	faults   []string          // lines that break the convention
}

var (
	prefixRow  = regexp.MustCompile(`^\| ([A-Z]{2,4}) \|`)
	listedLine = regexp.MustCompile(`^- \*\*(` + idPattern + `)\*\*(.*)$`)
	boldItem   = regexp.MustCompile(`^[-*] \*\*`)
)

// readListing reads the requirement files of dir. The prefixes are the first
// column of the table in its README.md: the page people read is the data.
func readListing(dir string) (listing, error) {
	l := listing{prefixes: prefixes{}, at: map[string]string{}}
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		return l, fmt.Errorf("trace: read prefixes: %w", err)
	}
	for line := range strings.Lines(string(readme)) {
		if m := prefixRow.FindStringSubmatch(line); m != nil {
			l.prefixes[m[1]] = true
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return l, fmt.Errorf("trace: list requirement files: %w", err)
	}
	for _, file := range files {
		if filepath.Base(file) == "README.md" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return l, fmt.Errorf("trace: read requirements: %w", err)
		}
		l.readFile(filepath.Base(file), string(text))
	}
	return l, nil
}

func (l *listing) readFile(name, text string) {
	prefix := strings.TrimSuffix(name, ".md")
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		place := fmt.Sprintf("docs/requirements/%s:%d", name, n)
		m := listedLine.FindStringSubmatch(line)
		if m == nil {
			if boldItem.MatchString(line) {
				l.fault("%s: not of the form \"- **%s-001** sentence\"", place, prefix)
			}
			continue
		}
		id, sentence := m[1], strings.TrimSpace(m[2])
		switch {
		case !strings.HasPrefix(id, prefix+"-"):
			l.fault("%s: %s belongs into another file", place, id)
		case !l.prefixes.of(id):
			l.fault("%s: prefix of %s is not in docs/requirements/README.md", place, id)
		case sentence == "":
			l.fault("%s: %s says nothing", place, id)
		case l.at[id] != "":
			l.fault("%s: %s is already at %s", place, id, l.at[id])
		default:
			l.at[id] = place
		}
	}
}

func (l *listing) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}
