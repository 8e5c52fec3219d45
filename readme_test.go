package axess_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// DOC-001
func TestReadme_is_read_in_a_minute(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(readme), "\n"); n > 120 {
		t.Errorf("%d lines", n)
	}
	at := 0
	for _, part := range []string{"# axess\n", "## Two commands", "```go\n", "## What it does", "figures: made from", "## What does not work yet", "## Where to go next"} {
		next := strings.Index(string(readme)[at:], part)
		if next < 0 {
			t.Fatalf("%q is not there, or not in its place", part)
		}
		at += next
	}
}

// PRD-004: what the README tells people to write compiles, and is short.
func TestReadme_embedding_compiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```go\n")
	snippet, _, closed := strings.Cut(rest, "```")
	body, funcs, split := strings.Cut(snippet, "\nfunc ")
	if !ok || !closed || !split {
		t.Fatal("the README has no embedding of the expected shape")
	}
	lines := 0
	for l := range strings.Lines(body) {
		if s := strings.TrimSpace(l); strings.Contains(s, "axess") || strings.Contains(s, "auth.") {
			lines++
		}
	}
	if lines > 12 {
		t.Errorf("%d lines speak of axess, 12 are promised", lines)
	}
	program := `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/store/sqlite"
)

func main() {
	ctx := context.Background()
` + body + "}\n\nfunc " + funcs
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "program"), file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, program)
	}
}
