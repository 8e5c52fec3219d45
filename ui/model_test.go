package ui_test

import (
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/ui"
)

// modelLines says everything that a template can reach: fields and methods of
// the view models and of what those lead to.
func modelLines() []string {
	seen := map[reflect.Type]bool{}
	var lines []string
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if seen[t] || !strings.HasSuffix(t.PkgPath(), "/ui") {
			return
		}
		seen[t] = true
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				if f := t.Field(i); f.IsExported() {
					lines = append(lines, fmt.Sprintf("%s.%s %s", t.Name(), f.Name, f.Type))
					visit(f.Type)
				}
			}
		}
		for i := range t.NumMethod() {
			m := t.Method(i)
			if promoted(t, m.Name) {
				continue
			}
			lines = append(lines, fmt.Sprintf("%s.%s %s", t.Name(), m.Name, signature(m.Type)))
			for j := range m.Type.NumOut() {
				visit(m.Type.Out(j))
			}
		}
	}
	for _, s := range ui.Samples() {
		visit(reflect.TypeOf(s.Page))
	}
	slices.Sort(lines)
	return lines
}

// promoted reports whether a method is that of the embedded frame.
func promoted(t reflect.Type, method string) bool {
	if t == reflect.TypeFor[ui.Frame]() {
		return false
	}
	_, ok := reflect.TypeFor[ui.Frame]().MethodByName(method)
	return ok && t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Type == reflect.TypeFor[ui.Frame]()
}

// signature is that of a method without its receiver.
func signature(t reflect.Type) string {
	in := make([]reflect.Type, 0, t.NumIn())
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	out := make([]reflect.Type, 0, t.NumOut())
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return reflect.FuncOf(in, out, t.IsVariadic()).String()
}

// Replaced templates of programs use these names. A line may be added; one that
// goes, or whose type changes, breaks them, and waits for a major version.
func TestViewModels_only_grow(t *testing.T) {
	t.Parallel()
	const golden = "testdata/view_models.txt"
	if os.Getenv("UPDATE_GOLDEN") != "" { // for what is new; look at what goes
		if err := os.WriteFile(golden, []byte(strings.Join(modelLines(), "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	kept := strings.Split(strings.TrimSpace(string(body)), "\n")
	now := modelLines()
	// UIX-082
	for _, line := range kept {
		if !slices.Contains(now, line) {
			t.Errorf("gone: %s", line)
		}
	}
	for _, line := range now {
		if !slices.Contains(kept, line) {
			t.Errorf("new, run with UPDATE_GOLDEN=1 to add it to %s: %s", golden, line)
		}
	}
}

func TestDocumentation_names_every_template_and_its_model(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../docs/pages.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(ui.Templates(), "*.html")
	if err != nil {
		t.Fatal(err)
	}
	// UIX-080
	for _, file := range files {
		if !strings.Contains(string(body), "`"+file+"`") {
			t.Errorf("docs/pages.md does not name %s", file)
		}
	}
	for _, s := range ui.Samples() {
		if model := "`" + reflect.TypeOf(s.Page).String() + "`"; !strings.Contains(string(body), model) {
			t.Errorf("docs/pages.md does not name %s", model)
		}
	}
}
