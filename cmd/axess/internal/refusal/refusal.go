// Package refusal holds the one form in which the program says no: what is
// wrong, why it matters, and what cures it.
//
//	return refusal.New("the port is taken", "…", "add --addr localhost:8081")
//
// A cure is one or more steps that can be carried out as they stand, joined by
// ", then ": "add FLAGS", "remove FLAG", "run COMMAND", or "set NAME=VALUE" for
// the environment; "axess keys init --out F" is written as "run axess keys …".
// Tests carry the steps out and see the refusal vanish, so a cure that does not
// cure fails the build.
//
// It is not for what failed after the start: that is an ordinary error.
//
// Owns PRD-006 and CLI-024 for the command line.
package refusal

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The exit codes: what a supervisor may tell apart (CLI-024).
const (
	OK          = 0
	Findings    = 1   // done, and what was looked at is not as it should be
	Failed      = 2   // failed after it had started
	Unavailable = 3   // port taken, directory locked, database down
	Refused     = 4   // refused on purpose: the text says why and what cures it
	Usage       = 64  // not understood
	Interrupted = 130 // a second signal
)

// Error is one refusal. The zero Code is [Refused].
type Error struct {
	What string // what is wrong, beginning with what it is about
	Why  string // why it matters, in one clause; may be empty when What says it
	Cure string // steps, see the package comment
	Code int
	Err  error // the cause; its text is not shown
}

// New returns a refusal with exit code [Refused].
func New(what, why, cure string) *Error { return &Error{What: what, Why: why, Cure: cure} }

// Error implements error, with the cure on a line of its own.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if e.Why != "" {
		b.WriteString(": " + e.Why)
	}
	if e.Cure != "" {
		b.WriteString("\n  cure: " + e.Cure)
	}
	return Visible(b.String())
}

// Visible shows, as \u{…}, the characters that would steer a terminal or hide
// what stands there: control, escape, format and bidi (CLI-027).
func Visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r != '\n' && !unicode.IsPrint(r) {
			fmt.Fprintf(&b, "\\u{%X}", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Code returns the exit code for err: that of the first [Error] in it, otherwise
// the one given.
func Code(err error, otherwise int) int {
	var r *Error
	switch {
	case err == nil:
		return OK
	case !errors.As(err, &r):
		return otherwise
	case r.Code == OK:
		return Refused
	}
	return r.Code
}
