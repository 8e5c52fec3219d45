//go:build linux

package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/logtest"
)

// origin is the one name of all servers: a load balancer is in front of them.
const origin = "http://localhost:8080"

// patience is how long something that must happen is waited for, on a machine that
// does much else.
const patience = 60 * time.Second

// fleet is servers on the same stores with one key file.
type fleet struct {
	t    *testing.T
	dir  string
	args []string // that every server gets
	stored
	nodes []*node
}

// node is one process of "axess serve", which may be ended and started again.
type node struct {
	t    *testing.T
	name string
	dir  string // its data directory
	addr string
	args []string
	env  []string
	logs *logtest.Buffer // of all its lives
	cmd  *exec.Cmd
	over chan struct{} // closed when the process has ended
}

// newFleet starts n servers with a key file and an origin in common.
func newFleet(t *testing.T, n int, s stored, args ...string) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir(), stored: s}
	f.args = append([]string{"--origin", origin}, args...)
	if !slices.Contains(args, "--keys") {
		if code, out := axess(t, nil, "keys", "init", "--out", f.keys()); code != 0 {
			t.Fatal(out)
		}
		f.args = append([]string{"--keys", f.keys()}, f.args...)
	}
	for range n {
		f.nodes = append(f.nodes, f.node(f.args...))
	}
	// All at once, as a deployment does: one makes the tables.
	for _, nd := range f.nodes {
		nd.launch()
	}
	for _, nd := range f.nodes {
		nd.await("is ready")
	}
	return f
}

// keys is the file that the servers have in common.
func (f *fleet) keys() string { return filepath.Join(f.dir, "axess.keys") }

// node prepares another server of the fleet.
func (f *fleet) node(args ...string) *node {
	f.t.Helper()
	name := string(rune('A' + len(f.nodes)))
	nd := &node{t: f.t, name: name, dir: filepath.Join(f.dir, name), addr: freeAddr(f.t), logs: &logtest.Buffer{}, env: f.environment()}
	nd.args = append([]string{"serve", "--addr", nd.addr, "--data", nd.dir}, args...)
	f.t.Cleanup(nd.kill)
	return nd
}

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// launch starts the process. It is started by a thread that stays: the system ends
// a child with the thread that made it.
func (n *node) launch() {
	n.t.Helper()
	n.over = make(chan struct{})
	n.cmd = exec.CommandContext(context.WithoutCancel(n.t.Context()), program, n.args...)
	n.cmd.Env = append(environment(), n.env...)
	n.cmd.Stderr, n.cmd.Stdout = n.logs, n.logs
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(n.over)
		err := n.cmd.Start()
		started <- err
		if err == nil {
			_ = n.cmd.Wait() // its exit code is asked for by whoever ends it
		}
	}()
	if err := <-started; err != nil {
		n.t.Fatal(err)
	}
}

// start starts the process and waits until it serves.
func (n *node) start() {
	n.t.Helper()
	from := len(n.logs.String())
	n.launch()
	n.awaitAfter(from, "is ready")
}

// environment is that of the test without what would steer the program.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AXESS_") && !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "NOTIFY_") {
			env = append(env, kv)
		}
	}
	return env
}

// await waits until the process has said something.
func (n *node) await(words string) {
	n.t.Helper()
	n.awaitAfter(0, words)
}

func (n *node) awaitAfter(from int, words string) {
	n.t.Helper()
	eventually(n.t, func() error {
		text := n.logs.String()[from:]
		if strings.Contains(text, words) {
			return nil
		}
		select {
		case <-n.over:
			n.t.Fatalf("%s ended before %q:\n%s", n.name, words, text)
		default:
		}
		return fmt.Errorf("%s does not say %q:\n%s", n.name, words, text)
	})
}

// eventually waits until check has nothing to say.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	over := time.After(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			t.Fatal(err)
		}
	}
}

// stop ends the process as an operator does and returns its exit code.
func (n *node) stop() int {
	n.t.Helper()
	n.end(syscall.SIGTERM)
	return n.cmd.ProcessState.ExitCode()
}

// kill ends the process as a machine does that loses its power.
func (n *node) kill() {
	if n.cmd != nil && n.cmd.Process != nil {
		n.end(syscall.SIGKILL)
	}
}

func (n *node) end(sig syscall.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Error(err)
	}
	select {
	case <-n.over:
	case <-time.After(patience):
		n.t.Errorf("%s does not end:\n%s", n.name, n.logs)
		_ = n.cmd.Process.Kill()
		<-n.over
	}
}

// probe asks a path as whoever watches the process does.
func (n *node) probe(path string) (status int, body string) {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, "http://"+n.addr+path, http.NoBody)
	if err != nil {
		n.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// awaitReady waits until a load balancer is told a status.
func (n *node) awaitReady(want int) {
	n.t.Helper()
	eventually(n.t, func() error {
		if status, body := n.probe("/readyz"); status != want {
			return fmt.Errorf("%s: /readyz is %d %s\n%s", n.name, status, body, n.logs)
		}
		return nil
	})
}

// axess runs a command to its end.
func axess(t *testing.T, env []string, args ...string) (code int, out string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(environment(), env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", args, err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// pid is what a cure names.
func (n *node) pid() string { return strconv.Itoa(n.cmd.Process.Pid) }

// wantRefusal fails unless the process has ended with a code and has said parts.
func (n *node) wantRefusal(code int, parts ...string) {
	n.t.Helper()
	if got := n.cmd.ProcessState.ExitCode(); got != code {
		n.t.Errorf("%s: exit %d, want %d:\n%s", n.name, got, code, n.logs)
	}
	for _, part := range parts {
		if !strings.Contains(n.logs.String(), part) {
			n.t.Errorf("%s does not say %q:\n%s", n.name, part, n.logs)
		}
	}
}
