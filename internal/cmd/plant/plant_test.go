package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/sim"
)

const repository = "../../.."

// SIM-070: every bug can be planted in the tree as it stands, and names what is listed.
// Nothing runs: a stale edit is red here first.
func TestTable_fits_the_tree(t *testing.T) {
	t.Parallel()
	if len(bugs()) < 25 {
		t.Errorf("%d bugs, want 25 at least", len(bugs()))
	}
	for _, fault := range append(check(repository, bugs()), unlisted(repository, bugs())...) {
		t.Error(fault)
	}
}

// SIM-070: the page names each bug with what it is.
func TestPage_is_in_step_with_the_table(t *testing.T) {
	t.Parallel()
	have, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != renderPage(string(have), nil, nil, duelledBugs()) {
		t.Errorf("%s is out of step with the table: go run ./internal/cmd/plant -page", page)
	}
}

func TestRenderPage_keeps_what_was_not_tried(t *testing.T) {
	t.Parallel()
	first, second := bugs()[0], bugs()[1]
	text := renderPage("", []bug{first}, []hunted{{Steps: 1_234_567, by: "SIM-I03"}}, nil)
	text = renderPage(text, []bug{second}, []hunted{{fault: "NOT FOUND"}}, nil)
	for _, want := range []string{"`" + first.name + "` | ", "| SIM-I03 | 1,234,567 |", "| missed | – |", "| not tried | – |"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

// SIM-062, SIM-070: every duel of the table is one, and is about a bug that can be planted.
func TestDuels_are_about_bugs(t *testing.T) {
	t.Parallel()
	for _, d := range duelledBugs() {
		if !slices.ContainsFunc(bugs(), func(b bug) bool { return b.name == d.bug }) {
			t.Errorf("there is no bug %s", d.bug)
		}
		for _, name := range d.duels {
			if _, err := sim.DuelByName(name); err != nil {
				t.Errorf("%s: %v", d.bug, err)
			}
		}
	}
	text := duelPage("", []duelled{{bug: "b", duels: []string{"x/y", "y/z"}, found: []hunted{{Worlds: 12}}}})
	if again := duelPage(text, []duelled{{bug: "b", duels: []string{"x/y", "y/z"}}}); again != text || !strings.Contains(text, "| `b` | x/y | 12 |\n| `b` | y/z | not tried |") {
		t.Errorf("%s and then %s", text, again)
	}
}

// A hunt counts by the invariant that the bug belongs to.
func TestJudge(t *testing.T) {
	t.Parallel()
	b := bug{name: "x", breaks: []string{"SIM-I03"}}
	for want, findings := range map[string][]string{
		"":                     {"SIM-I10 SessionLimit: four", "SIM-I03 DeadStaysDead: served"},
		"by another invariant": {"SIM-I10 SessionLimit: four"},
		"NOT FOUND":            nil,
	} {
		h := hunted{Findings: findings}
		if h.judge(b); !strings.Contains(h.fault, want) || want == "" && (h.fault != "" || h.by != "SIM-I03") {
			t.Errorf("%q: %q by %q", findings, h.fault, h.by)
		}
	}
}
