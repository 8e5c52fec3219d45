//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package filelock

import "os"

// Open has no lock to offer here: two processes on one file are safe, and
// not refused.
func Open(name string) (f *os.File, held bool, err error) {
	f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	return f, false, err
}

// Unlock has nothing to do: what closes the file gives the lock up.
func Unlock(*os.File) error { return nil }
