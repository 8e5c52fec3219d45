package mutate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Report is docs/mutation.md: scores, and what lived, package by package.
type Report struct {
	Scores   map[string]Score
	sections map[string]string // package → text below its heading
}

// Set replaces the part of one package.
func (r *Report) Set(result Result) {
	if r.Scores == nil {
		r.Scores, r.sections = map[string]Score{}, map[string]string{}
	}
	r.Scores[result.Package] = result.Score()
	r.sections[result.Package] = section(result)
}

const reportHead = `# Mutation: would the tests notice?

Written by ` + "`make mutate`" + `; do not edit. ` + "`internal/mutate`" + ` plants small faults, one at a time, and runs
the tests on each; its package comment says which faults, and what is left alone. The score is
killed / (killed + lived). Faults that nobody can observe are listed with their reason and counted
apart, and so are time-outs. "Killed elsewhere" means by the tests of a package that uses this one.

| package | score | faults | killed | killed elsewhere | lived | equivalent | timed out |
|---|---|---|---|---|---|---|---|
`

// String is the whole document.
func (r *Report) String() string {
	var b strings.Builder
	b.WriteString(reportHead)
	names := slices.Sorted(maps.Keys(r.Scores))
	for _, name := range names {
		s := r.Scores[name]
		percent := fmt.Sprintf("%.1f %%", s.Percent())
		if s.Void() {
			percent = "void"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %d |\n", name, percent, s.All(), s.Own, s.Wider, s.Lived, s.Same, s.TimedOut)
	}
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n%s", name, r.sections[name])
	}
	return b.String()
}

// ParseReport reads what String wrote.
func ParseReport(text string) (*Report, error) {
	r := &Report{Scores: map[string]Score{}, sections: map[string]string{}}
	parts := strings.Split(text, "\n## ")
	for line := range strings.Lines(parts[0]) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 8 || strings.TrimSpace(cells[0]) == "package" || strings.HasPrefix(cells[0], "---") {
			continue
		}
		var n [6]int
		for i := range n {
			var err error
			if n[i], err = strconv.Atoi(strings.TrimSpace(cells[i+2])); err != nil {
				return nil, fmt.Errorf("mutate: report: row %q: %w", line, err)
			}
		}
		s := Score{Package: strings.TrimSpace(cells[0]), Own: n[1], Wider: n[2], Lived: n[3], Same: n[4], TimedOut: n[5]}
		if s.All() != n[0] {
			return nil, fmt.Errorf("mutate: report: row %q does not add up", strings.TrimSpace(line))
		}
		r.Scores[s.Package] = s
	}
	for _, part := range parts[1:] {
		name, body, _ := strings.Cut(part, "\n")
		if _, ok := r.Scores[name]; !ok {
			return nil, fmt.Errorf("mutate: report: section %q has no row", name)
		}
		r.sections[name] = body
	}
	return r, nil
}

// section lists operators, what lived, what is equivalent, and what took no part.
func section(r Result) string {
	var b strings.Builder
	b.WriteString("\n| operator | faults | killed | lived |\n|---|---|---|---|\n")
	for _, op := range Ops() {
		var all, killed, lived int
		for _, o := range r.Outcomes {
			if o.Op != op {
				continue
			}
			all++
			switch o.State {
			case Killed:
				killed++
			case Lived:
				lived++
			case TimedOut, Same:
			}
		}
		if all > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", op, all, killed, lived)
		}
	}
	list := func(title string, state State, why func(Outcome) string) {
		first := true
		for _, o := range r.Outcomes {
			if o.State != state {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s:\n\n", title)
				first = false
			}
			fmt.Fprintf(&b, "- `%s`: ``%s``%s\n", o.Mutant, strings.ReplaceAll(o.Source, "``", "` `"), why(o))
		}
	}
	list("Lived", Lived, func(o Outcome) string {
		if !o.Reached {
			return ": no test reaches it"
		}
		return ": no test that reaches it fails"
	})
	list("Timed out", TimedOut, func(Outcome) string { return "" })
	list("Equivalent", Same, func(o Outcome) string { return ": " + o.Reason })
	if len(r.Unfit) > 0 {
		fmt.Fprintf(&b, "\nNot run, because the switches themselves fail them: %s.\n", strings.Join(r.Unfit, ", "))
	}
	return b.String()
}
