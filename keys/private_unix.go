//go:build unix

package keys

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/axess-go/axess/internal/shellword"
)

// A pipe put in the file's place must not hang the start either.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

func checkFile(path string, info os.FileInfo, uid int) error {
	if wide := info.Mode().Perm() &^ 0o600; wide != 0 {
		return fmt.Errorf("%w: %s has mode %#o: run chmod 600 %s, and replace its keys if others may have read them", ErrExposed, path, info.Mode().Perm(), shellword.Quote(path))
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%w: the owner of %s cannot be told", ErrExposed, path)
	}
	if int64(st.Uid) != int64(uid) {
		return fmt.Errorf("%w: %s belongs to user %d, this process runs as %d", ErrExposed, path, st.Uid, uid)
	}
	return nil
}

// checkMounted judges a file that somebody else has put there for this process.
func checkMounted(path string, info os.FileInfo, uid int) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%w: the owner of %s cannot be told", ErrExposed, path)
	}
	allowed := os.FileMode(0o600)
	switch int64(st.Uid) {
	case 0:
		allowed = 0o640 // root's group for this file is who it is for
	case int64(uid):
	default:
		return fmt.Errorf("%w: %s belongs to user %d, this process runs as %d", ErrExposed, path, st.Uid, uid)
	}
	if wide := info.Mode().Perm() &^ allowed; wide != 0 {
		return fmt.Errorf("%w: %s has mode %#o: run chmod 600 %s, and replace its keys if others may have read them", ErrExposed, path, info.Mode().Perm(), shellword.Quote(path))
	}
	return nil
}

// checkMountPoint is checkDir for a directory in which every file is judged by its
// owner: in one of root's where nobody moves another's files, as Kubernetes makes
// it, others can add files, and those are refused.
func checkMountPoint(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == 0 && info.Mode()&os.ModeSticky != 0 {
		return nil
	}
	return checkDir(dir)
}

// checkDir refuses directories that everybody may write, sticky or not: the
// file could be put there, or swapped, by somebody else.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%w: others may write in %s", ErrExposed, dir)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
