package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// maxText bounds one text of a catalogue in bytes.
const maxText = 1000

// checkTexts holds a catalogue against the English one: every key in every
// plural form of the language, no other key, the same arguments, and nothing in
// a text that could not stand on a page, in a subject or in a terminal.
func checkTexts(tag language.Tag, texts map[string]string) []error {
	want, args := shape(englishTexts(), pluralsOf(tag))
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(want)) {
		text, ok := texts[key]
		if !ok {
			errs = append(errs, fmt.Errorf("text %q is missing", key))
			continue
		}
		if err := checkText(text); err != nil {
			errs = append(errs, fmt.Errorf("text %q %w", key, err))
			continue
		}
		got, err := arguments(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("text %q %w", key, err))
			continue
		}
		base, _, plural := cutPlural(key)
		need := args[key]
		if plural && args[base] != nil {
			need = args[base]
			delete(need, "count")
			delete(got, "count") // "one session" needs no digit, and any form may say it
		}
		if !maps.Equal(got, need) {
			errs = append(errs, fmt.Errorf("text %q has the arguments %v, not %v", key,
				slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(need))))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if _, known := want[key]; !known && !custom(key) {
			errs = append(errs, fmt.Errorf("text %q does not exist", key))
		}
	}
	return errs
}

// custom reports a text about a kind that a program brings.
func custom(key string) bool {
	_, ok := otherKind(key)
	return ok
}

// shape says which keys a catalogue with these plural forms has, and which
// arguments each; those of a sentence with plural forms are found under its base
// too.
func shape(reference map[string]string, forms []string) (keys map[string]struct{}, args map[string]map[string]struct{}) {
	keys, args = map[string]struct{}{}, map[string]map[string]struct{}{}
	for key, text := range reference {
		found, err := arguments(text)
		if err != nil {
			found = nil
		}
		base, _, ok := cutPlural(key)
		if _, plural := reference[base+".other"]; !ok || !plural {
			keys[key], args[key] = struct{}{}, found
			continue
		}
		if args[base] == nil {
			args[base] = map[string]struct{}{}
		}
		maps.Copy(args[base], found)
		for _, form := range forms {
			keys[base+"."+form] = struct{}{}
		}
	}
	return keys, args
}

// arguments are the names in the braces of a text.
func arguments(text string) (map[string]struct{}, error) {
	found := map[string]struct{}{}
	for rest := text; ; {
		before, after, ok := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return nil, fmt.Errorf("closes a brace that is not open")
		}
		if !ok {
			return found, nil
		}
		name, behind, ok := strings.Cut(after, "}")
		if !ok || name == "" || strings.Contains(name, "{") {
			return nil, fmt.Errorf("has an open brace")
		}
		found[name], rest = struct{}{}, behind
	}
}

func checkText(text string) error {
	switch {
	case text == "" || strings.TrimSpace(text) != text:
		return fmt.Errorf("is empty or has outer space")
	case len(text) > maxText:
		return fmt.Errorf("is longer than %d bytes", maxText)
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	}):
		return fmt.Errorf("has control or bidi characters, or is not UTF-8")
	}
	return nil
}
