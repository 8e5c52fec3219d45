package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

var (
	// ErrExposed means others than the owner could read, write or swap the key
	// file, or that it is not a plain file. The message says which and what to
	// do.
	ErrExposed = errors.New("keys: the key file is not private")
	// ErrPublished means the file holds a key that stands in this project's own
	// documentation or tests. Everybody knows it.
	ErrPublished = errors.New("keys: this key is published")
)

// File returns the Source that reads the key file at path. Load refuses
// ([ErrExposed]) a file that is a symbolic link or no regular file, has a mode
// wider than 0600 or another owner, or lies in a directory that others may
// write; [ErrPublished] for a key known from documentation; what [Decode]
// refuses; fs.ErrNotExist. On systems without these modes (Windows) only link
// and kind are checked: keep the file where only the service can read.
func File(path string) Source { return file(path) }

type file string

func (f file) Load(ctx context.Context) (seal.Keys, error) { return load(ctx, f) }

// Place implements [Placed].
func (f file) Place() Place { return Place{Path: string(f)} }

func (f file) texts(context.Context) ([]text, error) {
	b, err := readPrivate(string(f))
	if err != nil {
		return nil, err
	}
	return []text{{string(f), b}}, nil
}

// Init writes a new key file with one fresh primary key per ring, mode 0600,
// and makes it durable before it returns. It never touches a file that exists:
// fs.ErrExist. The directory must exist and must not be writable by others.
//
// The file comes into being whole: a process that is killed meanwhile leaves at
// most a file beside it that begins with a dot, that may hold keys, and that can
// be removed. Only on a file system without hard links is the file written in its
// place: there such a kill can leave one that is cut off, which Load refuses and
// which no key has been used of.
func Init(path string, src entropy.Source, created time.Time) error {
	k, err := Generate(src, created)
	if err != nil {
		return err
	}
	text, err := Encode(k)
	if err != nil {
		return err
	}
	defer clear(text)
	return create(path, text)
}

// create makes a file that did not exist, whole and on the disk. A cut-off file
// under the name itself would be refused at every start, for want of a backup that
// nobody can have made (PRD-031).
func create(path string, text []byte) error {
	dir := filepath.Dir(path)
	if err := checkDir(dir); err != nil {
		return fmt.Errorf("keys: init: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("keys: init: %w", &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
	}
	draft, err := writeDraft(path, text)
	if err != nil {
		return fmt.Errorf("keys: init: %w", err)
	}
	err = os.Link(draft, path) // unlike a rename it replaces nothing
	gone := os.Remove(draft)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("keys: init: %w", errors.Join(err, gone))
	case err != nil: // a file system without links
		if err := writeNew(path, text); err != nil {
			return fmt.Errorf("keys: init: %w", errors.Join(err, gone))
		}
	}
	if err := errors.Join(gone, syncDir(dir)); err != nil {
		// What may not be on the disk must not be sealed under; it is ours, so it goes.
		return fmt.Errorf("keys: init: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// maxDrafts bounds the search for a name that no killed process has left.
const maxDrafts = 1000

// writeDraft writes a file beside path, under a name that [Dir] passes over.
func writeDraft(path string, text []byte) (draft string, err error) {
	dir, name := filepath.Split(path)
	for i := range maxDrafts {
		draft = filepath.Join(dir, fmt.Sprintf(".%s.%d-%d", name, os.Getpid(), i))
		if err = writeNew(draft, text); !errors.Is(err, fs.ErrExist) {
			return draft, err
		}
	}
	return "", err
}

// writeNew writes a file that did not exist and takes it away if that fails.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(writeSynced(f, text), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func writeSynced(f *os.File, text []byte) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}

func readPrivate(path string) ([]byte, error) {
	if err := checkDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	return readOpened(f, path, checkFile)
}

// readOpened reads and closes a file that check finds private. What was opened is
// judged, not what the path names by now.
func readOpened(f *os.File, name string, check func(name string, info os.FileInfo, uid int) error) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrExposed, name)
	}
	if err := check(name, info, os.Geteuid()); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

// openPlain refuses a link before opening, for a clear message, and leaves the
// race between the two to the platform's own refusal.
func openPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return nil, fmt.Errorf("%w: %s is a symbolic link", ErrExposed, path)
	}
	return os.OpenFile(path, os.O_RDONLY|noFollow, 0)
}
