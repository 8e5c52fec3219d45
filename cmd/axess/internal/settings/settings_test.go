package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// world is where values come from in a test.
type world struct {
	dir   string
	env   map[string]string
	flags map[string][]string
	unset []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{dir: t.TempDir(), env: map[string]string{}, flags: map[string][]string{}}
}

func (w *world) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) input() Input {
	return Input{
		Flags: w.flags, File: filepath.Join(w.dir, "axess.toml"),
		Getenv:   func(n string) (string, bool) { v, ok := w.env[n]; return v, ok },
		Unsetenv: func(n string) error { w.unset = append(w.unset, n); delete(w.env, n); return nil },
	}
}

// load reads a file, which is written first.
func (w *world) load(t *testing.T, toml string) (*Values, error) {
	t.Helper()
	w.file(t, "axess.toml", toml)
	return Load(w.input())
}

func (w *world) must(t *testing.T, toml string) *Values {
	t.Helper()
	v, err := w.load(t, toml)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// CLI-006: flag, environment, file, default; each says where it came from.
func TestLoad_order(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(want, from string, toml string) {
		t.Helper()
		v := w.must(t, toml)
		row := v.get("addr", Text)
		if v.Text("addr") != want || row.From != from {
			t.Errorf("%q from %q, want %q from %q", v.Text("addr"), row.From, want, from)
		}
	}
	ask("localhost:8080", "default", "")
	file := `addr = "localhost:1"`
	ask("localhost:1", "file "+filepath.Join(w.dir, "axess.toml"), file)
	w.env["AXESS_ADDR"] = "localhost:2"
	ask("localhost:2", "env AXESS_ADDR", "")
	w.flags["addr"] = []string{"localhost:3"}
	ask("localhost:3", "flag --addr", file) // environment and file differ, and the flag decides
}

// CLI-006: nothing is guessed between an environment and a file that disagree.
func TestLoad_refuses_two_values(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ key, toml, env string }{
		{"addr", `addr = "localhost:1"`, "localhost:2"},
		{"session.idle", "[session]\nidle = \"1h\"", "61m"},
		{"mail.password", "[mail]\npassword = \"a-secret-1\"", "a-secret-2"},
		{"trusted_proxies", `trusted_proxies = ["10.0.0.0/8"]`, "10.0.0.0/9"},
	} {
		t.Run(tc.key, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s, _ := lookup(Table(), tc.key)
			w.env[s.Env()] = tc.env
			_, err := w.load(t, tc.toml)
			wantRefusal(t, err, tc.key, "unset "+s.Env())
			if strings.Contains(err.Error(), "a-secret") {
				t.Error("the refusal tells the secret")
			}
		})
	}
	w := newWorld(t)
	w.env["AXESS_SESSION_IDLE"] = "60m"
	if got := w.must(t, "[session]\nidle = \"1h\"").Duration("session.idle"); got != time.Hour {
		t.Error(got) // the same in two spellings is no disagreement
	}
}

func wantRefusal(t *testing.T, err error, parts ...string) {
	t.Helper()
	var r *refusal.Error
	if !errors.As(err, &r) || r.Cure == "" {
		t.Fatalf("no refusal with a cure: %v", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("no %q in %q", p, err)
		}
	}
}

