//go:build linux

package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// limits are the children that need something of the operating system.
func limits(what string) (ran bool, err error) {
	switch what {
	case "full":
		return true, writeUntilFull(os.Getenv(fileVar))
	case "look":
		return true, look(os.Getenv(fileVar))
	}
	return false, nil
}

// writeUntilFull signs in one subject after another on a disk on which no file
// grows beyond a size, and says who was acknowledged. What it was refused with is
// the last line.
func writeUntilFull(path string) error {
	b, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	const most = 2_000_000
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return err
	}
	ctx, s := context.Background(), b.Stores().Session
	for n := 0; ; n++ {
		r := record(n)
		_, err := s.Create(ctx, r, session.Claim{Subject: r.Subject, Now: at(0)}, row(n))
		if err == nil {
			fmt.Println(n)
			continue
		}
		if !errors.Is(err, store.ErrUnavailable) {
			return fmt.Errorf("a full disk is %w, want ErrUnavailable", err)
		}
		// Who is signed in stays it, and nobody is told to be signed out.
		if _, _, err := s.Load(ctx, ref(0), at(0)); err != nil {
			return fmt.Errorf("a read on a full disk: %w", err)
		}
		fmt.Println(err)
		return nil // without an end in order: the disk is full
	}
}

// PRD-006, STO-003: a full disk refuses what it cannot keep and says so; what was
// acknowledged is there, and as soon as there is room it goes on.
func TestFull_disk_loses_nothing_that_was_acknowledged(t *testing.T) {
	t.Parallel()
	path := file(t)
	cmd, out := child(t, "full", path)
	last, said := -1, ""
	for out.Scan() {
		if n, err := strconv.Atoi(out.Text()); err == nil {
			last = n
		} else {
			said = out.Text()
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if last < 10 || !strings.Contains(said, "make room on the disk") || !strings.Contains(said, "limit on the size") {
		t.Fatalf("after %d it said %q", last, said)
	}
	b := open(t, path)
	survived(t, b, last, nobody)
	for n := last + 2; n < last+20; n++ {
		r := record(n)
		if _, err := b.Stores().Session.Create(t.Context(), r, claim(r), row(n)); err != nil {
			t.Fatalf("with room again: %v", err)
		}
	}
}

func nobody(int) bool { return false }

// look opens a file, loads one session and closes it.
func look(path string) error {
	b, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	_, _, err = b.Stores().Session.Load(context.Background(), ref(1), at(0))
	return errors.Join(err, b.Close())
}

// unprivileged is a user to whom permissions apply; the superuser is not one.
const unprivileged = 65534

// asOrdinary runs a child as a user to whom permissions apply, and returns what it
// complained of.
func asOrdinary(t *testing.T, program, what, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), childVar+"="+what, fileVar+"="+path)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: unprivileged, Gid: unprivileged, NoSetGroups: true}}
	}
	if err := cmd.Run(); err != nil && said.Len() == 0 {
		t.Fatal(err)
	}
	return said.String()
}

// reachable is a directory that the ordinary user may pass, with this program in
// it, and a directory of their own.
func reachable(t *testing.T) (program, own string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, own = filepath.Join(dir, "program"), filepath.Join(dir, "data")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close(), os.Chmod(dir, 0o755), os.Mkdir(own, 0o700)); err != nil {
		t.Fatal(err)
	}
	return program, own
}

// PRD-006: directories and files that the user of the process may not write.
func TestOpen_refuses_what_it_may_not_write(t *testing.T) {
	t.Parallel()
	program, own := reachable(t)
	path := filepath.Join(own, "axess.db")
	write := func(from string) {
		whole, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mode := func(name string, m os.FileMode) {
		t.Helper()
		if err := os.Chmod(name, m); err != nil {
			t.Fatal(err)
		}
	}
	refuses := func(what string, says ...string) {
		t.Helper()
		said := asOrdinary(t, program, "look", path)
		for _, want := range says {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q does not say %q", what, said, want)
			}
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(own, unprivileged, unprivileged); err != nil {
			t.Fatal(err)
		}
	}
	mode(own, 0o500)
	refuses("a directory without a database", "cannot make the file", own, "let this user write in the directory")
	mode(own, 0o700)
	write(kept(t))
	if os.Geteuid() == 0 {
		if err := os.Chown(path, unprivileged, unprivileged); err != nil {
			t.Fatal(err)
		}
	}
	mode(own, 0o500)
	refuses("a directory with a database", "cannot take the lock", own, "let this user write in the directory")
	mode(own, 0o700)
	mode(path, 0o400)
	refuses("a file", "let this user write the file")
	mode(path, 0o600)
	if said := asOrdinary(t, program, "look", path); said != "" {
		t.Errorf("with every cure: %s", said)
	}
}
