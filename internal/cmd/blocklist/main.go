// Command blocklist makes the list of common passwords that is part of the program.
//
//	go run ./internal/cmd/blocklist -in rockyou.txt -out factor/password/blocklist/common.bin
//
// The source is rockyou.txt: 14,344,391 passwords of a service that stored them in clear
// and lost them in 2009, the most frequent first. Many have it, SecLists among them
// (Passwords/Leaked-Databases, MIT licence); a digest says which bytes are meant. What a person may choose
// is a fact, and what is kept of each is 48 bits of a digest: the source cannot be had
// back from it, and nobody's password stands in this repository.
//
// Taken are those that more than one person used, as they are compared, in order of
// frequency: all of at least 15 characters, and of the shorter ones with at least 8 as
// many as make 100,000 together.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/axess-go/axess/factor/password/blocklist"
)

// source is what the list is made of: another file is refused, so that the result is
// the same whoever runs this.
const source = "6dfa76aa0e02303994fd1062d0ac983f0b69ece5474d85a5bba36362e19c1076"

// shared is how many lines of the source name a password that several people used.
const shared = 2_459_759

// The two lengths that a policy may ask for (package password), and the size of the list.
const (
	least, long = 8, 15
	total       = 100_000
)

func main() {
	in := flag.String("in", "rockyou.txt", "the source")
	out := flag.String("out", "common.bin", "the list")
	flag.Parse()
	if err := run(*in, *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "blocklist:", err)
		os.Exit(1)
	}
}

func run(in, out string, say io.Writer) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != source {
		return errors.New("the source is another file than the list was made of")
	}
	list, longs := choose(text, shared, total)
	if err := os.WriteFile(out, list, 0o644); err != nil { //nolint:gosec // it is published
		return err
	}
	fmt.Fprintf(say, "%d passwords, %d of them of at least %d characters, %d bytes\n", total, longs, long, len(list))
	return nil
}

// choose is the list, and how many of it are long.
func choose(text []byte, lines, size int) (list []byte, longs int) {
	var shorts, all [][6]byte
	scan := bufio.NewScanner(bytes.NewReader(text))
	seen := map[[6]byte]bool{}
	for n := 0; n < lines && scan.Scan(); n++ {
		chars := utf8.RuneCount(scan.Bytes())
		if !utf8.Valid(scan.Bytes()) || chars < least {
			continue
		}
		e := blocklist.Entry(scan.Bytes())
		switch {
		case seen[e]:
			continue
		case chars >= long:
			all = append(all, e)
		default:
			shorts = append(shorts, e)
		}
		seen[e] = true
	}
	longs = len(all)
	all = append(all, shorts[:min(len(shorts), size-longs)]...)
	slices.SortFunc(all, func(a, b [6]byte) int { return bytes.Compare(a[:], b[:]) })
	for _, e := range all {
		list = append(list, e[:]...)
	}
	return list, longs
}
