package mail_test

import (
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/mail"
)

func newFiles(t *testing.T) (mail.Sender, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mails", "out")
	s, err := mail.Files(dir, "Example <no-reply@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// UIX-093
func TestFiles_writes_each_mail_once_for_the_owner_alone(t *testing.T) {
	t.Parallel()
	s, dir := newFiles(t)
	for range 2 { // a mail that is delivered again
		if err := s.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	names := listed(t, dir)
	if len(names) != 1 || names[0] != "ab0000000000000000000000000000cd.eml" {
		t.Fatalf("files: %v", names)
	}
	path := filepath.Join(dir, names[0])
	if runtime.GOOS != "windows" {
		for what, want := range map[string]os.FileMode{path: 0o600, dir: 0o700} {
			if info, err := os.Stat(what); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v (%v)", what, info.Mode(), err)
			}
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := netmail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || !strings.Contains(string(body), link) {
		t.Errorf("body %q, %v", body, err)
	}
	for header, want := range map[string]string{
		"To": "<ada@example.com>", "From": `"Example" <no-reply@example.com>`, "Subject": "Confirm your address",
		"Message-Id": "<ab0000000000000000000000000000cd@example.com>", "Auto-Submitted": "auto-generated",
	} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

// UIX-092, UIX-093: nothing in a mail or in the directory leads the writer
// elsewhere.
func TestFiles_cannot_be_led_elsewhere(t *testing.T) {
	t.Parallel()
	s, dir := newFiles(t)
	hostile := with(func(m *mail.Message) {
		m.Subject, m.Kind = "../../a\r\nBcc: mallory@example.net", "../../../etc/passwd"
	})
	if err := s.Send(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "ab0000000000000000000000000000cd.eml"))
	if err != nil || strings.Contains(string(raw), "\r\nBcc:") {
		t.Errorf("%v: %s", err, raw)
	}
	if runtime.GOOS == "windows" {
		return
	}
	// A link waits where the draft goes, and where the mail goes.
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".ab0000000000000000000000000000cd.draft", "ab0000000000000000000000000000cd.eml"} {
		_ = os.Remove(filepath.Join(dir, name))
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), message()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := os.ReadFile(victim); err != nil || string(got) != "mine" {
		t.Errorf("written through a link: %q, %v", got, err)
	}
	if names := listed(t, dir); len(names) != 1 {
		t.Errorf("files: %v", names)
	}
}

// UIX-093
func TestFiles_refuses_what_it_cannot_keep_private(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"", "no address", "a@b.example, c@d.example"} {
		if _, err := mail.Files(t.TempDir(), from); err == nil {
			t.Errorf("from %q is accepted", from)
		}
	}
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mail.Files(plain, "no-reply@example.com"); err == nil {
		t.Error("a file is accepted as a directory")
	}
	s, dir := newFiles(t)
	for _, m := range []mail.Message{{}, with(func(m *mail.Message) { m.To = "no address" })} {
		if err := s.Send(t.Context(), m); !errors.Is(err, mail.ErrBadMessage) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ended, message()); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the attack
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), message()); !errors.Is(err, mail.ErrExposed) {
			t.Errorf("opened to everybody: %v", err)
		}
		if _, err := mail.Files(dir, "no-reply@example.com"); !errors.Is(err, mail.ErrExposed) {
			t.Errorf("opened to everybody: %v", err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message()); err == nil || errors.Is(err, mail.ErrBadMessage) || errors.Is(err, mail.ErrRejected) {
		t.Errorf("a directory that is gone: %v; the mail must be tried again", err)
	}
}

// Several mails at once, and one of them twice.
func TestFiles_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	s, dir := newFiles(t)
	var wg sync.WaitGroup
	for i := range byte(16) {
		wg.Go(func() {
			if err := s.Send(t.Context(), with(func(m *mail.Message) { m.ID[0] = i })); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, name := range listed(t, dir) {
		if !strings.HasSuffix(name, ".eml") {
			t.Errorf("left behind: %s", name)
		}
	}
	if n := len(listed(t, dir)); n != 16 {
		t.Errorf("%d files", n)
	}
}

func ExampleFiles() {
	dir, err := os.MkdirTemp("", "mails")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	out, err := mail.Files(dir, "Example <no-reply@example.com>")
	if err != nil {
		panic(err)
	}
	if err := out.Send(context.Background(), message()); err != nil {
		panic(err)
	}
	// Output:
}
