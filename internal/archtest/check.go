package archtest

import (
	"fmt"
	"maps"
	"path"
	"slices"
)

// Check returns one sentence for each import that breaks the rules, in the
// order of the import paths. Each says what to do.
func Check(g Graph, r Rules) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, importPath := range slices.Sorted(maps.Keys(g)) {
		self, ours := name(importPath)
		if !ours {
			continue
		}
		rank, known := lookup(r.Rank, self)
		if !known {
			fault("%s has no rank: add it to internal/archtest/table.go, above everything it imports", self)
			continue
		}
		for _, imported := range g[importPath].Imports {
			if imported == "testing" && !r.TestKits[self] {
				fault("%s imports testing outside of a test: move the helper to a _test.go file", self)
			}
			target, ours := name(imported)
			if !ours {
				continue
			}
			// A package without a rank is reported once, at itself.
			if targetRank, known := lookup(r.Rank, target); known && targetRank >= rank {
				fault("%s (rank %d) imports %s (rank %d): imports go downward only", self, rank, target, targetRank)
			}
			if allowed, limited := lookup(r.Only, target); limited && !slices.Contains(allowed, self) {
				fault("%s imports %s, which only %v and tests may", self, target, allowed)
			}
		}
	}
	return append(faults, checkExternal(g, r)...)
}

// checkExternal reports each module outside External that a library package
// reaches, with the way to it.
func checkExternal(g Graph, r Rules) []string {
	var faults []string
	reported := map[string]bool{}
	for _, start := range slices.Sorted(maps.Keys(g)) {
		self, ours := name(start)
		if _, program := lookup(r.Programs, self); !ours || program {
			continue
		}
		from := map[string]string{start: ""}
		for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
			p := g[queue[0]]
			if p.Module != "" && p.Module != Module && r.External[p.Module] == "" && !reported[p.Module] {
				reported[p.Module] = true
				faults = append(faults, fmt.Sprintf("the library reaches module %s: %s", p.Module, way(from, p.Path)))
			}
			for _, next := range p.Imports {
				if _, seen := from[next]; !seen {
					from[next] = p.Path
					queue = append(queue, next)
				}
			}
		}
	}
	return faults
}

func way(from map[string]string, to string) string {
	steps := to
	for from[to] != "" {
		to = from[to]
		steps = to + " → " + steps
	}
	return steps
}

// lookup finds the entry of a package, or else that of "parent/*".
func lookup[V any](table map[string]V, name string) (V, bool) {
	if v, ok := table[name]; ok {
		return v, true
	}
	v, ok := table[path.Dir(name)+"/*"]
	return v, ok
}
