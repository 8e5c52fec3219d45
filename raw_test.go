package axess_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// readRequest is a request as a server reads it from a socket.
func readRequest(t *testing.T, text string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:4711"
	return r
}
