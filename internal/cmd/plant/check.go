package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/axess-go/axess/internal/overlay"
)

var bugName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check says in one sentence each what keeps bugs from being planted: an edit that no
// longer fits, a requirement that nobody listed.
func check(root string, all []bug) []string {
	var faults []string
	seen := map[string]bool{}
	for _, b := range all {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf("plant: %s: %s", b.name, fmt.Sprintf(format, args...)))
		}
		if !bugName.MatchString(b.name) || seen[b.name] {
			fault("the name is not lower case with dashes, or used twice")
		}
		seen[b.name] = true
		if !strings.HasSuffix(b.lesson, ".") || strings.ContainsAny(b.lesson, "\n|") {
			fault("the lesson is one sentence, with a full stop")
		}
		if _, _, err := overlay.Texts(root, b.edits); err != nil || len(b.edits) == 0 {
			fault("%v", err)
		}
		if len(b.ids) == 0 || len(b.breaks) == 0 {
			fault("names no requirement or no invariant")
		}
	}
	return faults
}

// unlisted are the ids that the table names and docs/requirements does not.
func unlisted(root string, all []bug) []string {
	var faults []string
	for _, b := range all {
		for _, id := range slices.Concat(b.ids, b.breaks) {
			if !listed(root, id) {
				faults = append(faults, fmt.Sprintf("plant: %s: %s is not listed in docs/requirements", b.name, id))
			}
		}
	}
	return faults
}

func listed(root, id string) bool {
	prefix, _, _ := strings.Cut(id, "-")
	text, err := os.ReadFile(filepath.Join(root, "docs", "requirements", prefix+".md"))
	return err == nil && strings.Contains(string(text), "- **"+id+"**")
}
