package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/docscheck"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

const (
	root      = "../.."
	reference = "docs/configuration.md"
	module    = "github.com/axess-go/axess"
)

// PRD-019, DOC-004: docs/configuration.md is what the settings and the fields
// say of themselves.
func TestReference_is_in_step(t *testing.T) {
	t.Parallel()
	want := settingsPage() + fieldsPage(t)
	file := filepath.Join(root, reference)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error(reference + " is out of step: go test ./cmd/axess -run Reference -update")
	}
}

func settingsPage() string {
	var b strings.Builder
	b.WriteString(`# Configuration

Made from the table of settings and from ` + "`axess.Config`" + ` by a test (` + "`go test ./cmd/axess -run Reference -update`" + `).

## Settings of the server

Each setting is a flag of ` + "`axess serve`" + `, a variable of the environment, and a key of the TOML file of ` + "`--config`" + `. A flag goes before a variable, that before the file, that before the default; a variable that disagrees with the file is refused. Any variable may end in ` + "`_FILE`" + ` and name a file that holds the value. A file in ` + "`$CREDENTIALS_DIRECTORY`" + ` that is named like a key is read as well. An unknown key is refused, with the nearest one. ` + "`axess config show`" + ` prints every value and where it comes from.

| key | flag | variable | default | means |
|---|---|---|---|---|
`)
	for _, s := range settings.Table() {
		flagName := "none: a secret"
		if s.Flag() != "" {
			flagName = "`--" + s.Flag() + "`"
		}
		def := s.Default
		if def != "" {
			def = "`" + def + "`"
		}
		help := strings.ReplaceAll(s.Help, "`", "")
		if len(s.OneOf) > 0 {
			help += ": `" + strings.Join(s.OneOf, "`, `") + "`"
		}
		if s.Kind == settings.List {
			help += "; more than one: repeat the flag, commas in the variable, an array in the file"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %s |\n", s.Key, flagName, s.Env(), def, cell(help))
	}
	b.WriteString("\n`--memory` is `--dsn memory`, and `--dev` is `--profile development`. A time is written as `90s`, `24h` or `7d`; a path in the file is relative to the file.\n")
	return b.String()
}

// fieldsPage lists the fields of axess.Config, and of what is inside.
func fieldsPage(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`
## Fields of axess.Config

For programs with axess inside. Everything but ` + "`Origin` and `Stores`" + ` has a usable zero, outside of development except ` + "`Keys`, `Mail` and `SignUp`" + `. ` + "`axess.New`" + ` checks all of it before it does anything, and its error lists every problem with its cure; [errors.md](errors.md#found-while-starting) has the codes.

| field | type | means |
|---|---|---|
`)
	docs := map[string]map[string]string{}
	walk(t, &b, docs, "", reflect.TypeFor[axess.Config]())
	return b.String()
}

// walk writes the fields of a struct and of the structs of ours inside it.
func walk(t *testing.T, b *strings.Builder, docs map[string]map[string]string, prefix string, typ reflect.Type) {
	t.Helper()
	said := comments(t, docs, typ.PkgPath())
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() {
			continue
		}
		words := said[typ.Name()+"."+f.Name]
		if words == "" && strings.HasPrefix(f.Type.PkgPath(), module) {
			words = comments(t, docs, f.Type.PkgPath())[f.Type.Name()]
		}
		if words == "" {
			t.Errorf("%s%s says nothing of itself: it needs a comment", prefix, f.Name)
		}
		fmt.Fprintf(b, "| `%s%s` | `%s` | %s |\n", prefix, f.Name, typeName(f.Type), cell(words))
		ours := strings.HasPrefix(f.Type.PkgPath(), module) && f.Type.Name() != "Stores"
		if f.Type.Kind() == reflect.Struct && ours {
			walk(t, b, docs, prefix+f.Name+".", f.Type)
		}
	}
}

// typeName is the type as a program writes it.
func typeName(t reflect.Type) string {
	return strings.NewReplacer("interface {}", "any", "uint8", "byte",
		"identity.ID["+module+"/identity.tenantTag]", "identity.TenantID").Replace(t.String())
}

// cell is a text on one line, whose bars end no column.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("|", "\\|", "[", "", "]", "", "<", "&lt;").Replace(s)
}

// comments are the words of the types of a package and of their fields, as
// "Type" and "Type.Field".
func comments(t *testing.T, docs map[string]map[string]string, path string) map[string]string {
	t.Helper()
	if m, ok := docs[path]; ok {
		return m
	}
	m := map[string]string{}
	docs[path] = m
	files, err := filepath.Glob(filepath.Join(root, strings.TrimPrefix(path, module), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && len(d.Specs) == 1 {
				if spec, ok := d.Specs[0].(*ast.TypeSpec); ok {
					m[spec.Name.Name] = d.Doc.Text()
				}
			}
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					text := field.Doc.Text()
					if text == "" {
						text = field.Comment.Text()
					}
					for _, n := range field.Names {
						m[spec.Name.Name+"."+n.Name] = text
					}
				}
			}
			return true
		})
	}
	return m
}

// DOC-005: the commands that the documents show exist, with the flags that they
// show.
func TestDocuments_commands_exist(t *testing.T) {
	t.Parallel()
	pages, err := docscheck.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	app := testProcess(nil, io.Discard, io.Discard).app()
	n := 0
	for _, p := range pages {
		for _, b := range p.Blocks {
			if b.Info != "sh" && b.Info != "" {
				continue
			}
			for line := range strings.Lines(b.Text) {
				line, _, _ = strings.Cut(line, "#")
				words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "go run ./cmd/"))
				if len(words) > 1 && words[0] == "axess" {
					exists(t, app, p.Path, words[1:])
					n++
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d commands were looked at", n)
	}
}

// PRD-031, SES-130: the rotation by hand of docs/operations.md: a line of a fresh
// file, copied as pending, is the step after which the check says to wait.
func TestDocuments_rotation_by_hand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	used, fresh := filepath.Join(dir, "axess.keys"), filepath.Join(dir, "new.keys")
	for _, file := range []string{used, fresh} {
		if code, _, stderr := call(t, t.Context(), "keys", "init", "--out", file); code != 0 {
			t.Fatal(stderr)
		}
	}
	mine, err := os.ReadFile(used)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	both := string(mine)
	for line := range strings.Lines(string(other)) {
		if strings.HasPrefix(line, "session ") {
			both += strings.Replace(line, " primary ", " pending ", 1)
		}
	}
	if err := os.WriteFile(used, []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := call(t, t.Context(), "keys", "check", used)
	if code != 0 || !strings.Contains(stdout, "step: session") || !strings.Contains(stdout, "not before") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}
