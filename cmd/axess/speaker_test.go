package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// CLI-013: nothing follows the word that the server stops, and a server that was
// told to end is not called ready.
func TestSpeaker(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := newSpeaker(listen.Environment(func(name string) (string, bool) {
		return map[string]string{"NOTIFY_SOCKET": filepath.Join(dir, "n")}[name], true
	}))
	ended, end := context.WithCancel(t.Context())
	end()
	if err := errors.Join(s.say(ended, "early"), s.say(t.Context(), listen.Ready), s.stopping(ended), s.say(t.Context(), "late")); err != nil {
		t.Fatal(err)
	}
	var heard string
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 64); ; {
		n, err := conn.Read(buf)
		if err != nil {
			break
		}
		heard += string(buf[:n]) + " "
	}
	if heard != "READY=1 STOPPING=1 " {
		t.Errorf("%q", heard)
	}
}

// CLI-009: a hangup is taken from before the port is until after the drain: one
// that comes in between would end the process.
func TestServe_takes_hangups_from_the_first_step_to_the_last(t *testing.T) {
	t.Parallel()
	var taken, listening atomic.Bool
	s := servingAs(t, func(p *process) {
		p.hangup = func() (<-chan os.Signal, func()) {
			taken.Store(true)
			return make(chan os.Signal), func() { taken.Store(false) }
		}
		p.listening = func(net.Addr) { listening.Store(taken.Load()) }
	}, nil, "--memory", "--addr", "127.0.0.1:0")
	if !listening.Load() {
		t.Error("a hangup during the start ends the process")
	}
	s.end(t)
	if taken.Load() {
		t.Error("hangups are still taken after the end")
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// CLI-024: data that could not be written is a failure, in every form.
func TestRun_output_that_is_lost_is_a_failure(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"config", "show"}, {"config", "show", "-o", "json"}, {"config", "init", "--out", "-"}, {"version"}} {
		if code := run(t.Context(), testProcess(nil, full{}, io.Discard, args...)); code != refusal.Failed {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}
