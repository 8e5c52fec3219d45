// Command site is a server of its own process for the contest of logins: what it holds
// in memory is its own, and no client shares its processors' queue.
//
//	site [-strong]
//
// It signs one person up, prints its address and the request of a page that only that
// person gets, as a line of JSON, and serves until its standard input ends.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/axess-go/axess/bench"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/headroom"
)

func main() {
	strong := flag.Bool("strong", false, "hash passwords with 64 MiB")
	flag.Parse()
	defer headroom.Keep(os.LookupEnv)() // as axess serve does
	cost := password.Lean()
	if *strong {
		cost = password.Strong()
	}
	line, err := bench.Serve(cost)
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(2)
	}
	fmt.Println(line)
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with whoever has started it
}
