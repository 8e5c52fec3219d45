package mutate

import (
	"fmt"
	"strings"
	"testing"
)

func wrapped(start, end, id int) edit {
	return edit{start: start, end: end, id: func() int { return id }, wrap: func(id int, inner string) string {
		return fmt.Sprintf("%d<%s>", id, inner)
	}}
}

func TestRender(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		edits []edit
		want  string
	}{
		{"none", nil, "abcdef"},
		{"apart", []edit{wrapped(4, 5, 2), wrapped(1, 2, 1)}, "a1<b>cd2<e>f"},
		{"nested", []edit{wrapped(2, 3, 2), wrapped(1, 4, 1), wrapped(3, 4, 3)}, "a1<b2<c>3<d>>ef"},
		{"same range: the first is outside", []edit{wrapped(1, 3, 1), wrapped(1, 3, 2)}, "a1<2<bc>>def"},
		{"insertions", []edit{wrapped(0, 0, 1), wrapped(3, 3, 2), wrapped(3, 3, 3), wrapped(3, 4, 4), wrapped(6, 6, 5)}, "1<>abc4<2<>3<>d>ef5<>"},
		{"adjacent", []edit{wrapped(0, 3, 1), wrapped(3, 6, 2)}, "1<abc>2<def>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := render([]byte("abcdef"), tc.edits)
			if err != nil || got != tc.want {
				t.Errorf("%q, %v; want %q", got, err, tc.want)
			}
		})
	}
	if got, err := render([]byte("abcdef"), []edit{wrapped(0, 3, 1), wrapped(2, 5, 2)}); err == nil {
		t.Errorf("overlapping edits made %q", got)
	}
}

// One fault that does not type-check must not cost the others.
func TestBuilder_drops_only_what_does_not_compile(t *testing.T) {
	t.Parallel()
	pkg, err := Load(t.Context(), "testdata/planted", "ops")
	if err != nil {
		t.Fatal(err)
	}
	found := find(pkg)
	bad := *found[len(found)/2]
	bad.edits = []edit{{start: bad.offset, end: bad.offset, id: func() int { return 0 }, wrap: func(int, string) string { return " undeclared() " }}}
	number(found)
	b := builder{pkg: pkg, switches: fmt.Sprintf(switchText, "ops", len(found)+2)}
	good := b.keep(nil, found)
	kept := b.keep(nil, append([]*candidate{&bad}, found...))
	if len(kept) != len(good) {
		t.Errorf("%d kept beside a bad one, %d without", len(kept), len(good))
	}
	if len(good) < len(found)*9/10 {
		var names strings.Builder
		for _, c := range found {
			fmt.Fprintln(&names, c.Mutant)
		}
		t.Errorf("only %d of %d faults compile:\n%s", len(good), len(found), names.String())
	}
}
