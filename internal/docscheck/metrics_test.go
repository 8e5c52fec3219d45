package docscheck

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// A name is a constant metric… or Metric…, or stands in the call.
	metricConst = regexp.MustCompile(`\b[mM]etric[A-Z]\w*\s*=\s*"([a-z_.]+)"`)
	metricCall  = regexp.MustCompile(`etrics\.(?:Count|Observe|Gauge)\("([a-z_.]+)"`)
	metricRow   = regexp.MustCompile("`([a-z]+[._][a-z_.]+)`")
)

// DOC-004: the table of metrics in docs/operations.md has what the code counts,
// and nothing else.
func TestRepository_metrics(t *testing.T) {
	t.Parallel()
	counted := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != root || d.Name() == "testdata" || d.Name() == "bench" || d.Name() == "interop") {
			if file == root {
				return nil
			}
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, form := range []*regexp.Regexp{metricConst, metricCall} {
			for _, m := range form.FindAllSubmatch(text, -1) {
				counted[string(m[1])] = file
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "\n## Metrics\n")
	table, _, _ = strings.Cut(table, "\n## ")
	if !ok || len(counted) < 10 {
		t.Fatalf("no table, or only %d metrics", len(counted))
	}
	said := map[string]bool{}
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		if strings.HasPrefix(line, "| `") {
			for _, m := range metricRow.FindAllStringSubmatch(cell, -1) {
				said[m[1]] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counted)) {
		if !said[name] {
			t.Errorf("%s counts %s, which docs/operations.md does not explain", counted[name], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if counted[name] == "" {
			t.Errorf("docs/operations.md explains %s, which nothing counts", name)
		}
	}
}
