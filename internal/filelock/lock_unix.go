//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Open opens a file with a lock on it that ends with the descriptor; held
// says that somebody else has it. The lock belongs to the descriptor, not to the
// process: opening the same file twice in one process is refused as well. A
// symbolic link is not followed: it could lead to a file that truncating ruins.
func Open(name string) (f *os.File, held bool, err error) {
	f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, false, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close() // the answer is the lock's
		return nil, errors.Is(err, syscall.EWOULDBLOCK), err
	}
	return f, false, nil
}

// Unlock gives the lock up at once. Closing alone would leave it to a process that
// is just being started and has not yet let go of our descriptors: until then a
// restart would be told that somebody else has the database.
func Unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
