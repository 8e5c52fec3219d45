package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const pageHead = `# Attacks, and the tests that stop them

Made by ` + "`make weaken`" + ` from the table in ` + "`internal/cmd/weaken`" + `; a test compares.

Each row is an attack that a test carries out. To show that the test looks at the defence and not past it, ` + "`make weaken`" + ` takes the defence out of a copy of the product, in memory, and demands that the test fails. The middle column says what an attacker would have without it. A row is no promise that no other way exists; [SECURITY.md](../SECURITY.md) says how to report one.

`

// renderPage returns docs/attacks.md.
func renderPage(entries []area) string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, a := range entries {
		if len(a.entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "## %s\n\n| attack | without the defence | defence, test | requirements |\n|---|---|---|---|\n", a.title)
		for _, e := range a.entries {
			var files []string
			for _, edit := range e.edits() {
				files = append(files, "`"+edit.File+"`")
			}
			test := e.Run
			if e.Pkg != "." {
				test = e.Pkg + " " + test
			}
			fmt.Fprintf(&b, "| %s | %s | %s: `%s` | %s |\n", e.Attack, e.Gain,
				strings.Join(slices.Compact(files), ", "), strings.ReplaceAll(test, "|", "\\|"), strings.Join(e.IDs, ", "))
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func writePage(root string) error {
	path := filepath.Join(root, filepath.FromSlash(page))
	want := renderPage(areas())
	if have, err := os.ReadFile(path); err == nil && string(have) == want {
		return nil
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		return fmt.Errorf("weaken: write the page: %w", err)
	}
	return nil
}
