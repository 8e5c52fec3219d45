package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const page = "docs/planted-bugs.md"

const pageHead = `# Planted bugs, and what found them

Made by ` + "`make plants`" + ` from the table in ` + "`internal/cmd/plant`" + `; a test compares the names.

Each row is a bug that this kind of software has had. It is planted into a copy of the product, in memory, and simulated worlds ([Simulation](simulation.md)) of 20,000 steps run on that, two thirds of them with faults and every fourth a pair that differs in one hidden fact, seed after seed from 1 on, until an invariant breaks. Nobody tells them where to look, but that the last table is of pairs alone. The last columns are those of the run that made this page: the invariant, and how many steps all worlds took together until then, of two million that they may take.

`

// renderPage returns docs/planted-bugs.md; of a bug that was not tried this time it
// keeps what the page has said of it so far.
func renderPage(have string, chosen []bug, found []hunted, fought []duelled) string {
	results := map[string]string{}
	for _, line := range strings.Split(have, "\n") {
		if cells := strings.Split(line, " | "); len(cells) == 5 {
			name := strings.Trim(strings.TrimPrefix(cells[0], "| "), "`")
			results[name] = cells[3] + " | " + cells[4]
		}
	}
	for i, b := range chosen {
		if h := found[i]; h.fault == "" {
			results[b.name] = fmt.Sprintf("%s | %s |", h.by, thousands(h.Steps))
		} else {
			results[b.name] = "missed | – |"
		}
	}
	var b strings.Builder
	b.WriteString(pageHead)
	for _, a := range areas() {
		fmt.Fprintf(&b, "## %s\n\n| bug | what it is | against | found by | after steps |\n|---|---|---|---|---|\n", a.title)
		for _, p := range a.bugs {
			result, ok := results[p.name]
			if !ok {
				result = "not tried | – |"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s\n", p.name, p.lesson, strings.Join(p.ids, ", "), result)
		}
		b.WriteString("\n")
	}
	b.WriteString(duelPage(have, fought))
	return b.String()
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func writePage(root string, chosen []bug, found []hunted, fought []duelled) error {
	path := filepath.Join(root, filepath.FromSlash(page))
	have, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("plant: %w", err)
	}
	if err := os.WriteFile(path, []byte(renderPage(string(have), chosen, found, fought)), 0o644); err != nil {
		return fmt.Errorf("plant: write the page: %w", err)
	}
	return nil
}
