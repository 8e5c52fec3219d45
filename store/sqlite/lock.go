package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/axess-go/axess/internal/filelock"
	"github.com/axess-go/axess/store"
)

// LockedError means that somebody else has the file open. It is
// store.ErrUnavailable: nothing is wrong with the file, and it can be opened as
// soon as the other has closed it or has ended.
type LockedError struct {
	// Path is the database's.
	Path string
	// PID is the process that has it open; 0 if it did not say.
	PID int
	// lock is the file that carries the lock.
	lock string
}

// Error implements error: who it is, and what to do.
func (e *LockedError) Error() string {
	switch e.PID {
	case 0:
		return fmt.Sprintf("%s is in use by another process, which holds %s: stop it first", e.Path, e.lock)
	case os.Getpid():
		return fmt.Sprintf("%s is already open in this process (pid %d): use that backend, or close it first", e.Path, e.PID)
	}
	return fmt.Sprintf("%s is in use by the process with pid %d, which holds %s: stop that process first", e.Path, e.PID, e.lock)
}

// Unwrap makes it store.ErrUnavailable.
func (e *LockedError) Unwrap() error { return store.ErrUnavailable }

// lockPath is where the lock of a database is: beside it, with the extension
// .lock in the place of its own, so that a directory of axess.db has axess.lock.
func lockPath(path string) string {
	ext := filepath.Ext(path)
	if ext == ".lock" {
		ext = "" // a database of that name is not its own lock
	}
	return strings.TrimSuffix(path, ext) + ".lock"
}

// takeLock makes this the one process on a database, until the file is closed or
// the process ends, however it does (CLI-005). The lock belongs to the file's
// real place: a symbolic link is no second door.
//
// The lock file stays when the lock goes: removing it would let two processes
// lock two files of one name.
func takeLock(path string) (*os.File, error) {
	place, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	name := lockPath(place)
	f, held, err := filelock.Open(name)
	switch {
	case held:
		pid, _ := signed(name)
		return nil, &LockedError{Path: path, PID: pid, lock: name}
	case err != nil:
		return nil, fmt.Errorf("cannot take the lock %s: %w: let this user write in the directory, and leave that name to a plain file", name, err)
	}
	_, unclean := signed(name)
	if unclean {
		err = logKept(path, place, name)
	}
	if err == nil {
		err = sign(f, unclean)
	}
	if err != nil {
		_ = f.Close() // the error above says more
		return nil, err
	}
	return f, nil
}

// logKept refuses a database whose log is missing although the last process to
// have it ended without closing it: the log held what that process had committed
// last, revocations among it, and SQLite would not miss them. Whoever folds the log
// into the file, such as the shell of SQLite, removes its index as well; a log that
// is gone alone is lost. A database that has been begun anew has nothing to miss.
func logKept(path, place, name string) error {
	info, err := os.Stat(place)
	if err != nil || info.Size() == 0 {
		return err
	}
	if there(path+"-wal") || there(place+"-wal") || !there(path+"-shm") && !there(place+"-shm") {
		return nil
	}
	return fmt.Errorf("the last process did not close %s, and its log %s-wal is gone: what was committed last would be missing, such as revocations: "+
		"put the log back, or restore a backup and remove %s",
		path, path, name)
}

func there(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// openMark follows the process id while a database is open, and is what a process
// that was killed leaves behind.
const openMark = "open"

// sign leaves the process id for whoever finds the lock taken.
func sign(f *os.File, open bool) error {
	text := strconv.Itoa(os.Getpid()) + "\n"
	if open {
		text += openMark + "\n"
	}
	err := f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err != nil {
		return fmt.Errorf("cannot write to the lock %s: %w", f.Name(), err)
	}
	return nil
}

// dropLock gives the lock up and takes the name off it, which would be that of
// another process one day.
func dropLock(f *os.File) error {
	if f == nil {
		return nil
	}
	err := errors.Join(f.Truncate(0), filelock.Unlock(f))
	if end := f.Close(); end != nil {
		return end
	}
	return err
}

// signed reads who has signed a lock, 0 if nobody has, and whether the database was
// open by then.
func signed(name string) (pid int, open bool) {
	f, err := os.Open(name)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return 0, false
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	pid, err = strconv.Atoi(first)
	if err != nil || pid < 1 {
		return 0, false
	}
	return pid, strings.TrimSpace(rest) == openMark
}
