package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says what form a value has.
type Kind uint8

// The kinds. In TOML a Count is an integer, a Switch a boolean, a List an array
// of strings, and every other a string.
const (
	Text     Kind = iota
	Path          // relative to the file that names it
	Store         // "memory", "sqlite:PATH" with PATH as in Path, or the name of a server: one of Engines
	List          // in a flag repeated, in the environment separated by commas
	Duration      // "90s", "24h", "7d"
	Count         // 0 or more
	Switch        // true or false
)

// Secrecy says who may see a value.
type Secrecy uint8

// The degrees.
const (
	Public Secrecy = iota
	Mixed          // a password may be part of it; a flag with one is refused
	Hidden         // a secret: no flag exists, and it is shown as [set]
)

// Setting is one row of the table.
type Setting struct {
	Key     string // "mail.host"
	Default string
	Help    string // one line; what stands between backquotes is the name of the value
	Kind    Kind
	Secrecy Secrecy
	OneOf   []string // all values there are; nil: any
	Engines []Engine // kinds that a Store may be of
}

// Flag is the name of its flag, or empty for a secret.
func (s Setting) Flag() string {
	if s.Secrecy == Hidden {
		return ""
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)
}

// Env is the name of its variable; with _FILE behind it, of the one that names a
// file.
func (s Setting) Env() string {
	return "AXESS_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// section splits the key as TOML does.
func (s Setting) section() (section, name string) {
	if section, name, ok := strings.Cut(s.Key, "."); ok {
		return section, name
	}
	return "", s.Key
}

// canonical checks one word of a value and returns the form in which two words
// that mean the same are equal. The error never repeats the word.
func (s Setting) canonical(word string) (string, error) {
	if len(s.OneOf) > 0 && !slices.Contains(s.OneOf, word) {
		return "", fmt.Errorf("must be %s", either(s.OneOf))
	}
	switch s.Kind {
	case Text, Path, List:
		if strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", fmt.Errorf("must not hold control characters")
		}
	case Store:
		if err := sourceName(word, s.Engines); err != nil {
			return "", err
		}
	case Duration:
		d, err := parseDuration(word)
		if err != nil {
			return "", err
		}
		return d.String(), nil
	case Count:
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 {
			return "", fmt.Errorf("must be a whole number, 0 or more")
		}
		return strconv.Itoa(n), nil
	case Switch:
		if word != "true" && word != "false" {
			return "", fmt.Errorf("must be true or false")
		}
	}
	return word, nil
}

// parseDuration also knows days: nobody counts a session's week in hours.
func parseDuration(word string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(word, "d"); ok {
		n, err := strconv.Atoi(days)
		if err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("must be a duration such as 90s, 24h or 7d")
	}
	return d, nil
}

func either(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
