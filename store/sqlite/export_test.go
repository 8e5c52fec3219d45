package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

// OpenBeside opens a file without its lock, as happens on systems that have none.
func OpenBeside(path string) (*Backend, error) {
	b, err := openHeld(path, options{clock: clock.System(), entropy: entropy.System(), readers: 1})
	if err != nil {
		return nil, err
	}
	return &Backend{b: b}, nil
}

// WithWatch shows each connection that is made.
func WithWatch(see func(*sqlite3.Conn) error) Option { return func(o *options) { o.watch = see } }

// PrepareDirect is the statement past database/sql.
var PrepareDirect = prepareDirect

// OpenAt opens a file as the program of an earlier release: one that knew the
// first steps only.
func OpenAt(path string, last int) (*Backend, error) {
	all, err := steps()
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	b, err := connect(path, all[:last], options{clock: clock.System(), entropy: entropy.System(), readers: 1})
	if err != nil {
		return nil, err
	}
	return &Backend{b: b}, b.Prepare(context.Background())
}

// Steps is how many there are.
func Steps() int {
	all, err := steps()
	if err != nil {
		return 0
	}
	return len(all)
}
