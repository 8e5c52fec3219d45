// Command axess is the ready server: the library with its pages, to run rather
// than to embed.
//
//	axess serve            a sign-in server on http://localhost:8080
//	axess version          what this binary is
//	axess help [command]   what there is to say
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes (CLI-024): what a supervisor may tell apart.
const (
	exitOK          = 0
	exitFailed      = 2  // failed after it had started
	exitUnavailable = 3  // port taken, directory locked, database down
	exitRefused     = 4  // refused on purpose: the text says why and how to cure it
	exitUsage       = 64 // not understood
)

const usage = `axess is a sign-in server for your programs.

Usage:
  axess serve [flags]     start the server (axess serve --help)
  axess version           print version and build
  axess help              this text

With no flags, "axess serve" starts a development server on this machine:
  nothing to configure, mail is shown here and on a page, and what people
  enter is kept in memory until the server stops. With --data DIR it stays.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "serve":
		return serve(ctx, args[1:], stdout, stderr)
	case "version", "--version", "-v":
		return version(stdout)
	case "help", "--help", "-h":
		if len(args) > 1 && args[1] == "serve" {
			return serve(ctx, []string{"--help"}, stdout, stderr)
		}
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	fmt.Fprintf(stderr, "axess: there is no command %q\n\n%s", args[0], usage)
	return exitUsage
}

// errUsage marks what the person at the terminal got wrong.
var errUsage = errors.New("usage")
