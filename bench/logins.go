package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/store/memory"
)

const (
	manyLogins = 500
	fewLogins  = 4 // what Check makes do with

	nameRest   = "a read at rest, p99"
	nameMedian = "a read at rest, p50"
	nameAmid   = "a read while 500 logins are under way, p99"
	nameMiddle = "a read while 500 logins are under way, p50"
	nameBurst  = "a read in the moment when 500 logins come at once, p99"
	nameEach   = "500 logins under way: a password is looked at every"
	nameLean   = "500 logins, 19 MiB each: the process at its peak"
	nameStrong = "500 logins, 64 MiB each: the process at its peak"
)

// gateMemory is what hashes may take together unless a program says otherwise, and
// room for the rest of the process.
const gateMemory = 512 << 20

// loginsContest is what the gate before the password hash is for: a crowd that signs in
// at once takes neither the memory nor the time of those who are signed in.
func loginsContest() Contest {
	lean, strong := &crowd{}, &crowd{strong: true}
	rush := func(c *crowd, take func(*crowd) Sample) func(string) (Subject, error) {
		return func(scratch string) (Subject, error) { return rushed{c, scratch, take}, nil }
	}
	nanoseconds := func(d time.Duration) Sample { return Sample{Nanoseconds: float64(d)} }
	return Contest{
		Name: "logins", Title: fmt.Sprintf("%d logins at once, each of another name and address, and somebody who reads meanwhile", manyLogins),
		Once: true,
		Entries: []Entry{
			{Name: nameAmid, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.amid) })},
			{Name: nameMiddle, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.middle) })},
			{Name: nameBurst, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.burst) })},
			{Name: nameMedian, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.median) })},
			{Name: nameRest, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.rest) })},
			{Name: nameEach, Make: rush(lean, func(c *crowd) Sample { return nanoseconds(c.each) })},
			{Name: nameLean, Make: rush(lean, func(c *crowd) Sample { return Sample{Nanoseconds: float64(c.took), Bytes: c.peak} })},
			{Name: nameStrong, Make: rush(strong, func(c *crowd) Sample { return Sample{Nanoseconds: float64(c.took), Bytes: c.peak} })},
		},
		Bars: []Bar{
			{Entry: nameMiddle, Against: nameMedian, Ratio: 2},
			{Entry: nameAmid, Against: nameRest, Ratio: 2},
			{Entry: nameLean, Bytes: gateMemory},
			{Entry: nameStrong, Bytes: gateMemory},
		},
	}
}

// rushed is one figure of a crowd, which comes when the first of them is asked for.
type rushed struct {
	c       *crowd
	scratch string
	take    func(*crowd) Sample
}

func (r rushed) Check() error {
	if r.c.checked {
		return nil
	}
	r.c.checked = true
	few := crowd{strong: r.c.strong}
	return few.come(r.scratch, fewLogins)
}

func (r rushed) Measure() (Sample, error) {
	r.c.once.Do(func() { r.c.err = r.c.come(r.scratch, manyLogins) })
	return r.take(r.c), r.c.err
}

// crowd are people who sign in at once, at a server in a process of its own.
type crowd struct {
	strong  bool
	checked bool
	once    sync.Once
	err     error

	rest, amid     time.Duration // of a read, the 99th of a hundred
	median, middle time.Duration // and the 50th
	burst          time.Duration // the 99th while all come at once
	took           time.Duration // until everybody had an answer
	each           time.Duration // between two passwords that were looked at
	peak           int64         // of the server, in bytes
}

// sited is what a site says of itself.
type sited struct {
	Addr    string
	Request []byte
}

// Serve starts the server of the contest of logins in this process and returns what
// its visitors need, as a line of JSON.
func Serve(cost password.Params) (string, error) {
	s, err := newWebCost(memory.New(memory.Config{}).Stores(), slog.New(slog.DiscardHandler), cost)
	if err != nil {
		return "", err
	}
	line, err := json.Marshal(sited{s.addr, s.request})
	return string(line), err
}

func (c *crowd) come(scratch string, logins int) (err error) {
	var args []string
	if c.strong {
		args = []string{"-strong"}
	}
	site, err := begin(scratch, "site", nil, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.end()) }()
	var at sited
	if err := site.hear(&at); err != nil {
		return err
	}
	// Browsers are elsewhere, and what they do there makes nobody wait here: they get what
	// the server and the reader leave of the processors.
	people, err := begin(scratch, "crowd", []string{"chrt", "-i", "0"}, at.Addr, strconv.Itoa(logins))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.end()) }()
	if err := people.hear(&gathered{}); err != nil {
		return err
	}
	if err := c.rush(at, people, logins); err != nil {
		return err
	}
	c.peak, err = peakOf(site.cmd.Process.Pid)
	return err
}

// rush reads for a while, again while everybody comes at once, and again while as
// many keep trying, so that always about so many are under way.
func (c *crowd) rush(at sited, people *child, logins int) error {
	r := &reader{at: at}
	all, err := r.read(time.After(2 * time.Second))
	if err != nil {
		return err
	}
	c.rest, c.median = percentile(all, 99), percentile(all, 50)
	all, came, err := c.meanwhile(r, people, atOnce)
	if err != nil {
		return err
	}
	c.took, c.burst = came.Took, percentile(all, 99)
	if c.strong || logins < manyLogins {
		return came.looked()
	}
	if all, came, err = c.meanwhile(r, people, overAndOver); err != nil {
		return err
	}
	c.amid, c.middle = percentile(all, 99), percentile(all, 50)
	c.each = came.Took / time.Duration(max(1, came.Judged))
	return came.looked()
}

// meanwhile tells people what to do, and reads until the last of them is done.
func (c *crowd) meanwhile(r *reader, people *child, what string) (all []time.Duration, came gathered, err error) {
	if _, err := fmt.Fprintln(people.in, what); err != nil {
		return nil, came, err
	}
	done, failed := make(chan time.Time), error(nil)
	go func() {
		defer close(done)
		failed = people.hear(&came)
	}()
	all, err = r.read(done)
	<-done
	return all, came, errors.Join(err, failed)
}

// child is a process of the contest, which says a line of JSON at a time and ends with
// its standard input.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// begin builds and starts a command of this module, by way of another one if given.
func begin(scratch, name string, by []string, args ...string) (*child, error) {
	bin := filepath.Join(scratch, name)
	if out, err := exec.Command("go", "build", "-o", bin, library+"/bench/cmd/"+name).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	line := slices.Concat(by, []string{bin}, args)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &child{cmd, in, bufio.NewReader(out)}, nil
}

func (c *child) hear(into any) error {
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(c.cmd.Path), err)
	}
	return json.Unmarshal(line, into)
}

func (c *child) end() error { return errors.Join(c.in.Close(), c.cmd.Wait()) }

// reader asks for the page of somebody who is signed in, about 500 times a second.
type reader struct{ at sited }

func (r *reader) read(end <-chan time.Time) (all []time.Duration, err error) {
	conn, err := net.Dial("tcp", r.at.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	v := &visitor{conn, bufio.NewReaderSize(conn, 8<<10)}
	for {
		began := time.Now()
		if _, err := v.visit(r.at.Request); err != nil {
			return nil, err
		}
		all = append(all, time.Since(began))
		select {
		case <-end:
			return all, nil
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// peakOf is the most memory that a process has had, as Linux counts it.
func peakOf(pid int) (int64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	for l := range bytes.Lines(status) {
		if f := bytes.Fields(l); len(f) == 3 && string(f[0]) == "VmHWM:" {
			kib, err := strconv.ParseInt(string(f[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmHWM")
}
