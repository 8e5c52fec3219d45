// Command gallery writes every page in every state as static HTML into a
// directory, with the style sheet and script beside them, so that the design
// can be looked at without a server:
//
//	go run ./internal/cmd/gallery DIR
package main

import (
	"fmt"
	"os"

	"github.com/axess-go/axess/ui"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gallery DIR")
		os.Exit(64)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(2)
	}
}

func write(dir string) error {
	r, err := ui.NewRenderer(ui.SampleConfig())
	if err != nil {
		return err
	}
	return r.Gallery(dir)
}
