package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/logtest"
)

// server is a program that serves until stop.
type server struct {
	errs *logtest.Buffer
	exit chan int
	stop context.CancelFunc
}

// serving starts "axess serve" and waits until it says that it is ready.
func serving(t *testing.T, env map[string]string, args ...string) *server {
	t.Helper()
	return servingAs(t, func(*process) {}, env, args...)
}

// servingAs does it in another process than usual.
func servingAs(t *testing.T, change func(*process), env map[string]string, args ...string) *server {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &server{errs: &logtest.Buffer{}, exit: make(chan int, 1), stop: stop}
	p := testProcess(env, io.Discard, s.errs, append([]string{"serve"}, args...)...)
	change(&p)
	go func() { s.exit <- run(ctx, p) }()
	t.Cleanup(func() { s.end(t) })
	s.await(t, "is ready")
	return s
}

// await waits until the program has said something.
func (s *server) await(t *testing.T, words string) {
	t.Helper()
	s.awaitAfter(t, 0, words)
}

// awaitAfter does it for what is said after some bytes.
func (s *server) awaitAfter(t *testing.T, from int, words string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !strings.Contains(s.errs.String()[from:], words) {
		select {
		case <-tick.C:
		case code := <-s.exit:
			s.exit <- code
			if strings.Contains(s.errs.String()[from:], words) {
				return
			}
			t.Fatalf("exit %d before %q:\n%s", code, words, s.errs)
		case <-deadline:
			t.Fatalf("no %q:\n%s", words, s.errs)
		}
	}
}

// end stops the program and returns its exit code.
func (s *server) end(t *testing.T) int {
	t.Helper()
	s.stop()
	select {
	case code := <-s.exit:
		s.exit <- code
		return code
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not stop")
		return -1
	}
}

// site is the origin that the screen shows.
func (s *server) site(t *testing.T) string {
	t.Helper()
	site := regexp.MustCompile(`http://localhost:[0-9]+`).FindString(s.errs.String())
	if site == "" {
		t.Fatalf("no site in\n%s", s.errs)
	}
	return site
}

// scanned holds what arrives from a server against the rules of every answer
// (ASR-009).
func scanned(t *testing.T, way http.RoundTripper) http.RoundTripper {
	t.Helper()
	return httpscan.For(t, httpscan.Config{Except: []httpscan.Exception{
		{Rule: httpscan.Canary, Path: "/auth/dev/outbox", Reason: "development shows mails, and with them the links"},
	}}).Transport(way)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: scanned(t, &http.Transport{DisableKeepAlives: true})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// A server that is told to stop has drained when it exits with 0, and says where
// to click before. CLI-003, CLI-009, PRD-071
func TestServe(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := serving(t, nil, "--addr", "127.0.0.1:0", "--name", "Acme", "--memory")
	site := s.site(t)
	for _, part := range []string{site + "/\n", site + "/auth/sign-up", site + "/auth/dev/outbox", "in memory", "development: ", "/auth/activate?token="} {
		if !strings.Contains(s.errs.String(), part) {
			t.Errorf("the screen does not say %q:\n%s", part, s.errs)
		}
	}
	for path, want := range map[string]int{"/": 200, "/auth/sign-up": 200, "/favicon.ico": 204, "/nothing": 404} {
		code, body := get(t, site+path)
		if code != want || path != "/favicon.ico" && !strings.Contains(body, "Acme") {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code := s.end(t); code != refusal.OK {
		t.Errorf("exit %d after a clean drain:\n%s", code, s.errs)
	}
	if !strings.HasPrefix(s.errs.String(), `{"time":`) {
		t.Errorf("the log is not JSON although nobody sits at a terminal: %s", s.errs)
	}
}

// With no flag at all, data is in ./axess-data, which is the owner's alone.
// CLI-001, CLI-004
func TestServe_keeps_data_beside_it_without_any_flag(t *testing.T) {
	// The directory of the process is what is tested: not parallel.
	t.Chdir(t.TempDir())
	s := serving(t, map[string]string{"AXESS_ADDR": "localhost:0"})
	if code := s.end(t); code != refusal.OK {
		t.Fatalf("exit %d:\n%s", code, s.errs)
	}
	info, err := os.Stat("axess-data")
	if err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
	for _, name := range []string{"axess.db", "axess.keys"} {
		if _, err := os.Stat(filepath.Join("axess-data", name)); err != nil {
			t.Error(err)
		}
	}
}

// CLI-004: where data goes, and where nothing is made.
func TestServe_store(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tc := range []struct {
		name  string
		args  []string
		there string // exists afterwards
		not   string // does not
	}{
		{"data", []string{"--data", filepath.Join(dir, "a")}, "a/axess.db", ""},
		{"sqlite", []string{"--dsn", "sqlite:" + filepath.Join(dir, "b.db")}, "b.db", "axess.db"},
		{"both", []string{"--dsn", "sqlite:" + filepath.Join(dir, "c.db"), "--data", filepath.Join(dir, "c")}, "c.db", "c/axess.db"},
		{"memory wins nothing", []string{"--dsn", "memory"}, "", "axess-data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serving(t, nil, append([]string{"--addr", "127.0.0.1:0"}, tc.args...)...)
			if code := s.end(t); code != refusal.OK {
				t.Fatalf("exit %d:\n%s", code, s.errs)
			}
			if _, err := os.Stat(filepath.Join(dir, tc.there)); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, tc.not)); tc.not != "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", tc.not, err)
			}
		})
	}
}

// A level hides what is below it.
func TestServe_log_level(t *testing.T) {
	t.Parallel()
	s := serving(t, nil, "--addr", "127.0.0.1:0", "--memory", "--log-level", "error", "--log-format", "text")
	if s.end(t); strings.Contains(s.errs.String(), "level=") {
		t.Error(s.errs)
	}
}

// One data directory has one server; the second is told whose it is (CLI-005).
func TestServe_twice_in_one_directory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serving(t, nil, "--addr", "127.0.0.1:0", "--data", dir)
	code, _, stderr := call(t, t.Context(), "serve", "--addr", "127.0.0.1:0", "--data", dir)
	if code != refusal.Unavailable {
		t.Errorf("exit %d:\n%s", code, stderr)
	}
}

// PRD-016: what everybody signs in with is a setting, and shows where a password
// is chosen: beside an app a shorter one is enough.
func TestServe_second_factor(t *testing.T) { //nolint:paralleltest // counts goroutines, like the others
	for flag, least := range map[string]string{"": `minlength="15"`, "--second-factor=optional": `minlength="15"`, "--second-factor=required": `minlength="8"`} {
		args := []string{"--addr", "127.0.0.1:0", "--memory"}
		if flag != "" {
			args = append(args, flag)
		}
		s := serving(t, nil, args...)
		if _, body := get(t, s.site(t)+"/auth/sign-up"); !strings.Contains(body, least) {
			t.Errorf("%s: no %s on the page", flag, least)
		}
		if code := s.end(t); code != refusal.OK {
			t.Errorf("%s: exit %d", flag, code)
		}
	}
}
