package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// CLI-029: short pages that fit the terminal, and that name no command or flag
// that does not exist.
func TestHelp_topics(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("guide/*.txt")
	if err != nil || len(files) != len(topicNames()) {
		t.Errorf("%v are not the topics %v: %v", files, topicNames(), err)
	}
	root := testProcess(nil, io.Discard, io.Discard).app()
	for _, name := range topicNames() {
		code, page, stderr := call(t, t.Context(), "help", name)
		if code != refusal.OK || stderr != "" || !strings.HasPrefix(page, name+": ") {
			t.Errorf("%s: exit %d, %s\n%s", name, code, stderr, page)
		}
		if n := strings.Count(page, "\n"); n > 40 {
			t.Errorf("%s: %d lines", name, n)
		}
		for line := range strings.Lines(page) {
			if line = strings.TrimRight(line, "\n"); len([]rune(line)) > columns || strings.ContainsAny(line, "\t") {
				t.Errorf("%s: too wide: %q", name, line)
			}
			if command, ok := strings.CutPrefix(line, "  axess "); ok {
				exists(t, root, name, strings.Fields(command))
			}
		}
		for _, word := range strings.FieldsFunc(page, func(r rune) bool { return strings.ContainsRune(" \n,.;:()\"'", r) }) {
			if flag, ok := strings.CutPrefix(word, "--"); ok && flag != "help" && !hasFlag(root, flag) {
				t.Errorf("%s: there is no --%s", name, flag)
			}
		}
	}
	if _, page, _ := call(t, t.Context(), "help", "keys"); !strings.Contains(page, "axess keys --help") {
		t.Error("the page hides the command of its name")
	}
}

// exists holds a line that people will copy against the commands and flags.
func exists(t *testing.T, c *cli.Command, page string, words []string) {
	t.Helper()
	for _, w := range words {
		if flag, ok := strings.CutPrefix(w, "--"); ok {
			if !slices.Contains(flagNames(c), flag) {
				t.Errorf("%s: %s has no --%s", page, c.Name, flag)
			}
			continue
		}
		if len(c.Commands) == 0 {
			continue // a value
		}
		at := slices.IndexFunc(c.Commands, func(sub *cli.Command) bool { return sub.Name == w })
		if at < 0 {
			t.Errorf("%s: %s has no command %s", page, c.Name, w)
			return
		}
		c = c.Commands[at]
	}
}

func hasFlag(c *cli.Command, flag string) bool {
	return slices.Contains(flagNames(c), flag) || slices.ContainsFunc(c.Commands, func(sub *cli.Command) bool { return hasFlag(sub, flag) })
}

// CLI-029, CLI-024: exit-codes says the codes that there are.
func TestHelp_exit_codes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("guide/exit-codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"\n  0 ", "\n  1 ", "\n  2 ", "\n  3 ", "\n  4 ", "\n  64 ", "\n  130 "} {
		if !strings.Contains(string(text), code) {
			t.Errorf("no %q", code)
		}
	}
}

// CLI-029: every shell gets a script, and help completes topics and commands.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "pwsh"} {
		if code, script, _ := call(t, t.Context(), "completion", shell); code != refusal.OK || !strings.Contains(script, "generate-shell-completion") {
			t.Errorf("%s: exit %d", shell, code)
		}
	}
	_, list, _ := call(t, t.Context(), "help", "--generate-shell-completion")
	for _, word := range append(topicNames(), "serve", "migrate", "dev") {
		if !slices.Contains(strings.Fields(list), word) {
			t.Errorf("%s is not completed in %q", word, list)
		}
	}
	if _, help, _ := call(t, t.Context(), "--help"); strings.Count(help, "\n  help ") != 1 || !strings.Contains(help, "exit-codes") {
		t.Error(help)
	}
}
