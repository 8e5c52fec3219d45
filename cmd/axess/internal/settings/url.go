package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Engine is a kind of store.
type Engine string

// The kinds. The last three are servers, which several processes may share.
const (
	Memory   Engine = "memory"
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
	MySQL    Engine = "mysql"
	Valkey   Engine = "valkey"
)

// Served reports whether the store is a server.
func (e Engine) Served() bool { return e == Postgres || e == MySQL || e == Valkey }

// Example is a value of the kind that says nothing of anybody's.
func (e Engine) Example() string {
	switch e {
	case Memory:
		return "memory"
	case Postgres:
		return "postgres://USER@HOST/DATABASE"
	case MySQL:
		return "mysql://USER@HOST/DATABASE"
	case Valkey:
		return "valkeys://USER@HOST"
	case SQLite:
	}
	return "sqlite:axess.db"
}

// Private is an [Engine.Example] on another machine, which is talked to over TLS.
func (e Engine) Private() string {
	switch e {
	case Postgres:
		return e.Example() + "?sslmode=verify-full"
	case MySQL:
		return e.Example() + "?tls=true"
	case Memory, SQLite, Valkey:
	}
	return e.Example()
}

// schemes are how the URLs of servers begin.
func schemes() map[string]Engine {
	return map[string]Engine{
		"postgres": Postgres, "postgresql": Postgres, "mysql": MySQL, "mariadb": MySQL,
		"valkey": Valkey, "valkeys": Valkey, "redis": Valkey, "rediss": Valkey,
	}
}

// driverForm is how the driver of MySQL spells it: user:password@tcp(host:port)/database?a=b.
var driverForm = regexp.MustCompile(`^(.*@)?(tcp|unix)\(([^()]*)\)/([^/?]*)(\?.*)?$`)

// inDriverForm returns the parts of a name in that form, nil for any other.
func inDriverForm(word string) []string {
	if strings.Contains(word, "://") {
		return nil
	}
	return driverForm.FindStringSubmatch(word)
}

// EngineOf says which kind a data source name names; empty is SQLite in the data
// directory.
func EngineOf(word string) Engine {
	scheme, _, isURL := strings.Cut(word, "://")
	switch e, known := schemes()[scheme]; {
	case word == "memory":
		return Memory
	case isURL && known:
		return e
	case inDriverForm(word) != nil:
		return MySQL
	}
	return SQLite
}

// sourceName checks a data source name, which is of one of the kinds. The error
// never repeats it: it may hold a password, and one that was not escaped can be in
// any part of it.
func sourceName(word string, kinds []Engine) error {
	path, file := strings.CutPrefix(word, "sqlite:")
	e := EngineOf(word)
	switch {
	case file && strings.HasPrefix(path, "//"):
		return fmt.Errorf("must be sqlite:PATH, without // before the path")
	case !slices.Contains(kinds, e), e == SQLite && path == "", e == SQLite && !file:
		return fmt.Errorf("must be %s", either(forms(kinds)))
	case e.Served() && inDriverForm(word) == nil:
		return serverURL(word, e)
	}
	return nil
}

func forms(kinds []Engine) (list []string) {
	for _, e := range kinds {
		if e == SQLite {
			list = append(list, "sqlite:PATH")
			continue
		}
		list = append(list, e.Example())
	}
	return list
}

// parseURL reads a URL that may name several hosts, of which it keeps the first:
// net/url knows one.
func parseURL(word string) (*url.URL, error) {
	scheme, rest, _ := strings.Cut(word, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@') + 1
	first, _, _ := strings.Cut(rest[at:end], ",")
	return url.Parse(scheme + "://" + rest[:at] + first + rest[end:])
}

func serverURL(word string, e Engine) error {
	u, err := parseURL(word)
	switch {
	case err != nil || strings.Contains(u.EscapedPath()+u.RawQuery, "@") || u.Fragment != "" || strings.HasSuffix(word, "#"):
		return fmt.Errorf("must be a URL such as %s, in which a password has %%40 for @, %%2F for /, %%3F for ? and %%23 for #", e.Example())
	case u.Host == "" && (u.RawQuery == "" || e == Valkey):
		return fmt.Errorf("must name a host, as in %s", e.Example())
	}
	return nil
}

// ServerName is what people may read of a data source name: neither user nor
// password nor parameters.
func ServerName(word string) string {
	if !EngineOf(word).Served() {
		return word
	}
	if in := inDriverForm(word); in != nil {
		return string(MySQL) + "://" + in[3] + "/" + in[4]
	}
	scheme, rest, _ := strings.Cut(word, "://")
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}

// passwordIn finds the forms in which data source names carry one: user:password@
// and password=.
var passwordIn = regexp.MustCompile(`(?i)([^/@\s:]*:[^/@\s]+@)|(passw(or)?d|pwd)\s*=`)

// HoldsPassword reports whether a password may be part of a data source name. What
// is in doubt is one.
func HoldsPassword(word string) bool {
	if strings.HasPrefix(word, "sqlite:") {
		return false
	}
	if u, err := parseURL(word); strings.Contains(word, "://") && (err != nil || strings.Contains(u.EscapedPath()+u.RawQuery+u.Fragment, "@")) {
		return true
	}
	if in := inDriverForm(word); in != nil && strings.Contains(in[1], ":") {
		return true
	}
	return passwordIn.MatchString(word)
}
