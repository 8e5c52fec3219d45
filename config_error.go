package axess

import "strings"

// Problem is one thing that is wrong with a [Config].
type Problem struct {
	Field  string // "Origin"
	Code   string // stable, listed in docs/errors.md
	Detail string // what is wrong and why it matters
	Fix    string // the line, flag or command that cures it
}

// ConfigError lists everything that is wrong, in the order of the fields
// (PRD-010). errors.Is(err, axess.ConfigCode("mail_missing")) asks for one.
type ConfigError struct{ Problems []Problem }

// Error implements error, a line for each problem and its cure.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString("axess: configuration refused")
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.Field + ": " + p.Detail + " [" + p.Code + "]\n    cure: " + p.Fix)
	}
	return b.String()
}

// Is reports whether one of the problems has the code.
func (e *ConfigError) Is(target error) bool {
	c, ok := target.(ConfigCode)
	if !ok {
		return false
	}
	for _, p := range e.Problems {
		if p.Code == string(c) {
			return true
		}
	}
	return false
}

// ConfigCode is a start-up code as an error, for errors.Is.
type ConfigCode string

// Error implements error.
func (c ConfigCode) Error() string { return "axess: " + string(c) }
