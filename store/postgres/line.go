package postgres

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// inOneLine is the driver's account of a connection that it could not make, which
// takes a line for each way that it tried: with TLS and without, two for one host.
// Logs and refusals want one line, and each thing once.
type inOneLine struct{ err error }

func brief(err error) error {
	var c *pgconn.ConnectError
	if !errors.As(err, &c) {
		return err
	}
	return &inOneLine{err}
}

// Error implements error.
func (e *inOneLine) Error() string {
	head, tries, _ := strings.Cut(e.err.Error(), "\n")
	var said []string
	for line := range strings.Lines(tries) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.TrimSpace(head + " " + strings.Join(said, "; "))
}

// Unwrap returns what the driver said.
func (e *inOneLine) Unwrap() error { return e.err }