// CLI-006: what is not understood is refused, and says what was probably meant.
func TestLoad_is_strict(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, toml, part string }{
		{"misspelt key", `adr = "localhost:1"`, "write addr instead of adr"},
		{"misspelt in section", "[mail]\nhots = \"x\"", "write mail.host instead of mail.hots"},
		{"misspelt section", "[mial]\nhost = \"x\"", "mial"},
		{"section for a key", "[addr]\nx = 1", "addr must be a text"},
		{"nothing near", `frobnicate = 1`, "remove frobnicate"},
		{"number for text", `addr = 8080`, "addr must be a text"},
		{"text for number", "[session]\nlimit = \"5\"", "session.limit must be a whole number"},
		{"negative", "[session]\nlimit = -1", "0 or more"},
		{"text for list", `trusted_proxies = "10.0.0.0/8"`, "trusted_proxies must be a list"},
		{"mixed list", `trusted_proxies = ["10.0.0.0/8", 1]`, "trusted_proxies must be a list"},
		{"not one of", `profile = "production"`, "development, standard or regulated"},
		{"no duration", "[session]\nidle = \"soon\"", "24h"},
		{"no store", `dsn = "oracle:x"`, "memory, sqlite:PATH, postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE or valkeys://USER@HOST"},
		{"a server of no kind", `dsn = "oracle://db/app"`, "memory, sqlite:PATH, postgres"},
		{"a path without its kind", `dsn = "/var/lib/app.db"`, "sqlite:PATH"},
		{"a path with a host", `dsn = "sqlite://app.db"`, "without //"},
		{"no path", `dsn = "sqlite:"`, "sqlite:PATH"},
		{"no server", `dsn = "postgres://"`, "must name a host"},
		{"no server of MySQL", `dsn = "mysql:///app"`, "must name a host, as in mysql://USER@HOST/DATABASE"},
		{"no server of Valkey", `dsn = "valkeys://?cacert=ca.pem"`, "must name a host, as in valkeys://USER@HOST"},
		{"sessions in a database", `sessions = "postgres://db/app"`, "sessions must be valkeys://USER@HOST"},
		{"sessions in memory", `sessions = "memory"`, "sessions must be valkeys://USER@HOST"},
		{"a password that is not escaped", `dsn = "postgres://u:12/secret@db/app"`, "%40 for @"},
		{"control characters", `name = "a\u001b[2J"`, "control characters"},
		{"later version", `version = 2`, "another version"},
		{"no TOML", "addr = \"localhost:1\"\nname = axess", "line 2"},
		{"twice", "addr = \"a:1\"\naddr = \"a:2\"", "line 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := newWorld(t).load(t, tc.toml)
			wantRefusal(t, err, tc.part)
			if strings.Contains(err.Error(), "\x1b") {
				t.Error("the refusal steers the terminal")
			}
		})
	}
	if _, err := newWorld(t).load(t, "version = 1"); err != nil {
		t.Error(err)
	}
	w := newWorld(t)
	_, err := Load(w.input())
	wantRefusal(t, err, "run axess config init --out")
}

// All problems come at once.
func TestLoad_lists_every_problem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["AXESS_LOG_LEVEL"] = "loud"
	_, err := w.load(t, "adr = 1\nprofile = \"x\"")
	wantRefusal(t, err, "adr", "profile", "AXESS_LOG_LEVEL")
}

// CLI-008: a secret has no flag, and is not told by anything that prints values.
func TestLoad_secret(t *testing.T) {
	t.Parallel()
	const secret = "correct horse"
	for _, tc := range []struct {
		name string
		from string
		set  func(t *testing.T, w *world) (toml string)
	}{
		{"environment", "env AXESS_MAIL_PASSWORD", func(_ *testing.T, w *world) string {
			w.env["AXESS_MAIL_PASSWORD"] = secret
			return ""
		}},
		{"file of the environment", "env AXESS_MAIL_PASSWORD_FILE", func(t *testing.T, w *world) string {
			w.env["AXESS_MAIL_PASSWORD_FILE"] = w.file(t, "pw", secret+"\n")
			return ""
		}},
		{"credential", "credential mail.password", func(t *testing.T, w *world) string {
			w.file(t, "mail.password", secret+"\r\n")
			w.env["CREDENTIALS_DIRECTORY"] = w.dir
			return ""
		}},
		{"configuration", "file ", func(_ *testing.T, _ *world) string { return "[mail]\npassword = \"" + secret + "\"" }},
		{"file of the configuration", "file ", func(t *testing.T, w *world) string {
			w.file(t, "pw", secret)
			return "[mail]\npassword_file = \"pw\"" // beside the configuration
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := w.must(t, tc.set(t, w))
			if got := string(v.Secret("mail.password").Reveal()); got != secret {
				t.Errorf("%q", got)
			}
			row := v.get("mail.password", Text)
			if !strings.HasPrefix(row.From, tc.from) || row.String() != "[set]" {
				t.Errorf("%q from %q", row, row.From)
			}
			if all := fmt.Sprintf("%v %+v %#v", v, v, v.All()); strings.Contains(all, secret) || strings.Contains(all, fmt.Sprint([]byte(secret))) {
				t.Error("printing the values tells the secret")
			}
		})
	}
	for _, s := range Table() {
		if s.Secrecy == Hidden && s.Flag() != "" {
			t.Errorf("%s has a flag", s.Key)
		}
	}
}

