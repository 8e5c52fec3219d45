//go:build unix

package keys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// PRD-032: what lies where others reach it is refused here, too.
func TestDir_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arrange func(t *testing.T, dir string)
		want    error
	}{
		"readable by all": {func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, "data"), 0o644); err != nil { //nolint:gosec // the fault that is refused
				t.Fatal(err)
			}
		}, keys.ErrExposed},
		"writable directory": {func(t *testing.T, dir string) {
			if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the fault that is refused
				t.Fatal(err)
			}
		}, keys.ErrExposed},
		"link that leads out": {func(t *testing.T, dir string) {
			out := filepath.Join(t.TempDir(), "data")
			if err := errors.Join(os.Rename(filepath.Join(dir, "data"), out), os.Symlink(out, filepath.Join(dir, "data"))); err != nil {
				t.Fatal(err)
			}
		}, keys.ErrExposed},
		"a directory in it": {func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "more"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, keys.ErrExposed},
		"a ring is missing": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "index")); err != nil {
				t.Fatal(err)
			}
		}, seal.ErrRing},
		"two primaries": {func(t *testing.T, dir string) {
			other := t.TempDir()
			k, err := keys.Generate(entropy.Seeded(8), time.Unix(1e9, 0))
			if err != nil {
				t.Fatal(err)
			}
			text, err := keys.Encode(k)
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(other, "x"), string(text))
			put(t, filepath.Join(dir, "x"), string(text))
		}, seal.ErrRing},
		"not a key file": {func(t *testing.T, dir string) { put(t, filepath.Join(dir, "README"), "keys\n") }, keys.ErrFormat},
		"nothing": {func(t *testing.T, dir string) {
			for _, n := range []string{"cookie", "session", "data", "index"} {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
		}, fs.ErrNotExist},
		"missing": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			parts(t, dir)
			tc.arrange(t, dir)
			if _, err := keys.Dir(dir).Load(t.Context()); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}
