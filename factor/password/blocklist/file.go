package blocklist

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"github.com/axess-go/axess/seal"
)

// Bounds of a file: what one of its lines may hold, and how many there may be. Each
// takes eight bytes of memory.
const (
	maxLine  = 4096
	maxLines = 20_000_000
)

// ErrFile answers a file that is no list of passwords; the text says where.
var ErrFile = errors.New("blocklist: file")

// File is a list of an operator: words of the house, names of its products, the list of
// a supplier. Every line is one password in UTF-8, nothing is trimmed but the end of the
// line, and empty lines count for nothing. It is safe for concurrent use.
type File struct {
	path string
	now  atomic.Pointer[[]uint64] // sorted digests
}

// Open reads a list. Errors: [ErrFile], and those of the file.
func Open(path string) (*File, error) {
	f := &File{path: path}
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// Len is how many passwords the list holds.
func (f *File) Len() int { return len(*f.now.Load()) }

// Contains reports whether the password is on the list. There is no error.
func (f *File) Contains(_ context.Context, secret seal.Secret) (bool, error) {
	_, found := slices.BinarySearch(*f.now.Load(), digest(secret.Reveal()))
	return found, nil
}

// Reload reads the file again and reports whether the list is another one now. On an
// error it is as it was: errors as [Open].
func (f *File) Reload() (changed bool, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return false, fmt.Errorf("blocklist: %w", err)
	}
	next, err := read(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return false, err
	}
	before := f.now.Swap(&next)
	return before == nil || !slices.Equal(*before, next), nil
}

// read makes the digests of a list, in order and each once.
func read(r io.Reader) ([]uint64, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	var out []uint64
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if len(out) == maxLines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrFile, maxLines)
		}
		out = append(out, digest(lines.Bytes()))
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrFile, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("blocklist: %w", err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it holds no password", ErrFile)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
