package attack

import (
	"net/http"
	"strings"
	"testing"
)

// A request whose length two parsers could read differently is refused or ends its
// connection: what is hidden behind it never runs as a request of somebody else's.
// A proxy in front that reads the other length has then nothing to pass on.
// MID-083, FUZ-F29
func TestSmuggling(t *testing.T) {
	t.Parallel()
	const hidden = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
	post := head("POST", "/auth/sign-in") + "Content-Type: application/x-www-form-urlencoded\r\n"
	length := func(n string) string { return "Content-Length: " + n + "\r\n" }
	const chunked = "Transfer-Encoding: chunked\r\n"
	for name, text := range map[string]string{
		"two lengths":                         post + length("0") + length("44") + "\r\n" + hidden,
		"two lengths in one line":             post + length("0, 44") + "\r\n" + hidden,
		"a length with a plus":                post + length("+0") + "\r\n" + hidden,
		"a negative length":                   post + length("-1") + "\r\n" + hidden,
		"a length in hex":                     post + length("0x0") + "\r\n" + hidden,
		"a length with a fraction":            post + length("0.0") + "\r\n" + hidden,
		"an empty length":                     post + length("") + "\r\n" + hidden,
		"a length beyond numbers":             post + length(strings.Repeat("9", 30)) + "\r\n" + hidden,
		"chunked, with white space":           post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunked, folded":                     post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunked twice":                       post + chunked + chunked + "\r\n0\r\n\r\n" + hidden,
		"chunked and more":                    post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
		"gzip, chunked":                       post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"nearly chunked":                      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunked with a control character":    post + "Transfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n" + hidden,
		"chunked after a bare carriage":       post + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"a header name with a space":          post + "Bad Name: x\r\n\r\n" + hidden,
		"a header name with a null":           post + "Bad\x00Name: x\r\n\r\n" + hidden,
		"a header without a name":             post + ": x\r\n\r\n" + hidden,
		"a first header that is folded":       "POST /auth/sign-in HTTP/1.1\r\n X: y\r\nHost: HOST\r\n\r\n" + hidden,
		"a chunk size beyond numbers":         post + chunked + "\r\nFFFFFFFFFFFFFFFFFFF\r\n\r\n" + hidden,
		"a negative chunk size":               post + chunked + "\r\n-1\r\n\r\n" + hidden,
		"a chunk size with 0x":                post + chunked + "\r\n0x0\r\n\r\n" + hidden,
		"a chunk longer than it says":         post + chunked + "\r\n1\r\nabcdef\r\n0\r\n\r\n" + hidden,
		"a chunk ended by a bare line feed":   post + chunked + "\r\n1\r\na\n0\r\n\r\n" + hidden,
		"chunked nonsense":                    post + chunked + "\r\nthis is no chunk\r\n\r\n" + hidden,
		"endless chunk extensions":            post + chunked + "\r\n0;" + strings.Repeat("x", 20_000) + "\r\n\r\n" + hidden,
		"two hosts":                           "POST /auth/sign-in HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n" + length("0") + "\r\n" + hidden,
		"no host":                             "POST /auth/sign-in HTTP/1.1\r\n" + length("0") + "\r\n" + hidden,
		"a version of its own":                "POST /auth/sign-in HTTP/1.9x\r\nHost: HOST\r\n\r\n" + hidden,
		"a target with a space":               "POST /auth/sign-in /x HTTP/1.1\r\nHost: HOST\r\n\r\n" + hidden,
		"chunked in the older version":        "POST /auth/sign-in HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\n" + chunked + "\r\n0\r\n\r\n" + hidden,
		"the other protocol in the old words": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := serve(t)
			statuses := l.talk(t, text)
			if n := l.smuggled.Load(); n > 0 {
				t.Errorf("the hidden request ran, after %v", statuses)
			}
			for _, status := range statuses {
				if status < 400 || status >= 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported {
					t.Errorf("statuses %v", statuses)
				}
			}
		})
	}
}

// A length and chunks in one request: the chunks hold, and nothing behind them is
// taken for a request (RFC 9112 §6.1), not even where the answer was put in the place
// of another. MID-083
func TestSmuggling_length_and_chunks(t *testing.T) {
	t.Parallel()
	l := serve(t)
	l.routes.Public("POST /fails", func(http.ResponseWriter, *http.Request) { panic("dropped a plate") })
	for name, first := range map[string]string{
		"refused":        head("POST", "/auth/sign-in"),
		"safe":           head("GET", "/"),
		"not there":      head("GET", "/none"),
		"another host":   strings.Replace(head("GET", "/"), "HOST", "evil.example", 1),
		"health":         head("GET", "/readyz"),
		"bearer, faults": head("POST", "/fails") + "Authorization: Bearer x\r\n",
	} {
		for _, both := range []string{"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "Content-Length: 6\r\nTransfer-Encoding:\r\n chunked\r\n"} {
			statuses := l.talk(t, first+both+"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n")
			if n := l.smuggled.Load(); n > 0 || len(statuses) != 1 {
				t.Errorf("%s: the hidden request ran %d times, statuses %v", name, n, statuses)
			}
		}
	}
	// A connection without chunks stays open, and a request of somebody's own behind
	// another is answered: nothing else was lost.
	if got := l.talk(t, head("GET", "/")+"\r\n"+head("GET", "/smuggled")+"\r\n"); len(got) != 2 || l.smuggled.Load() != 1 {
		t.Errorf("two requests: %v", got)
	}
}

// What is behind a body that is longer than its length is a request of its own, and
// no request at all: it is refused and ends the connection. A body that is shorter
// reaches no handler. MID-064, MID-083
func TestSmuggling_wrong_lengths(t *testing.T) {
	t.Parallel()
	l := serve(t)
	form := "identifier=ada%40example.org&password=x"
	for name, c := range map[string]struct {
		length string
		want   []int
	}{
		"right":   {"39", []int{403}},
		"shorter": {"20", []int{403, 400}},
		"longer":  {"500", []int{403}},
	} {
		statuses := l.talk(t, head("POST", "/auth/sign-in")+"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "+c.length+"\r\n\r\n"+form)
		if len(statuses) > len(c.want) || len(statuses) == 0 || statuses[0] != c.want[0] {
			t.Errorf("%s: %v, want %v", name, statuses, c.want)
		}
	}
	l.served(t)
}
