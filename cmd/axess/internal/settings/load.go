package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/regular"
	"github.com/axess-go/axess/internal/shellword"
)

// ConfigEnv names the configuration file when no flag does.
const ConfigEnv = "AXESS_CONFIG"

// credentials is where systemd puts what LoadCredential= and
// SetCredentialEncrypted= name.
const credentials = "CREDENTIALS_DIRECTORY"

// maxValue bounds a file that holds one value.
const maxValue = 64 << 10

// Input is where values come from.
type Input struct {
	Flags map[string][]string // by name without dashes, those that were given
	File  string              // configuration file; empty: what AXESS_CONFIG names, or none
	// Getenv and Unsetenv are those of package os. Unsetenv may be nil.
	Getenv   func(name string) (string, bool)
	Unsetenv func(name string) error
}

// Load finds the value of every setting. The error joins a [refusal.Error] for
// each problem; none repeats a value that could be a secret.
func Load(in Input) (*Values, error) {
	return load(Table(), in)
}

func load(table []Setting, in Input) (*Values, error) {
	v := &Values{File: in.File}
	if v.File == "" {
		v.File = in.env(ConfigEnv)
	}
	written := map[string]Value{}
	var errs []error
	if v.File != "" {
		var err error
		if written, err = readFile(table, v.File); err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range table {
		val, err := in.find(s, written, v.File)
		if err != nil {
			errs = append(errs, err)
		}
		v.rows = append(v.rows, val)
	}
	return v, errors.Join(errs...)
}

// find settles one setting: flag, environment, file, default.
func (in Input) find(s Setting, written map[string]Value, file string) (Value, error) {
	env, hasEnv, err := in.environment(s)
	if err != nil {
		return env, err
	}
	if words, ok := in.Flags[s.Flag()]; ok && s.Flag() != "" {
		if s.Secrecy == Mixed && HoldsPassword(words[0]) {
			return Value{Setting: s, From: "default"}, leaked(s, words[0])
		}
		v, err := newValue(s, words, "flag --"+s.Flag())
		if err != nil {
			return v, &refusal.Error{What: "--" + s.Flag() + " " + err.Error(), Cure: "add --" + s.Flag() + " " + s.like(words[0]), Code: refusal.Usage}
		}
		return v, nil
	}
	inFile, hasFile := written[s.Key]
	switch {
	case hasEnv && hasFile && !env.equal(inFile):
		cure := "unset " + strings.TrimPrefix(env.From, "env ")
		if strings.HasPrefix(env.From, "credential ") {
			cure = "remove " + s.Key + " from " + shellword.Quote(file)
		}
		return env, refusal.New(fmt.Sprintf("%s is one thing in %s and another in %s", s.Key, env.From, inFile.From),
			"one of the two is forgotten, and nothing says which", cure)
	case hasEnv:
		return env, nil
	case hasFile:
		return inFile, nil
	}
	v := Value{Setting: s, From: "default"}
	if s.Default != "" {
		if v, err = newValue(s, []string{s.Default}, "default"); err != nil {
			return v, fmt.Errorf("settings: default of %s: %w", s.Key, err)
		}
	}
	return v, nil
}

// environment looks at the variable, the file that a variable names, and the
// credentials of the service. More than one of them is refused.
func (in Input) environment(s Setting) (Value, bool, error) {
	var found []Value
	add := func(word, from, cure string) error {
		words := []string{word}
		if s.Kind == List {
			words = strings.FieldsFunc(word, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
		}
		v, err := newValue(s, words, from)
		if err != nil {
			return refusal.New(from+" "+err.Error(), "", cure)
		}
		found = append(found, v)
		return nil
	}
	if word := in.env(s.Env()); word != "" {
		if s.Secrecy != Public && in.Unsetenv != nil {
			if err := in.Unsetenv(s.Env()); err != nil {
				return Value{}, false, fmt.Errorf("settings: %s could not be unset: %w", s.Env(), err)
			}
		}
		if err := add(word, "env "+s.Env(), "set "+s.Env()+"="+s.like(word)); err != nil {
			return Value{Setting: s}, false, err
		}
	}
	type named struct{ path, from, cure string }
	files := []named{}
	if path := in.env(s.Env() + "_FILE"); path != "" {
		files = append(files, named{path, "env " + s.Env() + "_FILE", "unset " + s.Env() + "_FILE"})
	}
	if dir := in.env(credentials); dir != "" && s.Secrecy != Public {
		path := filepath.Join(dir, s.Key)
		if _, err := os.Lstat(path); err == nil {
			files = append(files, named{path, "credential " + s.Key, "write " + s.example() + " into " + shellword.Quote(path)})
		}
	}
	for _, f := range files {
		word, err := readValue(f.path)
		if err != nil {
			return Value{Setting: s}, false, refusal.New(f.from+": "+err.Error(), "", f.cure)
		}
		if err := add(word, f.from, f.cure); err != nil {
			return Value{Setting: s}, false, err
		}
	}
	switch len(found) {
	case 0:
		return Value{Setting: s, From: "default"}, false, nil
	case 1:
		return found[0], true, nil
	}
	return found[0], true, refusal.New(fmt.Sprintf("%s is given by %s and by %s", s.Key, found[0].From, found[1].From),
		"one of the two is forgotten, and nothing says which", "unset "+strings.TrimPrefix(found[0].From, "env "))
}

// env treats an empty variable as none: that is how compose files leave one out.
func (in Input) env(name string) string {
	if in.Getenv == nil {
		return ""
	}
	word, _ := in.Getenv(name)
	return word
}

// readValue reads a file that holds one value, which may end with a line break.
func readValue(path string) (string, error) {
	text, _, err := regular.Read(path, maxValue)
	switch {
	case err != nil:
		return "", err
	case len(strings.TrimRight(string(text), "\r\n")) == 0:
		return "", fmt.Errorf("%s is empty", path)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

func leaked(s Setting, word string) error {
	own := ""
	if EngineOf(word) == Postgres {
		own = "; the driver's own password file works too"
	}
	return refusal.New("--"+s.Flag()+" holds a password", "process lists and the shell's history show it to others",
		fmt.Sprintf("remove --%s, then set %s=… or %s_FILE=…, or %s_file in the configuration file, or a file %s in $%s",
			s.Flag(), s.Env(), s.Env(), s.Key, s.Key, credentials)+own)
}

// like is a value that is allowed, of the kind that somebody meant.
func (s Setting) like(word string) string {
	if e := EngineOf(word); e.Served() && slices.Contains(s.Engines, e) {
		return e.Example()
	}
	return s.example()
}

// example is a value that is allowed.
func (s Setting) example() string {
	switch {
	case s.Default != "":
		return s.Default
	case len(s.OneOf) > 0:
		return s.OneOf[0]
	}
	switch s.Kind {
	case Duration:
		return "24h"
	case Count:
		return "10"
	case Switch:
		return "true"
	case Store:
		if len(s.Engines) == 1 {
			return s.Engines[0].Example()
		}
		return SQLite.Example()
	case Text, Path, List:
	}
	return "text"
}
