package main

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/logtest"
)

// patient is a command that is refused, and what its cures change.
type patient struct {
	dir  string
	args []string
	env  map[string]string
	left *sync.WaitGroup // servers that came up and have been told to stop
}

// attempt runs the command; a server that comes up is stopped.
func (pt *patient) attempt(t *testing.T) (code int, stderr string) {
	t.Helper()
	// A production server stays for its load balancer after it was stopped: that
	// is waited for at the end, for all at once.
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	var errs, out logtest.Buffer
	done := make(chan int, 1)
	pt.left.Go(func() {
		defer stop()
		done <- run(ctx, testProcess(maps.Clone(pt.env), &out, &errs, pt.args...))
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case code := <-done:
			return code, errs.String()
		case <-tick.C:
			if strings.Contains(errs.String(), "is ready") {
				stop()
				return refusal.OK, errs.String()
			}
		}
	}
}

var oneOf = regexp.MustCompile(`, or .*$`)

// words are what a shell makes of a step.
func words(t *testing.T, step string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\0' `+step).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", step, err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// take carries out a cure as it is printed: of several the first.
func (pt *patient) take(t *testing.T, cure string) {
	t.Helper()
	for step := range strings.SplitSeq(oneOf.ReplaceAllString(cure, ""), ", then ") {
		var said []string
		for _, w := range words(t, step) {
			if w == "DIRECTORY" || w == "FILE" || w == "axess.keys" || strings.HasPrefix(w, "NEW.") {
				w = filepath.Join(pt.dir, w) // the cure stands for the person's own choice
			}
			said = append(said, w)
		}
		verb, rest := said[0], said[1:]
		inFile := func(change func(text string) string) {
			path := said[len(said)-1]
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(change(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		name := func(key string) string { return key[strings.LastIndex(key, ".")+1:] }
		switch {
		case verb == "add":
			for len(rest) > 0 {
				n := 1
				if len(rest) > 1 && !strings.HasPrefix(rest[1], "--") {
					n = 2
				}
				pt.drop(rest[0])
				pt.args = append(pt.args, rest[:n]...)
				rest = rest[n:]
			}
		case verb == "remove" && strings.HasPrefix(rest[0], "--"):
			for _, flag := range rest {
				pt.drop(flag)
			}
		case verb == "remove" && rest[1] == "from":
			inFile(func(s string) string {
				return regexp.MustCompile(`(?m)^`+name(rest[0])+` *=.*$`).ReplaceAllString(s, "")
			})
		case verb == "unset":
			delete(pt.env, rest[0])
		case verb == "set":
			n, v, _ := strings.Cut(rest[0], "=")
			pt.env[n] = v
		case verb == "write" && slices.Contains(rest, "instead"):
			inFile(func(s string) string { return strings.Replace(s, name(rest[3]), name(rest[0]), 1) })
		case verb == "write" && rest[1] == "=":
			_, value, _ := strings.Cut(step, " = ")
			value = value[:strings.LastIndex(value, " in ")]
			inFile(func(s string) string {
				return regexp.MustCompile(`(?m)^`+name(rest[0])+` *=.*$`).ReplaceAllString(s, name(rest[0])+" = "+value)
			})
		case verb == "write" && rest[1] == "into":
			inFile(func(string) string { return rest[0] })
		case verb == "restore":
			text, err := os.ReadFile(rest[0] + ".backup")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(rest[0], text, 0o600); err != nil {
				t.Fatal(err)
			}
		case verb == "take": // a backup
		case verb == "run" && rest[0] == "axess":
			if code, _, errs := callWith(t, t.Context(), pt.env, rest[1:]...); code != refusal.OK {
				t.Fatalf("%q: exit %d:\n%s", step, code, errs)
			}
		case verb == "run":
			if out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.TrimPrefix(step, "run ")).CombinedOutput(); err != nil {
				t.Fatalf("%q: %v\n%s", step, err, out)
			}
		default:
			t.Fatalf("nobody can do this: %q", step)
		}
	}
}

// drop takes a flag and its value away.
func (pt *patient) drop(flag string) {
	i := slices.Index(pt.args, flag)
	if i < 0 {
		return
	}
	n := 1
	if i+1 < len(pt.args) && !strings.HasPrefix(pt.args[i+1], "--") {
		n = 2
	}
	pt.args = slices.Delete(pt.args, i, i+n)
}

// PRD-006, CLI-024: for every refusal the printed cure is carried out, and the
// refusal is gone.
func TestRefusals_are_cured_by_what_they_print(t *testing.T) {
	t.Parallel()
	const production = "--origin https://localhost --profile standard --keys DIR/k --sign-up closed --mail-host smtp.example.com --mail-from a@example.com"
	regulated := strings.Replace(production, "standard", "regulated", 1)
	keyFile := func(t *testing.T, pt *patient) {
		if code, _, errs := call(t, t.Context(), "keys", "init", "--out", filepath.Join(pt.dir, "k")); code != 0 {
			t.Fatal(errs)
		}
	}
	write := func(name, text string) func(*testing.T, *patient) {
		return func(t *testing.T, pt *patient) {
			if err := os.WriteFile(filepath.Join(pt.dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	with := func(more ...func(*testing.T, *patient)) func(*testing.T, *patient) {
		return func(t *testing.T, pt *patient) {
			for _, m := range more {
				m(t, pt)
			}
		}
	}
	env := func(name, value string) func(*testing.T, *patient) {
		return func(_ *testing.T, pt *patient) { pt.env[name] = strings.ReplaceAll(value, "DIR", pt.dir) }
	}
	mode := func(name string, m os.FileMode) func(*testing.T, *patient) {
		return func(t *testing.T, pt *patient) {
			if err := os.Chmod(filepath.Join(pt.dir, name), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	pipe := func(name string) func(*testing.T, *patient) {
		return func(t *testing.T, pt *patient) {
			if out, err := exec.CommandContext(t.Context(), "mkfifo", filepath.Join(pt.dir, name)).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	dir := t.TempDir()
	var left sync.WaitGroup
	t.Cleanup(left.Wait)
	for i, tc := range []struct {
		name, args string
		before     func(*testing.T, *patient)
		code       int
		what       string // of the refusal, as it begins a line
	}{
		{"origin", "serve --memory --origin app.example.com", nil, 4, "Origin: "},
		{"http origin", "serve --memory --origin http://app.example.com", nil, 4, "Origin: "},
		{"extra origin", "serve --memory --extra-origins x", nil, 4, "ExtraOrigins: "},
		{"memory outside development", "serve --dsn memory --data DIR " + production, keyFile, 4, "Stores: "},
		{"development elsewhere", "serve --memory --profile development --origin https://app.example.com", nil, 4, "Profile: "},
		{"no keys", "serve --data DIR " + strings.Replace(production, "--keys DIR/k", "", 1), nil, 4, "Keys: "},
		{"no mail", "serve --data DIR --origin https://app.example.com --sign-up closed --keys DIR/k", keyFile, 4, "Mail: "},
		{"half a mail server", "serve --memory --mail-host smtp.example.com", nil, 4, "mail.host is set and mail.from is not"},
		{"the other half", "serve --memory --mail-from a@example.com", nil, 4, "mail.from is set and mail.host is not"},
		{"not an address", "serve --memory --mail-host smtp.example.com --mail-from nobody", nil, 4, "smtp: "},
		{"mail user without password", "serve --memory --mail-host smtp.example.com --mail-from a@example.com --mail-user me", nil, 4, "mail.user is set and mail.password is not"},
		{"no list of passwords", "serve --memory --passwords-file DIR/nothing", nil, 4, "the list of passwords cannot be read: "},
		{"a service without TLS", "serve --memory --passwords-range http://mirror.example/range/", nil, 4, "passwords.range cannot be asked: "},
		{"sign-up not stated", "serve --data DIR " + strings.Replace(production, "--sign-up closed", "", 1), keyFile, 4, "SignUp: "},
		{"timeouts", "serve --memory --session-idle 48h --session-absolute 1h", nil, 4, "Timeouts: "},
		{"session limit", "serve --memory --session-limit 5000", nil, 4, "SessionLimit: "},
		{"proxies", "serve --memory --trusted-proxies 0.0.0.0/0", nil, 4, "Proxies: "},
		{"name", "serve --memory --name " + strings.Repeat("x", 65), nil, 4, "Brand: "},
		{"regulated single node", "serve --data DIR --single-node x " + regulated, keyFile, 4, "SingleNode: "},
		{"regulated insecure listen", "serve --data DIR --insecure-dev-listen x " + regulated, keyFile, 4, "InsecureDevListen: "},
		{"regulated migrate", "serve --data DIR --migrate " + regulated, keyFile, 4, "Migrate: "},
		{"regulated keys beside the data", "serve --data DIR " + regulated, keyFile, 4, "the keys lie with the data"},
		{"keys of another database", "serve --data DIR", func(t *testing.T, pt *patient) {
			s := serving(t, nil, "--addr", "127.0.0.1:0", "--data", pt.dir)
			// Somebody begins to sign up, which makes a session.
			beginSession(t, s.site(t))
			s.end(t)
			file := filepath.Join(pt.dir, "axess.keys")
			if err := os.Rename(file, file+".backup"); err != nil {
				t.Fatal(err)
			}
			if code, _, errs := call(t, t.Context(), "keys", "init", "--out", file); code != 0 {
				t.Fatal(errs)
			}
		}, 4, "Keys: "},
		{"key file lost", "serve --data DIR", func(t *testing.T, pt *patient) {
			serving(t, nil, "--addr", "127.0.0.1:0", "--data", pt.dir).end(t)
			file := filepath.Join(pt.dir, "axess.keys")
			if err := os.Rename(file, file+".backup"); err != nil {
				t.Fatal(err)
			}
		}, 4, "Keys: "},
		{"password in a flag", "serve --dsn postgres://axess:a-long-secret@127.0.0.1:1/x --data DIR", nil, 4, "--dsn holds a password"},
		{"database server of no name", "config check", env("AXESS_DSN", "postgres://"), 4, "env AXESS_DSN must name a host"},
		{"database server outside development", "config check --dsn postgres://axess@127.0.0.1/x " + strings.Replace(production, "--keys DIR/k", "", 1), nil, 4, "Keys: "},
		{"database server of no kind", "config check --dsn oracle://x/y", nil, 64, "--dsn must be"},
		{"password in a driver's form", "serve --dsn axess:a-long/secret@tcp(127.0.0.1:1)/x --data DIR", nil, 4, "--dsn holds a password"},
		{"database server without a host", "config check --dsn mysql:///x", nil, 64, "--dsn must name a host"},
		{"database server that is private to nobody", "serve --dsn mysql://axess@192.0.2.1/x --data DIR", nil, 4, "would not be private"},
		{"sessions that others could read", "serve --sessions valkey://192.0.2.1 --data DIR", nil, 4, "would not be private"},
		{"sessions without accounts", "serve --sessions valkey://127.0.0.1:1 --memory", nil, 4, "accounts are in memory"},
		{"sessions without accounts, checked", "config check --sessions valkey://127.0.0.1:1 --memory", nil, 4, "accounts are in memory"},
		{"sessions in a file", "config check --sessions sqlite:x", nil, 64, "--sessions must be"},
		{"password of sessions in a flag", "serve --sessions valkey://:a-long-secret@127.0.0.1:1 --data DIR", nil, 4, "--sessions holds a password"},
		{"one node on a database server", "config check --dsn postgres://axess@127.0.0.1/x --single-node x " + production, keyFile, 4, "SingleNode: "},
		{"other machines", "serve --memory --addr 0.0.0.0:0", nil, 4, "addr: "},
		{"no TLS for the world", "serve --data DIR --addr 0.0.0.0:0 " + production, keyFile, 4, "without TLS"},
		{"half of TLS", "serve --memory --tls-cert DIR/c", nil, 4, "tls.cert is set and tls.key is not"},
		{"other half of TLS", "config check --tls-key DIR/c", nil, 4, "tls.key is set and tls.cert is not"},
		{"a host without TLS", "serve --memory --addr 127.0.0.1:0 --dev-host a.test", nil, 4, "dev_host is set"},
		{"two certificates", "config check --dev-tls --tls-cert DIR/c --tls-key DIR/k", nil, 4, "dev_tls and tls.cert"},
		{"TLS for nobody", "serve --dev-tls --addr 127.0.0.1:0 --data DIR --origin http://localhost:8080", nil, 4, "the origin is http:"},
		{"an authority kept nowhere", "serve --memory --dev-tls --addr 127.0.0.1:0", nil, 4, "no data directory"},
		{"an authority for too much", "config check --dev-tls --dev-host com", nil, 4, "dev_host: "},
		{"no certificate", "serve --memory --tls-cert DIR/c --tls-key DIR/k", pairIn("FILE"), 4, "TLS: "},
		{"a certificate that is a pipe", "serve --memory --tls-cert DIR/p --tls-key DIR/p", with(pipe("p"), pairIn("FILE")), 4, "TLS: "},
		{"a key that is a device", "serve --memory --tls-cert DIR/c --tls-key /dev/zero", with(write("c", "x"), pairIn("FILE")), 4, "TLS: "},
		{"a logo that is a pipe", "serve --memory --addr 127.0.0.1:0 --ui-logo DIR/p", pipe("p"), 4, "the logo cannot be read"},
		{"a theme that is a pipe", "serve --memory --addr 127.0.0.1:0 --ui-theme DIR/p", pipe("p"), 4, "the theme "},
		{"data in a file", "serve --data DIR/f", write("f", "x"), 3, "/f is a file"},
		{"data below a file", "serve --data DIR/f/d/e", write("f", "x"), 3, "/f is a file"},
		{"data nowhere", "serve --data /dev/null/x", nil, 3, "the data directory cannot be made"},
		{"database of others", "serve --data DIR", with(write("axess.db", ""), mode("axess.db", 0o644)), 3, "the database "},
		{"database is none", "serve --data DIR", write("axess.db", strings.Repeat("no database ", 500)), 3, "the database "},
		{"older tables", "serve --data DIR " + production, with(keyFile, older), 4, "Stores: "},
		{"key file gone", "serve --data DIR/d --keys DIR/nothing", nil, 4, "there is no key file"},
		{"key file of others", "serve --memory --keys DIR/k", with(keyFile, mode("k", 0o644)), 4, "the key file"},
		{"key file in everybody's directory", "serve --memory --keys DIR/k", with(keyFile, mode(".", 0o777)), 4, "the key file"},
		{"key file by a link", "serve --memory --keys DIR/link", with(keyFile, func(t *testing.T, pt *patient) {
			if err := os.Symlink(filepath.Join(pt.dir, "k"), filepath.Join(pt.dir, "link")); err != nil {
				t.Fatal(err)
			}
		}), 4, "the key file"},
		{"key file cut off", "serve --memory --keys DIR/k", with(keyFile, func(t *testing.T, pt *patient) {
			text, err := os.ReadFile(filepath.Join(pt.dir, "k"))
			if err != nil {
				t.Fatal(err)
			}
			write("k.backup", string(text))(t, pt)
			write("k", string(text[:len(text)-9]))(t, pt)
		}), 4, "the key file"},

		{"no configuration file", "config check --config DIR/axess.toml", nil, 4, "there is no configuration file"},
		{"unknown key", "config check --config DIR/a.toml", write("a.toml", "adr = \"localhost:1\""), 4, "adr is no setting"},
		{"wrong type", "config check --config DIR/a.toml", write("a.toml", "[session]\nlimit = \"5\""), 4, "session.limit must be"},
		{"not one of", "config check --config DIR/a.toml", write("a.toml", "profile = \"production\""), 4, "profile must be"},
		{"later version", "config check --config DIR/a.toml", write("a.toml", "version = 2"), 4, "it is written for another version"},
		{"two values", "config check --config DIR/a.toml", with(write("a.toml", "name = \"a\""), env("AXESS_NAME", "b")), 4, "name is one thing in"},
		{"bad variable", "config check", env("AXESS_LOG_LEVEL", "loud"), 4, "env AXESS_LOG_LEVEL must be"},
		{"variable names no file", "config check", env("AXESS_MAIL_PASSWORD_FILE", "DIR/nothing"), 4, "env AXESS_MAIL_PASSWORD_FILE: cannot be read"},
		{"variable names a pipe", "config check", with(pipe("p"), env("AXESS_MAIL_PASSWORD_FILE", "DIR/p")), 4, "env AXESS_MAIL_PASSWORD_FILE: "},
		{"configuration is a pipe", "config check --config DIR/p", pipe("p"), 4, "is no regular file"},
		{"secret others read", "config check --config DIR/a.toml", with(write("a.toml", "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@example.com\"\nuser = \"u\"\npassword = \"p\""), mode("a.toml", 0o644)), 4, "may be read by others"},
		{"no port", "config check --addr EMPTY", nil, 4, "addr: "},
		{"a port that is none", "config check --addr localhost:99999", nil, 4, "addr: "},
		{"a port that is none beside an origin", "config check --addr localhost:x --origin http://localhost:8080", nil, 4, "addr: "},
		{"listen on no port", "serve --memory --addr EMPTY", nil, 4, "addr: "},
		{"listen on a port that is none", "serve --memory --addr localhost:99999", nil, 4, "addr: "},
		{"bad flag", "config check --log-level loud", nil, 64, "--log-level must be"},
		{"configuration without keys", "config check --origin https://app.example.com --sign-up closed", nil, 4, "Keys: "},
		{"configuration without key file", "config check --keys DIR/k", nil, 4, "there is no key file"},
		{"file exists", "config init --out DIR/a.toml", write("a.toml", ""), 4, "a.toml exists"},
		{"no such profile", "config init --out - --profile production", nil, 64, "--profile must be"},

		{"key file exists", "keys init --out DIR/k", keyFile, 4, "/k exists"},
		{"no directory for keys", "keys init --out DIR/d/k", nil, 3, "there is no directory"},
		{"check of no key file", "keys check DIR/k", nil, 4, "there is no key file"},

		{"keys of memory", "keys list --dsn memory --data DIR/DIRECTORY", func(t *testing.T, pt *patient) {
			s := serving(t, nil, "--addr", "127.0.0.1:0", "--data", filepath.Join(pt.dir, "DIRECTORY"))
			s.end(t)
		}, 4, "memory keeps nothing"},
		{"keys of nothing", "keys list --data DIR/d", func(t *testing.T, pt *patient) {
			s := serving(t, nil, "--addr", "127.0.0.1:0", "--data", filepath.Join(pt.dir, "DIRECTORY"))
			s.end(t)
		}, 3, "there is no database"},
		{"plan for memory", "migrate plan --dsn memory", nil, 4, "memory has no tables"},
		{"plan for Valkey", "migrate plan --dsn valkey://127.0.0.1:1 --data DIR/DIRECTORY", nil, 4, "has no tables"},
		{"plan for Valkey, in the environment", "migrate plan --data DIR/DIRECTORY", env("AXESS_DSN", "valkey://127.0.0.1:1"), 4, "has no tables"},
		{"plan for Valkey, in a file", "migrate plan --config DIR/a.toml", write("a.toml", "dsn = \"valkey://127.0.0.1:1\""), 4, "has no tables"},
		{"plan for nothing", "migrate plan --data DIR/d", func(t *testing.T, pt *patient) {
			s := serving(t, nil, "--addr", "127.0.0.1:0", "--data", filepath.Join(pt.dir, "DIRECTORY"))
			s.end(t)
		}, 3, "there is no database"},
		{"apply without a word", "migrate apply --data DIR", older, 4, "steps would change the tables"},
		{"apply too far", "migrate apply --yes --to 9999 --data DIR", older, 64, "is no missing step"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			pt := &patient{dir: filepath.Join(dir, "it's a "+strconv.Itoa(i)), env: map[string]string{"AXESS_ADDR": "127.0.0.1:0"}, left: &left}
			if err := os.Mkdir(pt.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, a := range strings.Fields(tc.args) {
				pt.args = append(pt.args, strings.NewReplacer("DIR", pt.dir, "EMPTY", "").Replace(a))
			}
			if tc.before != nil {
				tc.before(t, pt)
			}
			code, stderr := pt.attempt(t)
			if code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
			_, rest, refused := strings.Cut(stderr, tc.what)
			if !refused {
				t.Fatalf("no %q in\n%s", tc.what, stderr)
			}
			_, cure, ok := strings.Cut(rest, "\n  cure: ")
			cure, _, _ = strings.Cut(cure, "\n")
			if !ok {
				t.Fatalf("no cure in\n%s", stderr)
			}
			pt.take(t, strings.ReplaceAll(cure, "…", "x"))
			if _, after := pt.attempt(t); strings.Contains(after, tc.what) {
				t.Errorf("%q does not cure it:\n%s", cure, after)
			}
		})
	}
}

// beginSession posts the sign-in form once, with nobody's name.
func beginSession(t *testing.T, site string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: scanned(t, &http.Transport{DisableKeepAlives: true})}
	send := func(method, body string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, site+"/auth/sign-in", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Origin", site)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	token := regexp.MustCompile(`name="_csrf" value="([^"]+)"`).FindStringSubmatch(send(http.MethodGet, ""))
	if token == nil {
		t.Fatal("no form")
	}
	send(http.MethodPost, url.Values{"_csrf": {token[1]}, "identifier": {"nobody@example.com"}, "email": {"nobody@example.com"}, "password": {"correct horse battery"}}.Encode())
}
