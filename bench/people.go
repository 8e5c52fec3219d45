package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	gateWait   = 2 * time.Second // how long a login waits for its turn
	streamTime = 8 * time.Second // how long everybody keeps trying

	// What a crowd is told to do.
	atOnce      = "at once"       // one sign-in each
	overAndOver = "over and over" // for as long as streamTime
)

// gathered is what a crowd says when it is ready, and when everybody is done.
type gathered struct {
	Took   time.Duration // until everybody had an answer
	Judged int64         // passwords that were looked at
}

// looked tells that passwords were judged at all.
func (g gathered) looked() error {
	if g.Judged == 0 {
		return errors.New("no password was looked at")
	}
	return nil
}

// Crowd is the other side of the contest of logins, in a process of its own: so many
// people with the form of the server at addr before them, who do what the lines of in say
// and tell of it in lines of out.
func Crowd(addr string, people int, in io.Reader, out io.Writer) error {
	all := make([]*person, people)
	for i := range all {
		var err error
		if all[i], err = newPerson(addr, i); err != nil {
			return err
		}
		defer all[i].client.CloseIdleConnections()
	}
	tell := json.NewEncoder(out)
	if err := tell.Encode(gathered{}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var judged atomic.Int64
		began := time.Now()
		do := func(p *person) error { return p.signIn(&judged) }
		if lines.Text() == overAndOver {
			do = func(p *person) error {
				// The first ones come evenly over the time that one waits.
				time.Sleep(time.Duration(p.number) * gateWait / time.Duration(people))
				for time.Since(began) < streamTime {
					if err := errors.Join(p.open(), p.signIn(&judged)); err != nil {
						return err
					}
				}
				return nil
			}
		}
		failed := make([]error, len(all))
		var wait sync.WaitGroup
		for i, p := range all {
			wait.Go(func() { failed[i] = do(p) })
		}
		wait.Wait()
		if err := errors.Join(failed...); err != nil {
			return fmt.Errorf("crowd: %s: %w", lines.Text(), err)
		}
		if err := tell.Encode(gathered{time.Since(began), judged.Load()}); err != nil {
			return err
		}
	}
	return nil
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
