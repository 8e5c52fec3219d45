package main

import (
	"slices"

	"github.com/axess-go/axess/internal/overlay"
)

// Entry is one attack, the defence that stops it, and the test that misses the
// defence when it is taken out.
type Entry struct {
	Name   string // lower case with dashes, unique
	Attack string // one sentence, in an attacker's words
	Gain   string // one sentence: what the attacker has when the defence is gone
	Edit
	Also []Edit   // where the defence stands in several places
	Pkg  string   // directory of the test, from the root of the repository; "." is the root package
	Run  string   // the test, as go test -run takes it, without ^ and $ around its first part
	Says string   // part of what the test prints when it fails; empty accepts any failure
	IDs  []string // requirements that the defence is for
}

// Edit is one change of the product.
type Edit = overlay.Edit

func (e Entry) edits() []Edit { return append([]Edit{e.Edit}, e.Also...) }

// area is a part of the table with its heading on the page.
type area struct {
	title   string
	entries []Entry
}

func areas() []area {
	return []area{
		{"Sessions", sessions()},
		{"The web edge", edge()},
		{"Accounts", accounts()},
		{"Tokens of others", tokens()},
		{"Sign-in with a token", bearer()},
		{"Ways in that a program brings", kinds()},
		{"Faults", faults()},
	}
}

// Entries returns the whole table.
func Entries() []Entry {
	var all []Entry
	for _, a := range areas() {
		all = slices.Concat(all, a.entries)
	}
	return all
}
