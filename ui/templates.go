package ui

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

const (
	suffix = ".html"
	// maxTemplate bounds one replaced file, in bytes.
	maxTemplate = 256 << 10
)

// sharedTemplates are the files that every page is made with, and what each of
// them defines.
func sharedTemplates() map[string][]string {
	return map[string][]string{
		"base":        {"layout", "page", "account_page"},
		"parts":       {"summary", "notice", "csrf", "next", "input", "time"},
		"acting":      {"acting"},
		"head":        {"head"},
		"brand":       {"brand"},
		"footer":      {"footer"},
		"account_nav": {"account_nav"},
	}
}

// templateSource is the text of every template by name, and which of them the
// program brought.
type templateSource struct {
	text map[string]string
	own  map[string]bool
}

// readTemplates reads the shipped templates and puts the program's in their
// place. Every fault of the program's files is found.
func readTemplates(custom fs.FS) (templateSource, []Finding, error) {
	src := templateSource{text: map[string]string{}, own: map[string]bool{}}
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		return src, nil, fmt.Errorf("ui: templates: %w", err)
	}
	for _, e := range entries {
		body, err := templateFiles.ReadFile("templates/" + e.Name())
		if err != nil {
			return src, nil, fmt.Errorf("ui: templates: %w", err)
		}
		src.text[strings.TrimSuffix(e.Name(), suffix)] = string(body)
	}
	if custom == nil {
		return src, nil, nil
	}
	var found []Finding
	err = fs.WalkDir(custom, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() || path.Ext(name) != suffix {
			return nil
		}
		page := strings.TrimSuffix(name, suffix)
		if _, known := src.text[page]; !known {
			// A misspelt name would leave the shipped page in place, unnoticed.
			found = append(found, Finding{Template: name, Rule: RuleName, Detail: "replaces no template" + nearest(page, src.text)})
			return nil
		}
		body, err := readBounded(custom, name)
		if err != nil {
			return err
		}
		if f, bad := lintFile(page, body); bad {
			found = append(found, f)
			return nil
		}
		src.text[page], src.own[page] = body, true
		return nil
	})
	if err != nil {
		return src, nil, fmt.Errorf("%w: Templates: %w", ErrCustom, err)
	}
	return src, found, nil
}

func readBounded(files fs.FS, name string) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err != nil {
		return "", err
	}
	if len(body) > maxTemplate {
		return "", fmt.Errorf("%s: larger than %d KiB", name, maxTemplate>>10)
	}
	return string(body), nil
}

// lintFile parses a file alone: what stands outside of every definition would
// be on no page.
func lintFile(page, body string) (Finding, bool) {
	file := page + suffix
	alone, err := template.New(file).Parse(body)
	if err != nil {
		return Finding{Template: file, Rule: RuleSyntax, Detail: trimError(err)}, true
	}
	var defined []string
	for _, t := range alone.Templates() {
		if t.Name() != file {
			defined = append(defined, t.Name())
		} else if t.Tree != nil && strings.TrimSpace(t.Tree.Root.String()) != "" {
			return Finding{Template: file, Rule: RuleDefine, Detail: "has content outside of {{define}}"}, true
		}
	}
	need, shared := sharedTemplates()[page]
	if !shared {
		need = []string{"main"}
		if slices.Contains(defined, "page") {
			return Finding{}, false // draws the whole body itself
		}
	}
	for _, name := range need {
		if !slices.Contains(defined, name) {
			return Finding{Template: file, Rule: RuleDefine, Detail: `does not say {{define "` + name + `"}}`}, true
		}
	}
	return Finding{}, false
}

// shippedTemplates are the sets of the shipped templates, parsed once for all renderers
// of the program: a function of embedded bytes. They are cloned and never executed.
var shippedTemplates = sync.OnceValues(func() (map[string]*template.Template, error) { //axess:allow L07 a function of embedded bytes, which waits for nothing
	src, _, err := readTemplates(nil)
	if err != nil {
		return nil, err
	}
	return src.sets()
})

// sets makes one set for each page: the shared templates with the page's own on
// top.
func (src templateSource) sets() (map[string]*template.Template, error) {
	shared := sharedTemplates()
	base := template.New("").Option("missingkey=error")
	for _, name := range sorted(src.text) {
		if shared[name] == nil {
			continue
		}
		if _, err := base.New(name + suffix).Parse(src.text[name]); err != nil {
			return nil, fmt.Errorf("ui: templates: %w", err)
		}
	}
	sets := make(map[string]*template.Template, len(src.text))
	for _, name := range sorted(src.text) {
		if shared[name] != nil {
			continue
		}
		set, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("ui: templates: %s: %w", name, err)
		}
		if sets[name], err = set.New(name + suffix).Parse(src.text[name]); err != nil {
			return nil, fmt.Errorf("ui: templates: %w", err)
		}
	}
	return sets, nil
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// nearest suggests the name that was probably meant: the one with the fewest
// letters to change, if that is not half of them.
func nearest(name string, known map[string]string) string {
	best, least := "", len(name)/2+1
	for _, k := range sorted(known) {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + suffix + "?"
}

// distance is that of Levenshtein.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
