package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/axess-go/axess"
)

// screen is what a person sees first (CLI-003).
type screen struct {
	origin string
	place  place
}

func (s screen) print(w io.Writer) {
	origin := strings.TrimSuffix(s.origin, "/")
	fmt.Fprintf(w, `
  axess %s is ready.

    Start here     %s/
    Create account %s/auth/sign-up
    Mail           shown here and at %s/auth/dev/outbox

  %s

`, axess.Version, visible(origin), visible(origin), visible(origin), s.kept())
}

// kept says what happens to the data when the server stops.
func (s screen) kept() string {
	if s.place.file == "" {
		return "Everything is kept in memory and gone when the server stops (Ctrl-C)."
	}
	return "Data and keys are in " + visible(s.place.dir) + ". Ctrl-C stops the server."
}
