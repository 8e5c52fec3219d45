package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func call(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) { //nolint:revive // t first reads better here
	t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

// CLI-024, CLI-023: what a supervisor tells apart, talk on stderr, data on
// stdout.
func TestRun(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the parallel subtests
	for _, tc := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // parts; "" for nothing at all
	}{
		{"nothing", nil, 64, "", "axess serve"},
		{"unknown command", []string{"sevre"}, 64, "", `"sevre"`},
		{"help", []string{"help"}, 0, "axess serve", ""},
		{"--help", []string{"--help"}, 0, "axess serve", ""},
		{"-h", []string{"-h"}, 0, "axess serve", ""},
		{"help serve", []string{"help", "serve"}, 0, "-origin", ""},
		{"serve --help", []string{"serve", "--help"}, 0, "-origin", ""},
		{"unknown flag", []string{"serve", "--port", "80"}, 64, "", "-port"},
		{"argument", []string{"serve", "now"}, 64, "", `"now"`},
		{"bad sign-up", []string{"serve", "--sign-up", "maybe"}, 64, "", `"maybe"`},
		{"version", []string{"version"}, 0, "axess 0.", ""},
		{"--version", []string{"--version"}, 0, "axess 0.", ""},
		{"port taken", []string{"serve", "--addr", taken.Addr().String()}, 3, "", "--addr"},
		{"no port", []string{"serve", "--addr", "localhost"}, 3, "", "--addr"},
		{"a world that is not ready", []string{"serve", "--addr", "127.0.0.1:0", "--origin", "https://app.example.com", "--quiet"}, 4, "", "[keys_missing]"},
		{"not an origin", []string{"serve", "--addr", "127.0.0.1:0", "--origin", "app.example.com"}, 4, "", "[origin_invalid]"},
		{"a name too long", []string{"serve", "--addr", "127.0.0.1:0", "--name", strings.Repeat("x", 65)}, 4, "", "Brand"},
		{"development for the world", []string{"serve", "--addr", "0.0.0.0:0", "--quiet"}, 4, "", "localhost:PORT"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, t.Context(), tc.args...)
			if code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
			for part, text := range map[string]string{tc.stdout: stdout, tc.stderr: stderr} {
				switch part {
				case "":
					if tc.stdout == "" && stdout != "" || tc.stderr == "" && stderr != "" {
						t.Errorf("stdout %q, stderr %q", stdout, stderr)
					}
				default:
					if !strings.Contains(text, part) {
						t.Errorf("%q is missing in %q", part, text)
					}
				}
			}
			if tc.code == 4 && !strings.Contains(stderr, "cure: ") {
				t.Errorf("a refusal without its cure: %s", stderr)
			}
		})
	}
}

// A server that is told to stop has drained when it exits with 0, and says where
// to click before. CLI-003, CLI-009, PRD-071
func TestServe(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	var errs lockedBuffer
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--name", "Acme", "--log-json"}, w, &errs)
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	var banner strings.Builder
	for lines.Scan() {
		banner.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, r)
	}()
	site := regexp.MustCompile(`http://localhost:[0-9]+`).FindString(banner.String())
	for _, part := range []string{site + "/\n", site + "/auth/sign-up", site + "/auth/dev/outbox", "in memory"} {
		if site == "" || !strings.Contains(banner.String(), part) {
			t.Errorf("the banner does not say %q:\n%s", part, banner.String())
		}
	}
	if n := strings.Count(banner.String(), "\n"); n > 20 {
		t.Errorf("the banner has %d lines", n)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]int{"/": 200, "/auth/sign-up": 200, "/favicon.ico": 204, "/nothing": 404} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != want || path != "/favicon.ico" && !strings.Contains(string(body), "Acme") {
			t.Errorf("%s: %d %v", path, res.StatusCode, err)
		}
	}
	stop()
	if code := <-exit; code != exitOK {
		t.Errorf("exit %d after a clean drain:\n%s", code, errs.String())
	}
	<-drained
	if !strings.HasPrefix(errs.String(), `{"time":`) {
		t.Errorf("the log is not JSON: %s", errs.String())
	}
}

// --quiet says nothing that is not a warning.
func TestServe_quiet(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	code, _, stderr := call(t, ctx, "serve", "--addr", "127.0.0.1:0", "--quiet")
	if strings.Contains(stderr, "INFO") || code == exitUsage {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
