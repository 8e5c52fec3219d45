package ui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// maxAcceptLanguage is how many bytes of the header are looked at.
const maxAcceptLanguage = 256

// languages are the catalogues that are offered, the default first.
type languages struct {
	offered []*catalog
	matcher language.Matcher
}

// shippedLanguages are those of who asks for nothing else, checked once for all renderers
// of the program: a function of embedded texts.
var shippedLanguages = sync.OnceValues(func() (*languages, error) { return buildLanguages(Custom{}) }) //axess:allow L07 a function of texts in the program, which waits for nothing

// newLanguages are the catalogues that a configuration asks for.
func newLanguages(c Custom) (*languages, error) {
	if len(c.Languages) == 0 && len(c.Messages) == 0 {
		return shippedLanguages()
	}
	return buildLanguages(c)
}

// buildLanguages builds them and checks every text (UIX-085).
func buildLanguages(c Custom) (*languages, error) {
	var errs []error
	refuse := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrCustom}, args...)...))
	}
	added := map[string]map[string]string{}
	var order []string
	for _, name := range slices.Sorted(maps.Keys(c.Messages)) {
		tag, err := language.Parse(name)
		if err != nil || tag.IsRoot() || added[tag.String()] != nil {
			refuse("Messages[%q]: not a language tag, or twice", name)
			continue
		}
		added[tag.String()] = c.Messages[name]
		order = append(order, tag.String())
	}
	names := c.Languages
	if len(names) == 0 {
		names = append([]string{"en", "de"}, slices.DeleteFunc(order, func(s string) bool { return s == "en" || s == "de" })...)
	}
	l := &languages{}
	var tags []language.Tag
	for _, name := range names {
		tag, err := language.Parse(name)
		if err != nil || tag.IsRoot() || slices.ContainsFunc(l.offered, func(have *catalog) bool { return have.lang == tag.String() }) {
			refuse("Languages: %q is not a language tag, or twice", name)
			continue
		}
		texts, own := added[tag.String()]
		delete(added, tag.String())
		base, known := shipped(tag)
		if !own && !known {
			refuse("Languages: %q has no texts: put them into Messages", name)
			continue
		}
		maps.Copy(base, texts)
		for _, err := range checkTexts(tag, base) {
			refuse("Messages[%q]: %w", name, err)
		}
		l.offered = append(l.offered, newCatalog(tag, base))
		tags = append(tags, tag)
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		refuse("Messages[%q]: Languages does not offer it", name)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// Messages returns the shipped texts of a language by key, "en" or "de", to
// translate or to read; nil for any other. Names in braces are arguments.
func Messages(tag string) map[string]string {
	switch tag {
	case "en":
		return englishTexts()
	case "de":
		return germanTexts()
	}
	return nil
}

// shipped returns a fresh copy of the texts that a language starts from, and
// whether they are its own.
func shipped(tag language.Tag) (texts map[string]string, known bool) {
	switch tag.String() {
	case pseudoAccents, pseudoRightToLeft:
		return pseudoTexts(tag), true
	}
	for t := tag; !t.IsRoot(); t = t.Parent() {
		switch t.String() {
		case "en":
			return englishTexts(), t == tag
		case "de":
			return germanTexts(), t == tag
		}
	}
	return map[string]string{}, false
}

// def is the default language.
func (l *languages) def() *catalog { return l.offered[0] }

// exact is the catalogue of a tag; nil when it is not offered.
func (l *languages) exact(tag string) *catalog {
	for _, c := range l.offered {
		if c.lang == tag {
			return c
		}
	}
	return nil
}

// near is the catalogue of a tag, else the nearest one, else the default: a
// language that was offered once, or a name from elsewhere, still finds words.
func (l *languages) near(tag string) *catalog {
	if tag == "" || len(tag) > maxAcceptLanguage {
		return l.def()
	}
	if c := l.exact(tag); c != nil {
		return c
	}
	t, err := language.Parse(tag)
	if err != nil {
		return l.def()
	}
	return l.match(t)
}

// accept is the catalogue that an Accept-Language header asks for.
func (l *languages) accept(header string) *catalog {
	if len(header) > maxAcceptLanguage {
		cut := strings.LastIndexByte(header[:maxAcceptLanguage], ',')
		header = header[:max(cut, 0)]
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return l.def()
	}
	return l.match(tags...)
}

func (l *languages) match(tags ...language.Tag) *catalog {
	_, i, confidence := l.matcher.Match(tags...)
	if confidence == language.No {
		return l.def()
	}
	return l.offered[i]
}

// direction is that of the language's script.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	switch script.String() {
	case "Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi":
		return "rtl"
	}
	return "ltr"
}
