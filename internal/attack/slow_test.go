package attack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// drip sends text and then a byte now and then, and returns how long the server
// kept the connection, or longest. It never waits by itself: an answer, the end of the
// connection or a byte's turn come first.
func drip(t *testing.T, l *live, longest time.Duration, text, each string) time.Duration {
	t.Helper()
	c := l.dial(t)
	began := time.Now()
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "HOST", l.host)); err != nil {
		return time.Since(began)
	}
	one := make([]byte, 1024)
	for {
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		_, err := c.Read(one)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return time.Since(began)
		}
		if time.Since(began) > longest {
			return time.Since(began)
		}
		if _, err := io.WriteString(c, each); err != nil {
			return time.Since(began)
		}
	}
}

// Two hundred connections that never finish their headers are ended within their
// time, and while they last ordinary visitors are served. PRD-071
func TestSlow_headers(t *testing.T) {
	t.Parallel()
	l := serve(t)
	const longest = 25 * time.Second // five, on a machine that may be busy
	var all sync.WaitGroup
	kept := make([]time.Duration, 200)
	for i := range kept {
		all.Add(1)
		go func() {
			defer all.Done()
			kept[i] = drip(t, l, longest, head("GET", "/")+"X-A: ", "a")
		}()
	}
	for range 5 {
		l.served(t)
	}
	all.Wait()
	for _, d := range kept {
		if d > longest {
			t.Fatalf("a connection without headers was kept for %v", d)
		}
	}
}

// Bodies that never end are cut, and hold nothing that an ordinary visitor or a
// sign-in needs. PRD-071, MID-064
func TestSlow_bodies(t *testing.T) {
	t.Parallel()
	l := serve(t)
	form := head("POST", "/auth/sign-in") + "Content-Type: application/x-www-form-urlencoded\r\n"
	const longest = 45 * time.Second // thirty, likewise
	var all sync.WaitGroup
	for i := range 60 {
		all.Add(1)
		go func() {
			defer all.Done()
			text := form + "Content-Length: 60000\r\n\r\nidentifier="
			each := "a"
			if i%2 == 1 {
				text, each = form+"Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"
			}
			if d := drip(t, l, longest, text, each); d > longest {
				t.Errorf("a body without end was kept for %v", d)
			}
		}()
	}
	for range 5 {
		l.served(t)
	}
	all.Wait()
}

// A request with as many headers, cookies and forwarding entries as fit, and one
// with more, get an answer each, soon, and the process goes on. MID-014, MID-083,
// SES-124, PRD-071
func TestFlood_headers(t *testing.T) {
	t.Parallel()
	l := serve(t)
	many := func(line string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		headers string
		want    int
	}{
		"forwarded by thousands":       {many("X-Forwarded-For: 10.0.%d.1\r\n", 1800), 200},
		"forwarded by thousands at it": {"X-Forwarded-For: " + many("10.0.0.%d, ", 4000) + "1.1.1.1\r\n", 200},
		"cookies by thousands":         {"Cookie: " + many("axess-dev=%d; ", 3500) + "\r\n", 200},
		"cookie lines by thousands":    {many("Cookie: axess-dev=%d\r\n", 2000), 200},
		"one huge cookie":              {"Cookie: axess-dev=" + strings.Repeat("A", 60_000) + "\r\n", 200},
		"accepts by thousands":         {"Accept: " + many("text/x%d;q=0.1,", 3000) + "text/html\r\n", 200},
		"languages by thousands":       {"Accept-Language: " + many("x%d;q=0.1,", 4000) + "de\r\n", 200},
		"types by thousands":           {"Content-Type: " + strings.Repeat("a/b; c=d; ", 6000) + "\r\n", 200},
		"names by thousands":           {many("X-%d: y\r\n", 4000), 200},
		"too much":                     {many("X-Filler-%d: "+strings.Repeat("x", 1000)+"\r\n", 200), 431},
		"one line too much":            {"X-Filler: " + strings.Repeat("x", 200_000) + "\r\n", 431},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := l.talk(t, head("GET", "/auth/sign-in")+c.headers+"\r\n")
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%v, want %d", got, c.want)
			}
		})
	}
	l.served(t)
}

// A body of any announced size is refused before it is read, and one that announces
// none is cut at the limit. MID-064
func TestFlood_bodies(t *testing.T) {
	t.Parallel()
	l := serve(t)
	for name, headers := range map[string]string{
		"a form of a terabyte":      head("POST", "/auth/sign-in") + "Content-Length: 1099511627776\r\n",
		"just above the limit":      head("POST", "/auth/sign-in") + "Content-Length: 65537\r\n",
		"anywhere else":             head("POST", "/smuggled") + "Content-Length: 1048577\r\n",
		"a page that takes none":    head("GET", "/auth/sign-in") + "Content-Length: 1099511627776\r\n",
		"of somebody who waits for": head("POST", "/auth/sign-in") + "Expect: 100-continue\r\nContent-Length: 1099511627776\r\n",
	} {
		c := l.dial(t)
		if _, err := io.WriteString(c, strings.ReplaceAll(headers, "HOST", l.host)+"Content-Type: application/x-www-form-urlencoded\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// Without end: the server stops reading long before the sender is done.
	c := l.dial(t)
	if _, err := io.WriteString(c, strings.ReplaceAll(head("POST", "/auth/sign-in"), "HOST", l.host)+"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const chunk, limit = 4 << 10, 64 << 20
	sent := 0
	for ; sent < limit; sent += chunk {
		if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", chunk, strings.Repeat("a", chunk)); err != nil {
			break
		}
	}
	if sent >= limit {
		t.Errorf("the server read %d bytes of a form", sent)
	}
	l.served(t)
}
