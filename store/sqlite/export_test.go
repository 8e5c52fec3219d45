package sqlite

import (
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
