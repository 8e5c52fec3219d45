// Package control is how a command reaches the server that runs: a socket in the
// data directory, for the server's own user and root alone.
//
//	ln, err := control.Listen(filepath.Join(data, control.Name))
//	err = control.Serve(ctx, ln, axess.Version, control.Verbs{"reload": reload})
//	…
//	server, err := control.Call(ctx, path, axess.Version, "reload", &answer)
//
// A call is one line of JSON each way. A command of another major.minor version
// than the server is refused with both versions: it would misread what it is
// told (CLI-021).
//
// Owns CLI-020 and CLI-021.
package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// Name is the socket's, in the data directory.
const Name = "axess.sock"

// Limits of a call: nobody waits for a command that hangs.
const (
	callFor  = 30 * time.Second
	endFor   = time.Second // for an answer that is on its way when the server ends
	maxBytes = 1 << 20
)

var (
	// ErrNobody means that no server answers.
	ErrNobody = errors.New("control: no server answers")
	// ErrVersion means that command and server are of different releases.
	ErrVersion = errors.New("control: another version")
	// ErrPeer means that the other end is another user.
	ErrPeer = errors.New("control: another user")
)

// Verbs are what a server can be asked, by name. The result is sent as JSON.
type Verbs map[string]func(context.Context) (any, error)

// request and response are the two lines.
type request struct {
	V       int    `json:"v"`
	Version string `json:"version"`
	Verb    string `json:"verb"`
}

type response struct {
	V       int             `json:"v"`
	Version string          `json:"version"`
	Error   string          `json:"error,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
}

// Listen makes the socket, mode 0600, in the place of one that a killed server has
// left. One that answers is another server's and stays.
func Listen(path string) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("control: another server answers at %s", path), conn.Close())
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("control: %w", err)
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control: %w", err), ln.Close())
	}
	return ln, nil
}

// Serve answers calls, one after the other, until ctx ends, and closes ln. Then a
// connection that has said nothing is not waited for; a verb that runs has its
// context ended, and its answer is sent if it comes within a second.
func Serve(ctx context.Context, ln net.Listener, version string, verbs Verbs) error {
	var now line
	side, stop := clock.System().WithCancel(ctx)
	end := sched.Of(clock.System()).Go(side, "control end", func(ctx context.Context) error {
		<-ctx.Done()
		now.end()
		return ln.Close()
	})
	err := serve(ctx, ln, &now, version, verbs)
	stop(context.Canceled)
	return errors.Join(err, end.Wait(context.WithoutCancel(ctx)))
}

func serve(ctx context.Context, ln net.Listener, now *line, version string, verbs Verbs) error {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("control: %w", err)
		}
		answer(ctx, conn, now, version, verbs)
	}
}

// answer serves one call. What goes wrong is the caller's to see.
func answer(ctx context.Context, conn net.Conn, now *line, version string, verbs Verbs) {
	defer conn.Close()
	if now.take(conn) != nil || peer(conn) != nil {
		return
	}
	text, err := bufio.NewReader(io.LimitReader(conn, maxBytes)).ReadBytes('\n')
	if err != nil {
		return
	}
	out := response{V: 1, Version: version}
	var in request
	var do func(context.Context) (any, error)
	if err := json.Unmarshal(text, &in); err == nil && in.V == 1 {
		do = verbs[in.Verb]
	}
	switch {
	case release(in.Version) != release(version):
		out.Error = "version"
	case do == nil:
		out.Error = fmt.Sprintf("this server knows no %q", in.Verb)
	default:
		result, err := do(ctx)
		if err == nil {
			out.Result, err = json.Marshal(result)
		}
		if err != nil {
			out.Error = err.Error()
		}
	}
	if text, err = json.Marshal(out); err != nil {
		return
	}
	_, _ = conn.Write(append(text, '\n')) // a caller that is gone does not read it
}

// Call asks the server at path and decodes what it answers into result. server is
// the server's version, also with ErrVersion. Errors: [ErrNobody], [ErrVersion],
// [ErrPeer], what the verb answers.
func Call(ctx context.Context, path, version, verb string, result any) (server string, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return "", fmt.Errorf("%w at %s", ErrNobody, path)
	}
	defer conn.Close()
	// Whoever can write in the directory could put a socket of their own there.
	if err := peer(conn); err != nil {
		return "", err
	}
	if err := conn.SetDeadline(clock.System().Now().Add(callFor)); err != nil {
		return "", fmt.Errorf("control: %w", err)
	}
	text, err := json.Marshal(request{1, version, verb})
	if err != nil {
		return "", fmt.Errorf("control: %w", err)
	}
	if _, err := conn.Write(append(text, '\n')); err != nil {
		return "", fmt.Errorf("%w at %s", ErrNobody, path)
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxBytes)).ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("%w at %s", ErrNobody, path)
	}
	var out response
	if err := json.Unmarshal(line, &out); err != nil {
		return "", fmt.Errorf("control: %w", err)
	}
	switch {
	case release(out.Version) != release(version):
		return out.Version, fmt.Errorf("%w: the server is %s, this command %s", ErrVersion, out.Version, version)
	case out.Error != "":
		return out.Version, fmt.Errorf("control: %s", out.Error)
	}
	if err := json.Unmarshal(out.Result, result); err != nil {
		return out.Version, fmt.Errorf("control: %w", err)
	}
	return out.Version, nil
}

// release is major.minor of a version.
func release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// allowed says whose calls are taken.
func allowed(uid, own int) error {
	if uid != 0 && uid != own {
		return ErrPeer
	}
	return nil
}
