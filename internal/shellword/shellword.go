// Package shellword writes a path or value so that a POSIX shell takes it as one
// word: for commands that are printed and that people paste (PRD-006).
//
//	"run chmod 600 " + shellword.Quote(path) // run chmod 600 'my keys'
//
// It is not for running commands: those take their words as they are.
package shellword

import "strings"

// plain are the characters that mean themselves wherever they stand in a word.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,@%+="

// Quote returns word as it is where a shell would read it so, and otherwise in
// single quotes, within which nothing but the quote itself means anything.
func Quote(word string) string {
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
