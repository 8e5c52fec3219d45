package docscheck

import (
	"errors"
	"strings"
)

// The marks around the figures of a page.
const (
	figuresBegin = "<!-- figures: made from bench/RESULTS.md -->\n"
	figuresEnd   = "<!-- end of figures -->"
)

// ErrNoFigures means that a page has no place for figures, or that the results
// have no table of what is held.
var ErrNoFigures = errors.New("docscheck: no figures")

// Figures returns the page with the ratios of the last benchmark run between its
// marks, so that nobody copies a figure by hand. Bars that were missed are shown
// as missed.
func Figures(page, results string) (string, error) {
	before, rest, ok := strings.Cut(page, figuresBegin)
	_, after, closed := strings.Cut(rest, figuresEnd)
	if !ok || !closed {
		return "", ErrNoFigures
	}
	titles := map[string]string{}
	title := ""
	for line := range strings.Lines(results) {
		line = strings.TrimSpace(line)
		if t, ok := strings.CutPrefix(line, "## "); ok {
			title = t
		}
		if c, ok := strings.CutPrefix(line, "`-contest "); ok {
			titles[strings.TrimSuffix(c, "`")] = title
		}
	}
	var rows strings.Builder
	for line := range strings.Lines(results) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		bar, peer, ok := strings.Cut(cells[2], "× of ")
		ratio, _, measured := strings.Cut(cells[3], "×")
		if !ok || !measured || titles[cells[0]] == "" {
			continue
		}
		peer, _, _ = strings.Cut(peer, ", ≤")
		verdict := ""
		if cells[4] != "**met**" {
			verdict = " (we want " + bar + "×: missed)"
		}
		what := titles[cells[0]]
		if _, variant, ok := strings.Cut(cells[1], ", "); ok {
			what += ", " + variant // of ours, beside the usual one
		}
		rows.WriteString("| " + what + " | " + ratio + "× of " + peer + verdict + " |\n")
	}
	if rows.Len() == 0 {
		return "", ErrNoFigures
	}
	return before + figuresBegin + "| | axess takes |\n|---|---|\n" + rows.String() + figuresEnd + after, nil
}
