package machine

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var moveForm = regexp.MustCompile(`\bT\d+\b`)

// SES-013, DOC-010: the picture of the states in docs/sessions.md shows the moves
// that there are, and no other.
func TestPicture_shows_the_moves(t *testing.T) {
	t.Parallel()
	drawn, n := picture(t), 0
	made := map[string]bool{}
	edge := func(from State, row string, to State) {
		if row == "" {
			return // a failed attempt is in no row
		}
		made[fmt.Sprintf("%s %s %s", kind(from), row, kind(to))] = true
	}
	for _, s := range states(t) {
		if !whole(s) {
			continue
		}
		for _, e := range events(t, s) {
			if next, effect, err := Next(s, e, t0); err == nil {
				edge(s, effect.Row, next)
				n++
			}
		}
		// What a deadline does, nobody asks for.
		if next, effect, lapsed := AtDeadline(s, t0.AddDate(1, 0, 0)); lapsed {
			edge(s, effect.Row, next)
		}
	}
	if n < 50 {
		t.Fatalf("only %d moves were made", n)
	}
	for _, move := range slices.Sorted(maps.Keys(made)) {
		if !drawn[move] {
			t.Errorf("not in the picture: %s", move)
		}
	}
	for _, move := range slices.Sorted(maps.Keys(drawn)) {
		if !made[move] {
			t.Errorf("in the picture and never made: %s", move)
		}
	}
}

func kind(s State) string { return strings.TrimPrefix(fmt.Sprintf("%T", s), "machine.") }

// picture reads the lines "A --> B: T1 words, T2 words" of the page.
func picture(t *testing.T) map[string]bool {
	t.Helper()
	page, err := os.ReadFile("../../docs/sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "%% moves of a session\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/sessions.md has no picture of the moves")
	}
	for row := 1; row <= 14; row++ {
		if !strings.Contains(rest, fmt.Sprintf("\n| T%d | ", row)) {
			t.Errorf("the table does not explain T%d", row)
		}
	}
	drawn := map[string]bool{}
	for line := range strings.Lines(block) {
		from, rest, ok := strings.Cut(strings.TrimSpace(line), " --> ")
		if !ok || from == "[*]" {
			continue
		}
		to, words, _ := strings.Cut(rest, ": ")
		for _, row := range moveForm.FindAllString(words, -1) {
			drawn[from+" "+row+" "+to] = true
		}
	}
	return drawn
}
