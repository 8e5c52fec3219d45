package postgres_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/store/postgres"
)

// PRD-006: a server that is down is said in one line, however many ways were tried.
func TestOpen_says_in_one_line_that_no_server_is_there(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]int{
		"postgres://axess@127.0.0.1:1/x":             1, // with TLS and without: one host
		"postgres://axess@127.0.0.1:1,127.0.0.1:2/x": 2,
	} {
		_, err := postgres.Open(t.Context(), dsn)
		if err == nil {
			t.Fatal("opened")
		}
		if text := err.Error(); strings.ContainsAny(text, "\n\t") || strings.Count(text, "connection refused") != want || !strings.Contains(text, "start the server") {
			t.Errorf("%s: %q", dsn, text)
		}
	}
}
