package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/regular"
	"github.com/axess-go/axess/internal/shellword"
)

// version is that of the file's format. A file may say "version = 1"; one that
// says more was written for a later program.
const version = 1

// maxFile bounds a configuration file.
const maxFile = 1 << 20

// readFile reads the configuration file into a value for each key it holds.
func readFile(table []Setting, path string) (map[string]Value, error) {
	text, info, err := regular.Read(path, maxFile)
	var sys *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &refusal.Error{What: "there is no configuration file " + path, Cure: "run axess config init --out " + shellword.Quote(path), Err: err}
	case errors.As(err, &sys):
		return nil, &refusal.Error{What: "the configuration file " + err.Error(), Code: refusal.Unavailable, Err: err}
	case err != nil:
		return nil, refusal.New(err.Error(), "", "add --config FILE")
	}
	tree := map[string]any{}
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, unreadable(table, path, err)
	}
	r := reader{table: table, path: path, values: map[string]Value{}}
	r.walk("", tree)
	if r.secret != "" && info.Mode().Perm()&0o077 != 0 && !onWindows {
		r.errs = append(r.errs, refusal.New(fmt.Sprintf("%s holds %s and may be read by others (mode %04o)", path, r.secret, info.Mode().Perm()),
			"whoever reads the file has the secret", "run chmod 600 "+shellword.Quote(path)))
	}
	return r.values, errors.Join(r.errs...)
}

// unreadable says where a file is no TOML. What stands there is never repeated: the
// line may be the rest of a secret, or one behind a mistyped name (CLI-008).
func unreadable(table []Setting, path string, err error) error {
	var syntax toml.ParseError
	if !errors.As(err, &syntax) {
		return refusal.New(path+" is not a configuration file", "", "run axess config init --out NEW")
	}
	line, why := syntax.Position.Line, "not TOML: NAME = VALUE is, with texts between quotes"
	// Of the parser's own texts only this one is a name of ours and no value.
	for _, s := range table {
		if _, name := s.section(); strings.HasPrefix(syntax.Message, "Key '") && strings.HasSuffix(syntax.Message, name+"' has already been defined.") {
			why = name + " stands there twice"
		}
	}
	return refusal.New(fmt.Sprintf("%s line %d: %s", path, line, why), "", fmt.Sprintf("mend line %d of %s", line, shellword.Quote(path)))
}

// reader turns the tree into values.
type reader struct {
	table  []Setting
	path   string
	values map[string]Value
	errs   []error
	secret string // a key whose secret stands in the file itself
}

func (r *reader) refuse(what, why, cure string) {
	r.errs = append(r.errs, refusal.New(r.path+": "+what, why, cure))
}

func (r *reader) walk(section string, tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		key, val := name, tree[name]
		if section != "" {
			key = section + "." + name
		}
		if sub, ok := val.(map[string]any); ok && section == "" && r.isSection(name) {
			r.walk(name, sub)
			continue
		}
		if key == "version" {
			if n, ok := val.(int64); !ok || n < 1 || n > version {
				r.refuse("it is written for another version of axess", "what it means here is not known", "write version = 1 in "+shellword.Quote(r.path))
			}
			continue
		}
		if s, ok := lookup(r.table, key); ok {
			r.take(s, val)
			continue
		}
		if base, ok := strings.CutSuffix(key, "_file"); ok {
			if s, ok := lookup(r.table, base); ok && s.Secrecy != Public {
				r.takeFile(s, val)
				continue
			}
		}
		r.unknown(key)
	}
}

func (r *reader) isSection(name string) bool {
	return slices.ContainsFunc(r.table, func(s Setting) bool { sec, _ := s.section(); return sec == name })
}

func (r *reader) unknown(key string) {
	var keys []string
	for _, s := range r.table {
		keys = append(keys, s.Key)
		if s.Secrecy != Public {
			keys = append(keys, s.Key+"_file")
		}
	}
	cure := "remove " + key + " from " + shellword.Quote(r.path)
	if near := Nearest(key, keys); near != "" {
		cure = "write " + near + " instead of " + key + " in " + shellword.Quote(r.path)
	}
	r.refuse(key+" is no setting", "what it was to change would stay as it is", cure)
}

// words turns a TOML value into words; nil when it has the wrong type.
func (s Setting) words(val any) []string {
	switch val := val.(type) {
	case string:
		if s.Kind != List && s.Kind != Count && s.Kind != Switch {
			return []string{val}
		}
	case int64:
		if s.Kind == Count {
			return []string{fmt.Sprint(val)}
		}
	case bool:
		if s.Kind == Switch {
			return []string{fmt.Sprint(val)}
		}
	case []any:
		if s.Kind != List {
			return nil
		}
		words := []string{}
		for _, item := range val {
			w, ok := item.(string)
			if !ok {
				return nil
			}
			words = append(words, w)
		}
		return words
	}
	return nil
}

func (r *reader) take(s Setting, val any) {
	bad := func(why string) {
		r.refuse(s.Key+" "+why, "", "write "+s.Key+" = "+s.quoted(s.example())+" in "+shellword.Quote(r.path))
	}
	words := s.words(val)
	if words == nil {
		bad("must be " + s.shape())
		return
	}
	v, err := newValue(s, words, "file "+r.path)
	if err != nil {
		bad(err.Error())
		return
	}
	for i, w := range v.words {
		v.words[i] = r.relative(s, w)
	}
	if s.Secrecy == Hidden || s.Secrecy == Mixed && HoldsPassword(v.word()) {
		r.secret = s.Key
	}
	r.put(s, v)
}

func (r *reader) takeFile(s Setting, val any) {
	name, ok := val.(string)
	if !ok {
		r.refuse(s.Key+"_file must be a text between quotes", "", "write "+s.Key+`_file = "FILE" in `+shellword.Quote(r.path))
		return
	}
	word, err := readValue(r.beside(name))
	if err != nil {
		r.refuse(s.Key+"_file "+err.Error(), "", "remove "+s.Key+"_file from "+shellword.Quote(r.path))
		return
	}
	v, err := newValue(s, []string{word}, "file "+r.beside(name))
	if err != nil {
		r.refuse(s.Key+"_file "+err.Error(), "", "write "+s.example()+" into "+r.beside(name))
		return
	}
	r.put(s, v)
}

func (r *reader) put(s Setting, v Value) {
	if _, twice := r.values[s.Key]; twice {
		r.refuse(s.Key+" and "+s.Key+"_file are both there", "one of the two is forgotten, and nothing says which", "remove "+s.Key+"_file from "+shellword.Quote(r.path))
		return
	}
	r.values[s.Key] = v
}

// relative makes a path one beside the file.
func (r *reader) relative(s Setting, word string) string {
	switch s.Kind {
	case Path:
		return r.beside(word)
	case Store:
		if path, ok := strings.CutPrefix(word, "sqlite:"); ok {
			return "sqlite:" + r.beside(path)
		}
	case Text, List, Duration, Count, Switch:
	}
	return word
}

func (r *reader) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.path), path)
}

// shape says what TOML type a value has.
func (s Setting) shape() string {
	switch s.Kind {
	case List:
		return "a list of texts between quotes"
	case Count:
		return "a whole number without quotes"
	case Switch:
		return "true or false without quotes"
	case Text, Path, Store, Duration:
	}
	return "a text between quotes"
}

// quoted writes a value as TOML.
func (s Setting) quoted(word string) string {
	switch s.Kind {
	case List:
		return fmt.Sprintf("[%q]", word)
	case Count, Switch:
		return word
	case Text, Path, Store, Duration:
	}
	return fmt.Sprintf("%q", word)
}
