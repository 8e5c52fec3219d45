package keys

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/axess-go/axess/seal"
)

// maxFiles bounds a directory: four rings at their limit, and then some.
const maxFiles = 64

// Dir returns the Source that reads the keys of a directory, as systemd
// (LoadCredential=) and Kubernetes (a secret volume) mount them. Every file in
// it is a key file with the first line of the format, that holds one key or more;
// together they hold the four rings. Names do not matter; those that begin with
// a dot are passed over.
//
// Load refuses ([ErrExposed]) a directory that others may write in (unless it is root's
// and sticky: then their files are refused), and a file
// that others may read or write, or that belongs to neither this user nor root;
// only a file of root's may be readable by its group, which is how both hand over
// a secret. A symbolic link is followed where its target lies in the directory
// itself, as Kubernetes does it, and refused elsewhere. Also refused: an empty or
// missing directory (fs.ErrNotExist), and what [File] refuses about the texts.
func Dir(path string) Source { return dir(path) }

type dir string

func (d dir) Load(ctx context.Context) (seal.Keys, error) { return load(ctx, d) }

// Place implements [Placed].
func (d dir) Place() Place { return Place{Path: string(d)} }

func (d dir) texts(context.Context) (all []text, err error) {
	if err := checkMountPoint(string(d)); err != nil {
		return nil, err
	}
	home, err := filepath.EvalSymlinks(string(d))
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(home) // in the order of the names
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if len(all) == maxFiles {
			return all, fmt.Errorf("%w: more than %d files in %s", ErrFormat, maxFiles, string(d))
		}
		path := filepath.Join(string(d), e.Name())
		b, err := readMounted(home, e.Name(), path)
		if err != nil {
			return all, err
		}
		all = append(all, text{path, b})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no key file in %s: %w", string(d), fs.ErrNotExist)
	}
	return all, nil
}

// readMounted reads a file of the directory home. name is what errors say.
func readMounted(home, entry, name string) ([]byte, error) {
	path, err := filepath.EvalSymlinks(filepath.Join(home, entry))
	if err != nil {
		return nil, err
	}
	if rel, err := filepath.Rel(home, path); err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("%w: %s is a symbolic link that leads out of its directory", ErrExposed, name)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, err
	}
	return readOpened(f, name, checkMounted)
}
