package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/store/memory"
)

const (
	manyLogins = 500
	fewLogins  = 4 // what Check makes do with

	gateWait   = 2 * time.Second // how long a login waits for its turn
	streamTime = 8 * time.Second // how long everybody keeps trying

	nameRest   = "a read at rest, p99"
	nameMedian = "a read at rest, p50"
	nameAmid   = "a read while 500 logins are under way, p99"
	nameMiddle = "a read while 500 logins are under way, p50"
	nameBurst  = "a read in the moment when 500 logins come at once, p99"
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
	peak           int64         // of the server, in bytes
	judged         atomic.Int64
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
	bin := filepath.Join(scratch, "site")
	if out, err := exec.Command("go", "build", "-o", bin, library+"/bench/cmd/site").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	var args []string
	if c.strong {
		args = []string{"-strong"}
	}
	cmd := exec.Command(bin, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	var at sited
	if err := json.Unmarshal(line, &at); err != nil {
		return err
	}
	if err := c.rush(at, logins); err != nil {
		return err
	}
	c.peak, err = peakOf(cmd.Process.Pid)
	return err
}

// rush reads for a while, again while everybody comes at once, and again while as
// many keep trying, so that always about so many are under way.
func (c *crowd) rush(at sited, logins int) error {
	r := &reader{at: at}
	ready := make([]*person, logins)
	for i := range ready {
		var err error
		if ready[i], err = newPerson(at.Addr, i); err != nil {
			return err
		}
		defer ready[i].client.CloseIdleConnections()
	}
	all, err := r.read(time.After(2 * time.Second))
	if err != nil {
		return err
	}
	c.rest, c.median = percentile(all, 99), percentile(all, 50)
	began := time.Now()
	if all, err = c.together(r, ready, func(p *person) error { return p.signIn(&c.judged) }); err != nil {
		return err
	}
	c.took, c.burst = time.Since(began), percentile(all, 99)
	if c.strong || logins < manyLogins {
		return c.looked()
	}
	end := began.Add(c.took + streamTime)
	var i atomic.Int64
	all, err = c.together(r, ready, func(p *person) error {
		n := i.Add(1) // the first ones come evenly over the time that one waits
		time.Sleep(time.Duration(n) * gateWait / time.Duration(logins))
		for time.Now().Before(end) {
			if err := p.open(); err != nil {
				return err
			}
			if err := p.signIn(&c.judged); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.amid, c.middle = percentile(all, 99), percentile(all, 50)
	return c.looked()
}

// looked tells that passwords were judged at all.
func (c *crowd) looked() error {
	if c.judged.Load() == 0 {
		return errors.New("no password was looked at")
	}
	return nil
}

// together lets everybody do something, and reads until the last is done.
func (c *crowd) together(r *reader, everybody []*person, do func(*person) error) ([]time.Duration, error) {
	done := make(chan time.Time)
	failed := make([]error, len(everybody))
	go func() {
		var wait sync.WaitGroup
		for i, p := range everybody {
			wait.Go(func() { failed[i] = do(p) })
		}
		wait.Wait()
		close(done)
	}()
	all, err := r.read(done)
	return all, errors.Join(err, errors.Join(failed...))
}

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

// person is a browser at an address of its own, with the form open. The name is
// nobody's: that takes as long as anybody's, and no sign-ups.
type person struct {
	client *http.Client
	addr   string
	form   url.Values
	number int
	tries  int
}

func newPerson(addr string, i int) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i)|1)}}
	if i&1 == 1 {
		from.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 2, byte(i>>8), byte(i))}
	}
	p := &person{addr: addr, number: i, client: &http.Client{
		Jar: jar, Transport: &http.Transport{DialContext: from.DialContext}, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return p, p.open()
}

// open opens the page with the form.
func (p *person) open() error {
	status, text, err := p.ask(http.MethodGet, nil)
	if err != nil {
		return err
	}
	found := token.FindSubmatch(text)
	if found == nil {
		return fmt.Errorf("no form, but %d", status)
	}
	p.form = url.Values{"_csrf": {string(found[1])}, "password": {phrase}}
	return nil
}

// signIn tries a name that nobody has tried, and counts the passwords that were
// looked at.
func (p *person) signIn(judged *atomic.Int64) error {
	p.tries++
	p.form.Set("identifier", fmt.Sprintf("nobody%d-%d@example.org", p.number, p.tries))
	status, _, err := p.ask(http.MethodPost, strings.NewReader(p.form.Encode()))
	switch status {
	case http.StatusUnauthorized:
		judged.Add(1)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, 0:
	default:
		return fmt.Errorf("a login was answered with %d", status)
	}
	return err
}

func (p *person) ask(method string, body io.Reader) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.addr+guestPage, body)
	if err != nil {
		return 0, nil, err
	}
	r.Host = strings.TrimPrefix(pagesOrigin, "http://")
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w, err := p.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	text, err = io.ReadAll(w.Body)
	return w.StatusCode, text, errors.Join(err, w.Body.Close())
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
