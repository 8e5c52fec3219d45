package control

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving answers at a socket until the test ends.
func serving(t *testing.T, version string, verbs Verbs) (path string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "c") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, Name)
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), ln, version, verbs) }()
	t.Cleanup(func() {
		if err := errors.Join(<-done, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return path
}

// CLI-020, CLI-021: a command of the same release is answered, one of another
// learns both versions, and nothing is done for it.
func TestCall(t *testing.T) {
	t.Parallel()
	asked := 0
	path := serving(t, "1.2.3", Verbs{
		"add":  func(context.Context) (any, error) { asked++; return map[string]int{"asked": asked}, nil },
		"fail": func(context.Context) (any, error) { return nil, errors.New("it does not want to") },
	})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	var out struct{ Asked int }
	if server, err := Call(t.Context(), path, "1.2.9", "add", &out); err != nil || out.Asked != 1 || server != "1.2.3" {
		t.Errorf("%q, %v, %+v", server, err, out)
	}
	for _, other := range []string{"1.3.0", "2.2.3", "", "1"} {
		if server, err := Call(t.Context(), path, other, "add", &out); !errors.Is(err, ErrVersion) || server != "1.2.3" || !strings.Contains(err.Error(), "1.2.3") {
			t.Errorf("%q: %q, %v", other, server, err)
		}
	}
	if asked != 1 {
		t.Errorf("done %d times", asked)
	}
	if _, err := Call(t.Context(), path, "1.2.3", "fail", &out); err == nil || !strings.Contains(err.Error(), "does not want") {
		t.Error(err)
	}
	if _, err := Call(t.Context(), path, "1.2.3", "nothing", &out); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Error(err)
	}
	if _, err := Call(t.Context(), path+"x", "1.2.3", "add", &out); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	// Nonsense gets no further than one call.
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("nonsense\n")); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, err := Call(t.Context(), path, "1.2.3", "add", &out); err != nil || asked != 2 {
		t.Error(err)
	}
}

// The socket of a killed server is replaced, that of a living one is not.
func TestListen(t *testing.T) {
	t.Parallel()
	path := serving(t, "1.2.3", nil)
	if ln, err := Listen(path); err == nil {
		t.Errorf("a second server at %v", ln.Addr())
	}
	left := filepath.Join(filepath.Dir(path), "left")
	addr, err := net.ResolveUnixAddr("unix", left)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := net.ListenUnix("unix", addr)
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	_ = dead.Close()
	ln, err := Listen(left)
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	file := filepath.Join(filepath.Dir(path), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil {
		t.Error("a file was replaced")
	}
}

// CLI-009, CLI-020: a connection that says nothing does not hold the server back
// when it ends, and one whose verb runs still gets its answer.
func TestServe_ends_with_its_context(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, says, want string
	}{
		{"silent", "", ""},
		{"half a line", `{"v":1,`, ""},
		{"a verb that runs", `{"v":1,"version":"1.2.3","verb":"end"}` + "\n", `"result":"ended"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "c") // the path of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			ln, err := Listen(filepath.Join(dir, Name))
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			taken := make(chan struct{})
			done := make(chan error, 1)
			go func() {
				done <- Serve(ctx, told{ln, taken}, "1.2.3", Verbs{"end": func(ctx context.Context) (any, error) {
					end()
					<-ctx.Done()
					return "ended", nil
				}})
			}()
			conn, err := net.Dial("unix", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write([]byte(tc.says)); err != nil {
				t.Fatal(err)
			}
			<-taken
			if tc.want == "" {
				end()
			}
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the server does not end")
			}
			// Half a line that nobody reads comes back as a reset.
			if answer, err := io.ReadAll(conn); !strings.Contains(string(answer), tc.want) || tc.want == "" && len(answer) > 0 {
				t.Errorf("%q, %v", answer, err)
			}
			if _, err := os.Lstat(ln.Addr().String()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the socket stays: %v", err)
			}
		})
	}
}

// told is a listener that says when it has taken its first connection.
type told struct {
	net.Listener
	taken chan struct{}
}

func (l told) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		close(l.taken)
	}
	return conn, err
}

// Only this user and root are heard.
func TestAllowed(t *testing.T) {
	t.Parallel()
	for uid, want := range map[int]error{0: nil, 1000: nil, 1001: ErrPeer} {
		if err := allowed(uid, 1000); !errors.Is(err, want) {
			t.Errorf("%d: %v", uid, err)
		}
	}
}
