package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/control"
	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/store/memory"
)

// CLI-020, CLI-053, CLI-009: commands reach the server that has the database.
func TestControl(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "c") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "axess.toml")
	if err := os.WriteFile(file, []byte("name = \"a\""), 0o600); err != nil {
		t.Fatal(err)
	}
	data := []string{"--data", dir}
	if code, _, stderr := call(t, t.Context(), append([]string{"reload"}, data...)...); code != refusal.Unavailable || !strings.Contains(stderr, "cure: ") {
		t.Errorf("without a server: exit %d: %s", code, stderr)
	}
	s := serving(t, nil, "--addr", "127.0.0.1:0", "--config", file, "--data", dir)
	code, stdout, stderr := call(t, t.Context(), append([]string{"version", "--check"}, data...)...)
	if code != refusal.OK || !strings.Contains(stdout, "server "+axess.Version+", schema ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, t.Context(), append([]string{"migrate", "status", "-o", "json"}, data...)...)
	var st struct{ Have, Need int }
	if err := json.Unmarshal([]byte(stdout), &st); err != nil || code != refusal.OK || st.Have == 0 || st.Have != st.Need {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, _ := call(t, t.Context(), append([]string{"migrate", "apply", "--yes"}, data...)...); code != refusal.Unavailable {
		t.Errorf("tables are changed under a server: exit %d", code)
	}
	if code, stdout, stderr = call(t, t.Context(), append([]string{"reload"}, data...)...); code != refusal.OK || !strings.Contains(stdout, "keys") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if err := os.WriteFile(file, []byte("name = \"b\""), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ = call(t, t.Context(), append([]string{"reload", "-o", "json"}, data...)...)
	var out struct{ Items []item }
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != refusal.Findings || out.Items[len(out.Items)-1] != (item{Name: "name", Result: restart}) {
		t.Errorf("exit %d: %s", code, stdout)
	}
	s.end(t)
	if _, err := os.Lstat(filepath.Join(dir, "axess.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
}

// atReady is the output of a program that is called while it says that it is ready.
type atReady struct {
	io.Writer
	call func()
}

func (a *atReady) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("is ready")) {
		a.call()
	}
	return a.Writer.Write(b)
}

// CLI-020: who reads that the server is ready reaches it with the next command.
func TestControl_answers_from_the_word_ready_on(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "c") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	called := errors.New("nobody called")
	s := servingAs(t, func(p *process) {
		p.stderr = &atReady{p.stderr, func() { called = dial(dir) }}
	}, nil, "--addr", "127.0.0.1:0", "--data", dir)
	if s.end(t); called != nil {
		t.Error(called)
	}
}

// The socket does not wait for the task that answers: it is open before the server
// is, whatever the scheduler does.
func TestControl_is_open_before_the_server_is(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir, err := os.MkdirTemp("", "c")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		v, err := settings.Load(settings.Input{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		tasks := process{}.beside(ctx, axess.Config{Stores: memory.New(memory.Config{}).Stores(), Logger: slog.New(slog.DiscardHandler)},
			running{place: place{dir: dir}, word: newSpeaker(listen.Service{}), settings: v})
		err = dial(dir)
		stop()
		for _, task := range tasks {
			err = errors.Join(err, task.Wait(t.Context()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// dial opens a connection to the socket in a data directory, and closes it.
func dial(dir string) error {
	conn, err := net.Dial("unix", filepath.Join(dir, control.Name))
	if err != nil {
		return err
	}
	return conn.Close()
}