// CLI-008: no child process inherits a secret; what is no secret stays.
func TestLoad_unsets_secrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maps.Copy(w.env, map[string]string{"AXESS_MAIL_PASSWORD": "x", "AXESS_DSN": "memory", "AXESS_ADDR": "localhost:1"})
	v := w.must(t, "")
	if len(w.unset) != 2 || w.env["AXESS_ADDR"] == "" || v.Text("dsn") != "memory" {
		t.Errorf("unset %q", w.unset)
	}
}

// CLI-008: a password in a flag is refused, with the places where it may stand.
func TestLoad_refuses_a_password_in_a_flag(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"postgres://app:hunter2@db/app", "mysql://app:hunter2@db/app", "valkeys://:hunter2@a,b", "app:hunter2@tcp(db)/app", "app:hun/ter2@tcp(db)/app", "app:h@tcp(hunter2@tcp(db)/app", "app:@hunter2@unix(/run/s)/app?tls=true", "host=db password=hunter2", "redis://:hunter2@db", "postgres://app:12/hunter2@db/app", "postgres://app@db/app?password=hunter2"} {
		w := newWorld(t)
		w.flags["dsn"] = []string{dsn}
		_, err := w.load(t, "")
		wantRefusal(t, err, "AXESS_DSN", "AXESS_DSN_FILE", "dsn_file", "$CREDENTIALS_DIRECTORY")
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the refusal tells the password: %v", err)
		}
	}
}

// CLI-004, CLI-008: the URL of a database server is taken as it is, and is shown
// unless a password may be in it.
func TestLoad_server(t *testing.T) {
	t.Parallel()
	for dsn, shown := range map[string]string{
		"postgres://app@db.internal:5432/app?sslmode=verify-full": "postgres://app@db.internal:5432/app?sslmode=verify-full",
		"postgresql://db/app":                "postgresql://db/app",
		"postgres:///app?host=/run/postgres": "postgres:///app?host=/run/postgres",
		"postgres://app@a:1,b:2/x%40y":       "postgres://app@a:1,b:2/x%40y",
		"postgres://app:hunter2@db/app":      "[set]",
		"postgres://app@db/app?PASSWORD=x":   "[set]",
		"mysql://app@db:3307/app?tls=true":   "mysql://app@db:3307/app?tls=true",
		"mysql:///app?socket=/run/mysqld.s":  "mysql:///app?socket=/run/mysqld.s",
		"mariadb://app:hunter2@db/app":       "[set]",
		"app@tcp(db:3306)/app?tls-ca=/a/b":   "app@tcp(db:3306)/app?tls-ca=/a/b",
		"app:hun/ter2@unix(/run/s)/app":      "[set]",
		"valkeys://app@a:6379,b:6379,[::1]":  "valkeys://app@a:6379,b:6379,[::1]",
		"redis://:hunter2@127.0.0.1:6379/3":  "[set]",
	} {
		w := newWorld(t)
		w.env["AXESS_DSN"] = dsn
		v := w.must(t, "")
		if got := v.get("dsn", Store).String(); v.Text("dsn") != dsn || got != shown || v.From("dsn") != "env AXESS_DSN" {
			t.Errorf("%s: %s is shown as %s", dsn, v.Text("dsn"), got)
		}
	}
}

// CLI-004: what is shown of the place of the data names neither user nor password.
func TestServerName(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]struct {
		engine Engine
		name   string
	}{
		"":                                   {SQLite, ""},
		"memory":                             {Memory, "memory"},
		"sqlite:a/b.db":                      {SQLite, "sqlite:a/b.db"},
		"postgresql://ada:pw@db:1/app?a=b":   {Postgres, "postgresql://db:1/app"},
		"mariadb://ada:p%40w@db/app":         {MySQL, "mariadb://db/app"},
		"ada:p@w/x@tcp(db:1)/app?tls-ca=/x":  {MySQL, "mysql://db:1/app"},
		"tcp(db:1)/app":                      {MySQL, "mysql://db:1/app"},
		"rediss://:pw@a:1,b:2?cacert=ca.pem": {Valkey, "rediss://a:1,b:2"},
		"valkey://ada@[::1]:1/3":             {Valkey, "valkey://[::1]:1/3"},
	} {
		if e, n := EngineOf(dsn), ServerName(dsn); e != want.engine || n != want.name {
			t.Errorf("%s: %s %q", dsn, e, n)
		}
	}
}

