package sqlite

import (
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
