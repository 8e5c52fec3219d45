// Command screens takes the pictures of docs/screens and writes the page that
// shows them. The pages are the samples of package ui, so time, data and texts
// are fixed; with the same Chromium and the same fonts a picture is the same to
// the byte.
//
//	go run ./screens -fonts ../.tools/npm/node_modules/@expo-google-fonts -out ../docs/screens
//
// Pages say system-ui and leave the typeface to the reader's system. A picture
// needs one, and a build machine has none that anybody would choose; -fonts names
// a directory with one that is near to what phones and laptops show.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "", "directory for the pictures and README.md")
	fonts := flag.String("fonts", "", "directory with the fonts Inter and JetBrains Mono; without it, those of the system")
	format := flag.String("format", "webp", "webp or png")
	only := flag.String("only", "", "the picture of this page alone")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(64)
	}
	if err := shoot(*out, *fonts, *format, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(2)
	}
}
