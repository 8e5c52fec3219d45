package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/axess-go/axess/internal/shellword"
)

// absolute refuses what names no file to the driver: a database in memory, a URI.
func absolute(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":") || strings.HasPrefix(path, "file:") {
		return "", fmt.Errorf("%q is not the path of a file: give one such as \"app.db\"; for memory there is store/memory", path)
	}
	return filepath.Abs(path)
}

// prepareFile makes the file, if it is not there, and refuses places that do not
// keep what is put there.
func prepareFile(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %s does not exist: make it, or give another path", dir)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: give another path", dir)
	}
	if kind := networkKind(dir); kind != "" {
		return fmt.Errorf("%s is on a network file system (%s), which does not keep the locks and the order of writes that SQLite needs: use a local disk", dir, kind)
	}
	return makeFile(path)
}

// makeIndex makes the index of the log, which the driver would leave to the umask
// (the log itself takes the mode of the database, see dsn). SQLite removes both
// with the last connection.
func makeIndex(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make the index of the log: %w: let this user write in the directory", err)
	}
	return f.Close()
}

// makeFile leaves a file that only its owner may read.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot make the file: %w: let this user write in the directory, or give another path", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file: give another path", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s may be used by others (mode %04o): run chmod 600 %s", path, info.Mode().Perm(), shellword.Quote(path))
	}
	return nil
}
