package main

import (
	"slices"

	"github.com/axess-go/axess/internal/overlay"
)

// bug is one planted fault.
type bug struct {
	name   string // lower case with dashes, unique
	lesson string // one sentence: what the fault is, and who had it if that is known
	ids    []string
	breaks []string // the invariants that it belongs to, as SIM-I03; any of them counts
	edits  []edit
	edited bool // it shows where somebody edits rows of the database
	paired bool // what hides in one world is looked for in pairs of them alone
}

type edit = overlay.Edit

// area is a part of the table with its heading on the page.
type area struct {
	title string
	bugs  []bug
}

func areas() []area {
	return []area{
		{"Sessions", sessions()},
		{"Accounts and sign-in", accounts()},
		{"Rows and keys", rows()},
		{"What two worlds show", pairs()},
		{"Stores", stores()},
	}
}

func bugs() []bug {
	var all []bug
	for _, a := range areas() {
		all = slices.Concat(all, a.bugs)
	}
	return all
}
