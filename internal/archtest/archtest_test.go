package archtest

import (
	"strings"
	"testing"
)

// FUZ-L17, PRD-019
func TestTree(t *testing.T) {
	t.Parallel()
	g, err := Load(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, loaded := g[Module+"/internal/archtest"]; !loaded {
		t.Fatal("the graph lacks this very package: nothing was checked")
	}
	for _, fault := range Check(g, House()) {
		t.Error(fault)
	}
}

// graph builds a graph from lines "package: import import"; names of ours start
// with "a/" (a/. is the root), modules of others end at the first slash.
func graph(lines ...string) Graph {
	full := func(s string) string {
		if s == "a/." {
			return Module
		}
		if rest, ours := strings.CutPrefix(s, "a/"); ours {
			return Module + "/" + rest
		}
		return s
	}
	g := Graph{}
	for _, line := range lines {
		self, imports, _ := strings.Cut(line, ":")
		p := Package{Path: full(self)}
		for _, imported := range strings.Fields(imports) {
			p.Imports = append(p.Imports, full(imported))
		}
		if _, ours := name(p.Path); ours {
			p.Module = Module
		} else if module, _, foreign := strings.Cut(self, "/"); foreign {
			p.Module = module
		}
		g[p.Path] = p
	}
	return g
}

// FUZ-L17, PRD-019
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		graph Graph
		want  string // part of the only fault; empty for none
	}{
		{"downward", graph("a/session: a/internal/machine a/seal a/clock fmt", "a/seal: a/entropy"), ""},
		{"root over ui", graph("a/.: a/ui a/authn", "a/ui: a/authn"), ""},
		{"upward", graph("a/identity: a/factor", "a/factor:"), "identity (rank 1) imports factor (rank 2)"},
		{"own rank", graph("a/seal: a/identity", "a/identity:"), "seal (rank 1) imports identity (rank 1)"},
		{"up to the root", graph("a/ui: a/."), "ui (rank 6) imports . (rank 7)"},
		{"pattern", graph("a/factor/totp: a/factor"), ""},
		{"pattern upward", graph("a/factor: a/factor/totp"), "factor (rank 2) imports factor/totp (rank 3)"},
		{"pattern within", graph("a/factor/totp: a/factor/password"), "factor/totp (rank 3) imports factor/password (rank 3)"},
		{"pattern is one level", graph("a/factor/totp/qr:"), "factor/totp/qr has no rank"},
		{"unknown package", graph("a/util: fmt"), "util has no rank: add it to internal/archtest/table.go"},
		{"adapter in a library package", graph("a/.: a/store/memory"), ". imports store/memory, which only ["},
		{"way out of mails in a library package", graph("a/.: a/mail/smtp a/mail", "a/mail/smtp: a/mail"), ". imports mail/smtp, which only ["},
		{"adapter in the program", graph("a/cmd/axess: a/store/sqlite a/."), ""},
		{"adapter in a tool", graph("a/internal/cmd/trace: a/store/sqlite"), "internal/cmd/trace imports store/sqlite"},
		{"machine from session and authn", graph("a/session: a/internal/machine", "a/authn: a/internal/machine"), ""},
		{"machine from a guard", graph("a/internal/guard: a/internal/machine"), "internal/guard imports internal/machine, which only"},
		{"machine from the root", graph("a/.: a/internal/machine"), ". imports internal/machine"},
		{"testing in production", graph("a/seal: testing"), "seal imports testing"},
		{"testing in a kit", graph("a/store/storetest: testing a/backend"), ""},
		{"foreign module", graph("a/authn: google.golang.org/grpc", "google.golang.org/grpc:"), "the library reaches module google.golang.org: " + Module + "/authn → google.golang.org/grpc"},
		{"foreign module further away", graph("a/authn: rsc.io/qr/x", "rsc.io/qr/x: chromedp/cdp", "chromedp/cdp:"), "rsc.io/qr/x → chromedp/cdp"},
		{"foreign module of a program", graph("a/cmd/axess: google.golang.org/grpc", "google.golang.org/grpc:"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rules := House()
			rules.External["rsc.io"] = "the made-up graph cuts modules at the first slash"
			faults := Check(tc.graph, rules)
			if tc.want == "" && len(faults) > 0 {
				t.Errorf("faults %q, want none", faults)
			}
			if tc.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], tc.want)) {
				t.Errorf("faults %q, want one with %q", faults, tc.want)
			}
		})
	}
}

func TestRules_are_consistent(t *testing.T) {
	t.Parallel()
	r := House()
	for target, importers := range r.Only {
		for _, importer := range importers {
			if r.Rank[importer] <= r.Rank[target] {
				t.Errorf("%s may import %s by Only but not by rank", importer, target)
			}
		}
	}
	for _, names := range []map[string]bool{r.Programs, r.TestKits} {
		for name := range names {
			if _, known := r.Rank[name]; !known {
				t.Errorf("%s has no rank", name)
			}
		}
	}
}

func TestDecode_refuses_what_go_list_does_not_print(t *testing.T) {
	t.Parallel()
	if _, err := decode(strings.NewReader(`{"ImportPath":"a"} oops`)); err == nil {
		t.Error("decoded")
	}
}

func TestLoad_reports_a_directory_without_module(t *testing.T) {
	t.Parallel()
	if _, err := Load(t.Context(), t.TempDir()); err == nil {
		t.Error("loaded")
	}
}
