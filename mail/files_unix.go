//go:build unix

package mail

import (
	"errors"
	"io/fs"
	"os"
)

// exposed is true when everybody may write: a mail could be swapped, or a link
// put where the next one goes.
func exposed(mode fs.FileMode) bool { return mode.Perm()&0o002 != 0 }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
