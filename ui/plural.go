package ui

import (
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// pluralForm is the form that a language uses for a whole number, in CLDR's
// names, as it ends a catalogue key.
func pluralForm(tag language.Tag, n int) string {
	if n < 0 {
		n = -n
	}
	switch plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	case plural.Other:
	}
	return "other"
}

// pluralsOf are the forms that whole numbers take in a language, and "other",
// which every language has; sorted. No rule of CLDR tells whole numbers apart by
// more than these numbers show.
func pluralsOf(tag language.Tag) []string {
	forms := []string{"other"}
	look := func(n int) {
		if f := pluralForm(tag, n); !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	for n := range 1001 {
		look(n)
	}
	look(1_000_000)
	slices.Sort(forms)
	return forms
}

// cutPlural splits the plural form off a key.
func cutPlural(key string) (base, form string, ok bool) {
	for _, form := range []string{"zero", "one", "two", "few", "many", "other"} {
		if base, ok := strings.CutSuffix(key, "."+form); ok {
			return base, form, true
		}
	}
	return key, "", false
}
