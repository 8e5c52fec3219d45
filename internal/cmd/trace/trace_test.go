package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const readme = "| prefix | subject |\n|---|---|\n| SES | sessions |\n| FUZ | analyzers |\n| IDN | identity |\n"

// tree writes files below a temporary root and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func goTest(comment string) string {
	return "package p\n\nimport \"testing\"\n\n// " + comment + "\nfunc TestX(t *testing.T) {}\n"
}

// ASR-001
func TestRun(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		files  map[string]string
		status int
		says   string
	}{
		{
			name: "listed and named",
			files: map[string]string{
				"docs/requirements/SES.md": "# SES: sessions\n- **SES-001** Five states.\n",
				"session/state_test.go":    goTest("SES-001 T4"),
			},
			says: "1 ids listed, each named",
		},
		{
			name: "listed but not named",
			files: map[string]string{
				"docs/requirements/SES.md": "- **SES-001** Five states.\n- **SES-002** Zero is Guest.\n",
				"session/state_test.go":    goTest("SES-001"),
			},
			status: 1, says: "docs/requirements/SES.md:2: no test names SES-002",
		},
		{
			name:   "named but not listed",
			files:  map[string]string{"session/state_test.go": goTest("SES-010, SES-011")},
			status: 1, says: "session/state_test.go:5: SES-011 is not listed",
		},
		{
			name: "letter ids of nested modules count",
			files: map[string]string{
				"docs/requirements/FUZ.md":  "- **FUZ-L01** Time.\n",
				"docs/requirements/IDN.md":  "- **IDN-I12** Unique.\n",
				"internal/lint/go.mod":      "module lint\n",
				"internal/lint/l01_test.go": goTest("FUZ-L01 and IDN-I12"),
			},
			says: "2 ids listed",
		},
		{
			name: "a conformance suite is test code",
			files: map[string]string{
				"docs/requirements/SES.md": "- **SES-001** Five states.\n",
				"storetest/session.go":     strings.Replace(goTest("SES-001"), "TestX", "Session", 1),
			},
			says: "1 ids listed",
		},
		{
			name: "production comments, strings and testdata do not count",
			files: map[string]string{
				"docs/requirements/SES.md":   "- **SES-001** Five states.\n",
				"session/state.go":           "package p\n\n// SES-001\nvar X = 1\n",
				"session/s_test.go":          "package p\n\nvar s = \"SES-001\"\n",
				"session/testdata/x_test.go": goTest("SES-001"),
			},
			status: 1, says: "no test names SES-001",
		},
		{
			name: "a range shows nothing",
			files: map[string]string{
				"docs/requirements/SES.md": "- **SES-001** Five states.\n",
				"session/state_test.go":    goTest("SES-001…003"),
			},
			status: 1, says: "SES-001…003 is a range",
		},
		{
			name:  "other things with that form are prose",
			files: map[string]string{"seal/hash_test.go": goTest("SHA-256, AES-128, UTF-8")},
			says:  "0 ids listed",
		},
		{
			name:   "an id in a foreign file",
			files:  map[string]string{"docs/requirements/SES.md": "- **IDN-001** Ids.\n"},
			status: 1, says: "IDN-001 belongs into another file",
		},
		{
			name: "an id twice",
			files: map[string]string{
				"docs/requirements/SES.md": "- **SES-001** a\n- **SES-001** b\n",
				"s_test.go":                goTest("SES-001"),
			},
			status: 1, says: "already at docs/requirements/SES.md:1",
		},
		{
			name: "an id without a sentence",
			files: map[string]string{
				"docs/requirements/SES.md": "- **SES-001**\n",
				"s_test.go":                goTest("SES-001"),
			},
			status: 1, says: "says nothing",
		},
		{
			name:   "a line that misses the form",
			files:  map[string]string{"docs/requirements/SES.md": "- **SES-1** short\n"},
			status: 1, says: "SES.md:1: not of the form",
		},
		{
			name:   "a test that does not parse cannot be judged",
			files:  map[string]string{"s_test.go": "package"},
			status: 2, says: "s_test.go",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.files["docs/requirements/README.md"] = readme
			var out strings.Builder
			status := run([]string{"-root", tree(t, tc.files)}, &out, &out)
			if status != tc.status || !strings.Contains(out.String(), tc.says) {
				t.Errorf("status %d, want %d saying %q:\n%s", status, tc.status, tc.says, out.String())
			}
		})
	}
}

func TestRun_needs_a_prefix_table(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if status := run([]string{"-root", t.TempDir()}, &out, &out); status != 2 {
		t.Errorf("status %d without docs/requirements/README.md, want 2", status)
	}
}

func TestRun_compares_with_contracts(t *testing.T) {
	t.Parallel()
	root := tree(t, map[string]string{
		"docs/requirements/README.md": readme,
		"docs/requirements/SES.md":    "- **SES-001** a\n- **SES-009** gone\n",
		"s_test.go":                   goTest("SES-001 SES-009"),
		"contracts/01.md":             "- SES-001 a, see SES-500\n- **SES-002** b\n| FUZ-L01 | time |\n- **IDN-I12** x\n- **IDN-I5** y\n",
	})
	var out strings.Builder
	if status := run([]string{"-root", root, "-contracts", filepath.Join(root, "contracts")}, &out, &out); status != 0 {
		t.Fatalf("status %d:\n%s", status, out.String())
	}
	for _, want := range []string{
		"SES     1 of    2  not yet: SES-002",
		"FUZ     0 of    1",
		"IDN     0 of    2",
		"all     1 of    5",
		"SES-009 is defined by no contract",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing %q in:\n%s", want, out.String())
		}
	}
	if status := run([]string{"-root", root, "-contracts", t.TempDir()}, &out, &out); status != 2 {
		t.Errorf("status %d for an empty contract directory, want 2", status)
	}
}

func TestCompareIDs(t *testing.T) {
	t.Parallel()
	order := []string{"FUZ-072", "FUZ-L07", "FUZ-L10", "IDN-005", "IDN-010", "IDN-I5", "IDN-I12"}
	for i := range order[1:] {
		if compareIDs(order[i], order[i+1]) >= 0 {
			t.Errorf("%s does not come before %s", order[i], order[i+1])
		}
	}
}
