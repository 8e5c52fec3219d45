package dbtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// account is whom a server runs as: some refuse to run as root.
type account struct{ uid, gid uint32 }

// serverUser is the first of the names that the machine knows, nil for whoever is not
// root and runs it as themselves.
func serverUser(names ...string) *account {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range append(names, "nobody") {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &account{uint32(uid), uint32(gid)}
		}
	}
	return nil
}

// attributes make a process end with this one, even when this one is killed.
func attributes(u *account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if u != nil {
		attr.Credential = &syscall.Credential{Uid: u.uid, Gid: u.gid}
	}
	return attr
}

// once runs a program to its end and returns what it said.
func once(u *account, dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // a test's own server
	cmd.Dir, cmd.SysProcAttr = dir, attributes(u)
	return cmd.CombinedOutput()
}

// patience is how long a server may take to be ready. One that waits for others that
// never come must not hold a test for ever.
const patience = 3 * time.Minute

// process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	said bytes.Buffer
	over chan struct{} // closed when it has ended
}

// start runs a server until its output holds ready. It is started by a thread that
// stays: the system ends a child with the thread that made it.
func start(u *account, dir, ready string, args ...string) (*process, error) {
	p := &process{over: make(chan struct{})}
	up := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.over)
		up <- p.run(u, dir, ready, up, args)
	}()
	if err := <-up; err != nil {
		return nil, failed(args[0], err, p.output())
	}
	return p, nil
}

func (p *process) run(u *account, dir, ready string, up chan<- error, args []string) error {
	p.cmd = exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // a test's own server
	p.cmd.Dir, p.cmd.SysProcAttr = dir, attributes(u)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	p.cmd.Stdout = p.cmd.Stderr
	if err := p.cmd.Start(); err != nil {
		return err
	}
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() }) //axess:allow L01 a real process
	defer late.Stop()
	lines := bufio.NewReader(out)
	for told := false; ; {
		line, err := lines.ReadString('\n')
		p.mu.Lock()
		p.said.WriteString(line)
		p.mu.Unlock()
		if !told && strings.Contains(line, ready) {
			late.Stop()
			up <- nil
			told = true
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			if err = errors.Join(err, p.cmd.Wait()); told {
				return nil // nobody waits any more
			}
			return errors.Join(errors.New("ended before it was ready"), err)
		}
	}
}

func (p *process) output() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.said.Bytes())
}

// end sends a signal and waits for the process to end.
func (p *process) end(sig os.Signal) error {
	err := p.cmd.Process.Signal(sig)
	<-p.over
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
