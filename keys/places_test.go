package keys_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// parts is a key file cut into files of one key each.
func parts(t *testing.T, dir string) (whole seal.Keys, names []string) {
	t.Helper()
	k, err := keys.Generate(entropy.Seeded(7), time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 6 && f[0] != "#" {
			put(t, filepath.Join(dir, f[0]), "axess-keys v1\n"+line)
			names = append(names, f[0])
		}
	}
	return k, names
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func same(a, b seal.Keys) bool {
	for i, r := range a.Rings() {
		if r.Primary() != b.Rings()[i].Primary() {
			return false
		}
	}
	return true
}

// PRD-030: a directory as systemd mounts it, and as Kubernetes does.
func TestDir(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(t *testing.T, dir string, names []string){
		"plain files": func(*testing.T, string, []string) {},
		"links within the directory": func(t *testing.T, dir string, names []string) {
			if err := errors.Join(os.Mkdir(filepath.Join(dir, "..2026"), 0o700), os.Symlink("..2026", filepath.Join(dir, "..data"))); err != nil {
				t.Fatal(err)
			}
			for _, n := range names {
				if err := errors.Join(os.Rename(filepath.Join(dir, n), filepath.Join(dir, "..2026", n)), os.Symlink(filepath.Join("..data", n), filepath.Join(dir, n))); err != nil {
					t.Fatal(err)
				}
			}
		},
		"read only": func(t *testing.T, dir string, names []string) {
			for _, n := range names {
				if err := os.Chmod(filepath.Join(dir, n), 0o400); err != nil {
					t.Fatal(err)
				}
			}
		},
		"hidden files": func(t *testing.T, dir string, _ []string) { put(t, filepath.Join(dir, ".x"), "no key") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			want, names := parts(t, dir)
			arrange(t, dir, names)
			got, err := keys.Dir(dir).Load(t.Context())
			if err != nil || !same(got, want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// PRD-030: a variable holds a whole file, also without its last line break.
func TestEnv(t *testing.T) {
	k, err := keys.Generate(entropy.Seeded(7), time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{string(text), strings.TrimRight(string(text), "\n")} {
		t.Setenv("AXESS_TEST_KEYS", v)
		if got, err := keys.Env("AXESS_TEST_KEYS").Load(t.Context()); err != nil || !same(got, k) {
			t.Error(err)
		}
	}
	t.Setenv("AXESS_TEST_KEYS", "")
	if _, err := keys.Env("AXESS_TEST_KEYS").Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	t.Setenv("AXESS_TEST_KEYS", string(text[:len(text)-9]))
	if _, err := keys.Env("AXESS_TEST_KEYS").Load(t.Context()); !errors.Is(err, keys.ErrFormat) {
		t.Error(err)
	}
}

// vault is a key management service: it reverses what it is given.
type vault struct{ err error }

func (v vault) Wrap(_ context.Context, b []byte) ([]byte, error) {
	out := bytes.Clone(b)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, v.err
}

func (v vault) Unwrap(ctx context.Context, b []byte) ([]byte, error) { return v.Wrap(ctx, b) }

// PRD-030, PRD-035: wrapped keys are never on the disk in the clear, and keys in
// the clear do not pass for wrapped ones.
func TestWrapped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k")
	if err := keys.InitWrapped(t.Context(), path, vault{}, entropy.Seeded(3), time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	want, err := keys.Generate(entropy.Seeded(3), time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	src := keys.Wrapped(keys.File(path), vault{})
	if got, err := src.Load(t.Context()); err != nil || !same(got, want) {
		t.Fatal(err)
	}
	if p, ok := src.(keys.Placed); !ok || p.Place() != (keys.Place{Path: path, Wrapped: true}) {
		t.Errorf("%+v", src)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := keys.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(plain)) {
		if f := strings.Fields(line); len(f) == 6 && strings.Contains(string(text), f[5]) {
			t.Error("a key lies there in the clear")
		}
	}
	if _, err := keys.File(path).Load(t.Context()); !errors.Is(err, keys.ErrFormat) {
		t.Errorf("read without its wrapper: %v", err)
	}
	if err := keys.InitWrapped(t.Context(), path, vault{}, entropy.Seeded(4), time.Unix(1e9, 0)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	down := errors.New("down")
	clearFile := filepath.Join(t.TempDir(), "k")
	put(t, clearFile, string(plain))
	for name, tc := range map[string]struct {
		src  keys.Source
		want error
	}{
		"service down":    {keys.Wrapped(keys.File(path), vault{down}), down},
		"in the clear":    {keys.Wrapped(keys.File(clearFile), vault{}), keys.ErrNotWrapped},
		"no text":         {keys.Wrapped(keys.Ephemeral(entropy.Seeded(1)), vault{}), keys.ErrNotWrapped},
		"no wrapper":      {keys.Wrapped(keys.File(path), nil), keys.ErrNotWrapped},
		"twice":           {keys.Wrapped(keys.Wrapped(keys.File(path), vault{}), vault{}), keys.ErrNotWrapped},
		"missing":         {keys.Wrapped(keys.File(path+"x"), vault{}), fs.ErrNotExist},
		"readable by all": {keys.Wrapped(keys.File(wide(t, text)), vault{}), keys.ErrExposed},
	} {
		if _, err := tc.src.Load(t.Context()); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := keys.InitWrapped(t.Context(), clearFile+"y", vault{down}, entropy.Seeded(4), time.Unix(1e9, 0)); !errors.Is(err, down) {
		t.Error(err)
	}
	for _, bad := range []string{"", "axess-keys-wrapped v1", "axess-keys-wrapped v1\n", "axess-keys-wrapped v1\n\n", "axess-keys-wrapped v1\nAA", "axess-keys-wrapped v1\nAA\nAA\n", "axess-keys-wrapped v1\n!!\n", "axess-keys-wrapped v2\nAA\n", "axess-keys-wrapped v1\n" + strings.Repeat("A", 1<<17) + "\n"} {
		p := filepath.Join(t.TempDir(), "k")
		put(t, p, bad)
		if _, err := keys.Wrapped(keys.File(p), vault{}).Load(t.Context()); !errors.Is(err, keys.ErrFormat) {
			t.Errorf("%.30q: %v", bad, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, s := range []keys.Source{src, keys.Dir(t.TempDir()), keys.Env("X")} {
		if _, err := s.Load(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func wide(t *testing.T, text []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "k")
	put(t, p, string(text))
	if err := os.Chmod(p, 0o644); err != nil { //nolint:gosec // the fault that is refused
		t.Fatal(err)
	}
	return p
}

func ExampleWrapped() {
	var kms keys.Wrapper // a client of yours for the service that holds the outer key
	src := keys.Wrapped(keys.File("/etc/axess/keys"), kms)
	_, err := src.Load(context.Background())
	fmt.Println(errors.Is(err, keys.ErrNotWrapped)) // there is no client here
	// Output: true
}
