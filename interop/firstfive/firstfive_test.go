package firstfive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/store/sqlite"
)

// The targets of PRD-001.
const (
	wholeWithin = 60 * time.Second
	readyWithin = 2 * time.Second
	restKiB     = 64 << 10
)

const (
	origin = "http://localhost:8080"
	secret = "nine purple ducks cross the road"
)

// TestFirstFive runs the way in a process that has no network but loopback.
//
// PRD-001, PRD-002, PRD-003, PRD-005, PRD-007
func TestFirstFive(t *testing.T) { //nolint:paralleltest // it measures
	if os.Getenv(isolated) != "" {
		return
	}
	binary := filepath.Join(t.TempDir(), "axess")
	began := time.Now()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/axess")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Logf("%6.2f s  go build, with what the build cache has", time.Since(began).Seconds())
	cmd, err := alone(t.Context(), "-test.run=^TestInside$", "-test.v", "-test.timeout=5m")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), isolated+"=1", "AXESS_BINARY="+binary)
	out, err := cmd.CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatalf("%v (the way needs a network namespace: root, or unprivileged user namespaces)", err)
	}
}

// way is a person in front of a server that has just been started.
type way struct {
	t     *testing.T
	began time.Time
	last  time.Time
}

// step prints what the part just walked has taken.
func (w *way) step(what string) {
	now := time.Now()
	w.t.Logf("%6.2f s  %s", now.Sub(w.last).Seconds(), what)
	w.last = now
}

// TestInside is the way itself, without a network.
func TestInside(t *testing.T) { //nolint:paralleltest // it measures
	if os.Getenv(isolated) == "" {
		return
	}
	if err := loopback(); err != nil {
		t.Fatal(err)
	}
	lonely(t)
	chromium := browser.Start(t)
	dir := t.TempDir()
	w := &way{t: t, began: time.Now(), last: time.Now()}

	srv := start(t, dir)
	srv.firstPage(t)
	ready := time.Since(w.began)
	w.step("start in an empty directory, up to the first page")
	rest := srv.resident(t)
	t.Logf("%6.1f MiB at rest", float64(rest)/1024)

	ada := chromium.Open("ada")
	ada.Go(origin + "/")
	ada.Press("Create account")
	ada.WaitPath("/auth/sign-up")
	ada.Fill("E-mail", "ada@example.test")
	ada.Fill("New password", secret)
	ada.Press("Create account")
	ada.WaitPath("/auth/sign-up/sent")
	w.step("sign up: two page views")
	ada.Go(srv.printed(t, regexp.MustCompile(`http://localhost:8080/auth/verify\?token=\S+`)))
	ada.WaitText("Confirm your address")
	ada.Press("Confirm address")
	ada.WaitText("Your account is ready.")
	w.step("mail link, in the terminal; signed in")
	ada.Go(origin + "/auth/account")
	ada.Press("Add an authenticator app")
	ada.WaitPath("/auth/account/factors/totp")
	key := ada.TextOf("#key")
	ada.Fill("Code", code(t, key))
	ada.Fill("Name for this app", "Phone")
	ada.Press("Add authenticator app")
	ada.WaitText("Your authenticator app is set up.")
	w.step("authenticator app")

	// In the middle of it all the machine loses the process.
	srv.kill(t)
	srv = start(t, dir)
	srv.firstPage(t)
	ada.Go(origin + "/auth/account")
	ada.WaitText("Phone")
	w.step("kill -9, start again, still signed in")

	admin := chromium.Open("admin")
	admin.Go(srv.printed(t, regexp.MustCompile(`http://localhost:8080/auth/activate\?token=\S+`)))
	admin.WaitPath("/auth/activate")
	admin.Fill("E-mail", "admin@example.test")
	admin.Fill("New password", secret)
	admin.Press("Continue")
	admin.WaitText("2 of 2")
	admin.Fill("Code", code(t, admin.TextOf("#key")))
	admin.Press("Create administrator")
	admin.WaitText("You are the administrator of this site.")
	w.step("claim of the first administrator")
	admin.Go(origin + "/auth/account/sessions")
	admin.WaitText("This session")
	w.step("session list")

	srv.stop(t)
	w.step("stop")
	for _, kind := range []audit.Kind{"signup_completed", "factor_enabled", "role_granted", "service_stopped"} {
		if n := trail(t, dir, kind); n == 0 {
			t.Errorf("the trail has no %s", kind)
		}
	}
	w.step("the trail, read from the file")
	whole := time.Since(w.began)
	t.Logf("%6.2f s  in all, on %d cores", whole.Seconds(), runtime.NumCPU())
	if os.Getenv("FIRST_FIVE_TARGETS") == "" {
		return
	}
	if whole > wholeWithin || ready > readyWithin || rest > restKiB {
		t.Errorf("above a target: %v of %v in all, %v of %v to the first page, %d of %d KiB at rest",
			whole.Round(time.Millisecond), wholeWithin, ready.Round(time.Millisecond), readyWithin, rest, restKiB)
	}
}

func code(t *testing.T, key string) string {
	t.Helper()
	c, err := axesstest.TOTP(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// server is the built binary, started the way the README says.
type server struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	said strings.Builder
}

func start(t *testing.T, dir string) *server {
	t.Helper()
	s := &server{cmd: exec.CommandContext(t.Context(), os.Getenv("AXESS_BINARY"), "serve")} //nolint:gosec // built above
	s.cmd.Dir = dir
	s.cmd.WaitDelay = 10 * time.Second
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = wr, wr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = wr.Close() // the child has its own
	go func() {
		for in := bufio.NewScanner(r); in.Scan(); {
			s.mu.Lock()
			s.said.WriteString(in.Text() + "\n")
			s.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", s.text())
		}
	})
	return s
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// patient repeats f until it is content; the program under test is another
// process, and nothing tells when it has got there.
func patient(t *testing.T, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within 30 s", what)
		case <-tick.C:
		}
	}
}

func (s *server) firstPage(t *testing.T) {
	t.Helper()
	patient(t, "first page", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+"/auth/sign-up", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err == nil && res.StatusCode == http.StatusOK
	})
}

// printed waits for what a person would copy from the terminal.
func (s *server) printed(t *testing.T, what *regexp.Regexp) (found string) {
	t.Helper()
	patient(t, what.String(), func() bool {
		found = what.FindString(s.text())
		return found != ""
	})
	return found
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is the memory that the process holds, in KiB.
func (s *server) resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	m := residentLine.FindSubmatch(b)
	if m == nil {
		t.Fatalf("no VmRSS in:\n%s", b)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // killed, as it should be
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("a clean stop is %v", err)
	}
}

// trail counts the events of a kind in the file that the server has left.
func trail(t *testing.T, dir string, kind audit.Kind) int {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(dir, "axess-data", "axess.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	view, err := db.Stores().Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, tenant := range []identity.TenantID{view.Tenant.ID, identity.SystemTenant} {
		records, err := db.Stores().Audit.Query(t.Context(), tenant, audit.Filter{Kinds: []audit.Kind{kind}})
		if err != nil {
			t.Fatal(err)
		}
		n += len(records)
	}
	return n
}

// errNoNamespace says what to do about it.
var errNoNamespace = errors.New("this system gives no network namespace; the first run cannot be shown to need no network")

// lonely fails if there is a way out.
func lonely(t *testing.T) {
	t.Helper()
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(strings.TrimSpace(string(routes)), "\n"); lines > 0 {
		t.Fatal(fmt.Errorf("%w:\n%s", errNoNamespace, routes))
	}
}
