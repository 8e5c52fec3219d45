package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/seal"
)

// Values holds a value for every setting. Printing one shows no secret.
type Values struct {
	rows []Value
	// File is the configuration file, or empty.
	File string
}

// Value is what one setting is, and where that was said.
type Value struct {
	Setting Setting
	// From is "default", or where it was said: "flag --addr",
	// "env AXESS_ADDR", "env AXESS_ADDR_FILE", "credential addr", "file x.toml".
	From   string
	words  []string
	secret seal.Secret // of a Hidden setting, instead of words
}

// Given reports whether somebody said a value.
func (v Value) Given() bool { return v.From != "default" }

// String returns the value as it may be shown: [set] for a secret.
func (v Value) String() string {
	switch {
	case v.Setting.Secrecy == Hidden && v.Given():
		return "[set]"
	case v.Setting.Secrecy == Mixed && len(v.words) == 1 && HoldsPassword(v.words[0]):
		return "[set]"
	}
	return strings.Join(v.words, ", ")
}

func (v Value) equal(o Value) bool {
	if v.Setting.Secrecy == Hidden {
		return v.Given() == o.Given() && (!v.Given() || v.secret.Equal(o.secret))
	}
	return strings.Join(v.words, "\x00") == strings.Join(o.words, "\x00")
}

// All returns the values in the order of the table.
func (v *Values) All() []Value { return append([]Value(nil), v.rows...) }

// get panics for a key that the table lacks: that is a mistake in this program,
// and every key is asked for at each start.
func (v *Values) get(key string, kinds ...Kind) Value {
	for _, row := range v.rows {
		if row.Setting.Key != key {
			continue
		}
		for _, k := range kinds {
			if row.Setting.Kind == k {
				return row
			}
		}
	}
	panic("settings: no such setting: " + key)
}

func (v Value) word() string {
	if len(v.words) == 0 {
		return ""
	}
	return v.words[0]
}

// Given reports whether somebody said a value for key.
func (v *Values) Given(key string) bool {
	return v.get(key, Text, Path, Store, List, Duration, Count, Switch).Given()
}

// From says where the value for key was said, as [Value] does.
func (v *Values) From(key string) string {
	return v.get(key, Text, Path, Store, List, Duration, Count, Switch).From
}

// Text returns a value of one word; "" when there is none.
func (v *Values) Text(key string) string { return v.get(key, Text, Path, Store).word() }

// List returns the words of a list.
func (v *Values) List(key string) []string {
	return append([]string(nil), v.get(key, List).words...)
}

// Duration returns a duration, 0 when there is none.
func (v *Values) Duration(key string) time.Duration {
	d, err := time.ParseDuration(v.get(key, Duration).word())
	if err != nil {
		return 0 // empty: every other word was checked
	}
	return d
}

// Count returns a number.
func (v *Values) Count(key string) int {
	n, err := strconv.Atoi(v.get(key, Count).word())
	if err != nil {
		return 0 // as in Duration
	}
	return n
}

// On returns a switch.
func (v *Values) On(key string) bool { return v.get(key, Switch).word() == "true" }

// Secret returns a secret, empty when there is none.
func (v *Values) Secret(key string) seal.Secret {
	row := v.get(key, Text)
	if row.Setting.Secrecy != Hidden {
		panic("settings: not a secret: " + key)
	}
	return row.secret
}

// newValue checks the words of one source.
func newValue(s Setting, words []string, from string) (Value, error) {
	v := Value{Setting: s, From: from}
	if s.Kind != List && len(words) != 1 {
		return v, fmt.Errorf("must be given once")
	}
	for _, w := range words {
		c, err := s.canonical(w)
		if err != nil {
			return v, err
		}
		if s.Secrecy == Hidden {
			v.secret = seal.NewSecret([]byte(c))
			return v, nil
		}
		v.words = append(v.words, c)
	}
	return v, nil
}

// Changed lists the keys whose values differ, in the order of the table.
func Changed(a, b *Values) (keys []string) {
	for i, row := range b.rows {
		if !row.equal(a.rows[i]) {
			keys = append(keys, row.Setting.Key)
		}
	}
	return keys
}

// Merge returns a with the values that b has for keys.
func Merge(a, b *Values, keys map[string]bool) *Values {
	m := &Values{File: a.File, rows: append([]Value(nil), a.rows...)}
	for i, row := range b.rows {
		if keys[row.Setting.Key] {
			m.rows[i] = row
		}
	}
	return m
}