// A secret in a file that others may read, a file that is missing or empty, and a
// syntax error beside a secret.
func TestLoad_secret_refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.file(t, "axess.toml", "[mail]\npassword = \"hunter2\"")
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // the fault that is refused
		t.Fatal(err)
	}
	_, err := Load(w.input())
	wantRefusal(t, err, "run chmod 600 "+path)
	for _, toml := range []string{"[mail]\npassword = hunter2", "[mail]\npassword = \"hunter2\\q\"", "[mail]\npassword = [\"hunter2\"]", "dsn = \"x:hunter2@y\"", "dsn = \"postgres://x:1/hunter2@y\"", "dsn = \"postgres://x:hunter2#@y\"", "dsn = \"postgres://x:1?hunter2@y\"", "[mail]\npassword = 0987650"} {
		_, err := newWorld(t).load(t, toml)
		wantRefusal(t, err)
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "0987650") {
			t.Errorf("the refusal tells the secret: %v", err)
		}
	}
	w = newWorld(t)
	w.env["AXESS_MAIL_PASSWORD_FILE"] = filepath.Join(w.dir, "nothing")
	_, err = w.load(t, "")
	wantRefusal(t, err, "AXESS_MAIL_PASSWORD_FILE")
	w.env["AXESS_MAIL_PASSWORD_FILE"] = w.file(t, "pw", "\n")
	_, err = w.load(t, "")
	wantRefusal(t, err, "empty")
	w.env["AXESS_MAIL_PASSWORD"] = "x"
	w.file(t, "pw", "y")
	_, err = w.load(t, "")
	wantRefusal(t, err, "AXESS_MAIL_PASSWORD and by env AXESS_MAIL_PASSWORD_FILE")
}

// CLI-007: a path in the file is relative to the file; elsewhere to the process.
func TestLoad_relative_paths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["AXESS_KEYS"] = "b/k"
	v := w.must(t, "data = \"a\"\ndsn = \"sqlite:x/app.db\"")
	for key, want := range map[string]string{
		"data": filepath.Join(w.dir, "a"), "dsn": "sqlite:" + filepath.Join(w.dir, "x", "app.db"), "keys": "b/k",
	} {
		if got := v.Text(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
}

// One table: names do not clash, and none is what Kubernetes injects. CLI-006
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, s := range Table() {
		for _, name := range []string{"--" + s.Flag(), s.Env(), s.Env() + "_FILE"} {
			if other := seen[name]; other != "" && name != "--" {
				t.Errorf("%s and %s are both %s", s.Key, other, name)
			}
			seen[name] = s.Key
		}
		if strings.HasPrefix(s.Key, "port") || strings.HasPrefix(s.Key, "service") {
			t.Errorf("AXESS_PORT and AXESS_SERVICE_… belong to Kubernetes: %s", s.Key)
		}
		if s.Default != "" {
			if _, err := s.canonical(s.Default); err != nil {
				t.Errorf("default of %s: %v", s.Key, err)
			}
		}
		if s.Help == "" || s.Secrecy != Hidden && s.Kind != Switch && strings.Count(s.Help, "`") != 2 {
			t.Errorf("%s: help does not name its value", s.Key)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"serve", "version", "config"}
	for typed, want := range map[string]string{"sevre": "serve", "serv": "serve", "versoin": "version", "conf": "config", "frobnicate": "", "": "", strings.Repeat("s", 1<<20): ""} {
		if got := Nearest(typed, words); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", typed, got, want)
		}
	}
}

// Whatever stands in the configuration file, it is read or refused in lines of text
// without any control character, and a default stays a default. FUZ-F28
func FuzzReadFile(f *testing.F) {
	f.Add("addr = \"localhost:1\"\n[mail]\npassword = \"hunter2\"")
	f.Add("mail = { host = \"x\", password_file = \"/\" }")
	f.Add("a.b.c = 1\n[[mail]]\nhost = 1")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "axess.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := Load(Input{File: path})
		if err == nil && v.Text("addr") == "" && v.get("addr", Text).From == "default" {
			t.Error("the default is gone")
		}
		for _, r := range fmt.Sprint(err) {
			if r < ' ' && r != '\n' {
				t.Errorf("%q in the refusal", r)
			}
		}
	})
}
