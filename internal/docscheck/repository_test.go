package docscheck

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

var update = flag.Bool("update", false, "write the figures of the last benchmark run into README.md")

// packages are what the pages write before a dot.
var packages = map[string]string{
	"bytes": "bytes", "context": "context", "embed": "embed", "errors": "errors", "fmt": "fmt",
	"fs": "io/fs", "http": "net/http", "httptest": "net/http/httptest", "log": "log", "os": "os",
	"signal": "os/signal", "slog": "log/slog", "strings": "strings", "testing": "testing", "time": "time", "url": "net/url",
	"sql": "database/sql", "iotest": "testing/iotest", "template": "html/template", "netip": "net/netip",

	"axess":      "github.com/axess-go/axess",
	"axesstest":  "github.com/axess-go/axess/axesstest",
	"httpscan":   "github.com/axess-go/axess/axesstest/httpscan",
	"audit":      "github.com/axess-go/axess/audit",
	"authn":      "github.com/axess-go/axess/authn",
	"backend":    "github.com/axess-go/axess/backend",
	"clientip":   "github.com/axess-go/axess/middleware/clientip",
	"clientcert": "github.com/axess-go/axess/middleware/clientcert",
	"mtls":       "github.com/axess-go/axess/factor/mtls",
	"tls":        "crypto/tls",
	"x509":       "crypto/x509",
	"clock":      "github.com/axess-go/axess/clock",
	"csrf":       "github.com/axess-go/axess/middleware/csrf",
	"emailotp":   "github.com/axess-go/axess/factor/emailotp",
	"entropy":    "github.com/axess-go/axess/entropy",
	"factor":     "github.com/axess-go/axess/factor",
	"health":     "github.com/axess-go/axess/health",
	"identity":   "github.com/axess-go/axess/identity",
	"keys":       "github.com/axess-go/axess/keys",
	"mail":       "github.com/axess-go/axess/mail",
	"memory":     "github.com/axess-go/axess/store/memory",
	"metric":     "github.com/axess-go/axess/metric",
	"password":   "github.com/axess-go/axess/factor/password",
	"mysql":      "github.com/axess-go/axess/store/mysql",
	"postgres":   "github.com/axess-go/axess/store/postgres",
	"seal":       "github.com/axess-go/axess/seal",
	"jwt":        "github.com/axess-go/axess/jwt",
	"ldap":       "github.com/axess-go/axess/factor/ldap",
	"crypto":     "crypto",
	"session":    "github.com/axess-go/axess/session",
	"sim":        "github.com/axess-go/axess/sim",
	"smtp":       "github.com/axess-go/axess/mail/smtp",
	"sqlite":     "github.com/axess-go/axess/store/sqlite",
	"store":      "github.com/axess-go/axess/store",
	"storetest":  "github.com/axess-go/axess/store/storetest",
	"totp":       "github.com/axess-go/axess/factor/totp",
	"ui":         "github.com/axess-go/axess/ui",
	"valkey":     "github.com/axess-go/axess/store/valkey",
}

// given are the names that a page may use without declaring them.
var given = map[string]string{
	"auth":  "var auth *axess.Axess",
	"ctx":   "var ctx context.Context",
	"mux":   "var mux *http.ServeMux",
	"rt":    "var rt *axess.Routes",
	"sess":  "var sess *session.Session",
	"token": "var token string",
	"svc":   "var svc *authn.Service",
	"w":     "var w http.ResponseWriter",
	"r":     "var r *http.Request",
	"who":   "var who axess.Authenticated",
	"err":   "var err error",
	"db":    "var db *sql.DB",
	"own":   "var own fs.FS",
	"logo":  "var logo []byte",
	"mine":  "func mine(*testing.T) backend.Stores { return backend.Stores{} }",
	"ca":    "var ca *x509.Certificate",
	"pair":  "var pair tls.Certificate",
	"home":  "func home(http.ResponseWriter, *http.Request, axess.Authenticated) {}",
	"notes": "func notes(http.ResponseWriter, *http.Request, axess.Authenticated) {}",
}

func read(t *testing.T) []Page {
	t.Helper()
	pages, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("only %d pages: nothing was checked", len(pages))
	}
	return pages
}

// DOC-005, DOC-010: links of this repository's documents lead somewhere, and
// every chapter is in the index.
func TestRepository_links(t *testing.T) {
	t.Parallel()
	pages := read(t)
	faults := append(Links(root, pages), Index(pages, "docs/README.md", "docs")...)
	for _, f := range append(faults, Index(pages, "llms.txt", "docs")...) { // DOC-006
		if f.File == "docs/mutation.md" {
			continue // a report that make mutate writes on demand, and no chapter
		}
		t.Error(f)
	}
}

// DOC-005: what the documents tell people to write compiles.
func TestRepository_code(t *testing.T) {
	t.Parallel()
	lib, err := Load(t.Context(), root, packages, given)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range lib.Code(read(t)) {
		t.Error(f)
	}
}

// DOC-011: the figures of the README are those of the last run.
func TestRepository_figures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, "README.md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	results, err := os.ReadFile(filepath.Join(root, "bench", "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Figures(string(page), string(results))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Error("README.md has other figures than bench/RESULTS.md: go test ./internal/docscheck -run figures -update")
	}
}

// DOC-005: what a program can call, an Example calls.
func TestRepository_examples(t *testing.T) {
	t.Parallel()
	faults, err := Examples(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}
