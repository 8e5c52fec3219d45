// Command crowd are people in front of the server of the contest of logins, in a process
// of their own: what they do is not measured, and keeps nobody waiting who is.
//
//	crowd ADDRESS PEOPLE
//
// It does what the lines of its standard input say, and tells of it in lines of JSON.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/axess-go/axess/bench"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "crowd: want an address and how many people")
		os.Exit(64)
	}
	people, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = bench.Crowd(os.Args[1], people, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(2)
	}
}
