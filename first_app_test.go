package axess_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/docscheck"
)

// DOC-005, DOC-012: docs/first-app.md, from an empty directory: its file, its
// commands, and what it says that the program does.
func TestFirstApp_runs_as_the_page_says(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/first-app.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, b := range docscheck.Parse("docs/first-app.md", string(page)).Blocks {
		blocks[b.Info] = append(blocks[b.Info], b.Text)
	}
	if len(blocks["go"]) != 1 || len(blocks["sh"]) != 2 {
		t.Fatalf("%d programs and %d runs of commands", len(blocks["go"]), len(blocks["sh"]))
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "notes")
	// The page's port may be taken on the machine of a test.
	addr := strings.Replace(freeAddr(t), "127.0.0.1", "localhost", 1)
	program := strings.ReplaceAll(blocks["go"][0], "localhost:8080", addr)
	for line := range strings.Lines(blocks["sh"][0] + blocks["sh"][1]) {
		switch line = strings.TrimSpace(line); line {
		case "mkdir notes && cd notes":
			if err := os.Mkdir(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
		case "go run .":
			runs(t, dir, addr)
		default:
			// By its own path the checkout is built already.
			command(t, dir, strings.Fields(strings.ReplaceAll(line, "../axess", here))...)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "axess.keys")); err != nil {
		t.Errorf("beside the database: %v", err)
	}
}

func command(t *testing.T, dir string, words ...string) {
	t.Helper()
	if words[0] != "go" {
		t.Fatalf("%q is no command of the Go tool", words)
	}
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...) //nolint:gosec // what the page says
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
}

// runs builds and starts the program, asks it for the guarded page, and stops it
// as Ctrl-C does.
func runs(t *testing.T, dir, addr string) {
	t.Helper()
	command(t, dir, "go", "build", "-o", "program", ".")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "program")) //nolint:gosec // built above
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("it does not end with status 0: %v", err)
		}
	}()
	said := bufio.NewScanner(out)
	if !said.Scan() || !strings.HasPrefix(said.Text(), "first administrator: http://"+addr+"/auth/activate?token=") {
		t.Errorf("it says %q", said.Text())
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]string{
		"/notes":           "303 /auth/sign-in?next=%2Fnotes",
		"/auth/sign-in":    "200 ",
		"/auth/sign-up":    "200 ",
		"/auth/dev/outbox": "200 ",
		"/":                "200 ",
	} {
		if got := asked(ctx, t, client, "http://"+addr+path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// asked asks until somebody listens; the link is printed just before.
func asked(ctx context.Context, t *testing.T, client *http.Client, url string) string {
	t.Helper()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		res, err := client.Do(r)
		if err != nil {
			if ctx.Err() != nil {
				t.Fatal(err)
			}
			continue // nobody listens yet
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		return res.Status[:3] + " " + res.Header.Get("Location")
	}
}
