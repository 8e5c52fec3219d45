package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// prepareFile makes the file, if it is not there, and refuses places that do not
// keep what is put there. It returns the absolute path.
func prepareFile(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":") || strings.HasPrefix(path, "file:") {
		return "", fmt.Errorf("%q is not the path of a file: give one such as \"app.db\"; for memory there is store/memory", path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the directory %s does not exist: make it, or give another path", dir)
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a directory: give another path", dir)
	}
	if kind := networkKind(dir); kind != "" {
		return "", fmt.Errorf("%s is on a network file system (%s), which does not keep the locks and the order of writes that SQLite needs: use a local disk", dir, kind)
	}
	return path, makeFile(path)
}

// makeFile leaves a file that only its owner may read; the files that SQLite puts
// beside it take its mode.
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
		return fmt.Errorf("%s may be used by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}
