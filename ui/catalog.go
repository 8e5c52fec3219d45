package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Args are the named arguments of a catalogue text. Values are string, int,
// time.Time (shown in the reader's zone), time.Duration (in words) or Text.
type Args map[string]any

// Text is a sentence named by its catalogue key. The zero Text is no text.
//
// A key whose sentence depends on a number has one entry for each plural form
// of its language (key.one and key.other in English), chosen by the argument
// "count".
type Text struct {
	Key  string
	Args Args
}

// Empty reports whether there is nothing to say.
func (t Text) Empty() bool { return t.Key == "" }

// catalog holds the texts of one language. It never changes after it is made.
type catalog struct {
	tag   language.Tag
	lang  string // the tag as lang and hreflang say it
	dir   string // "ltr" or "rtl"
	texts map[string]string
}

func newCatalog(tag language.Tag, texts map[string]string) *catalog {
	return &catalog{tag: tag, lang: tag.String(), dir: direction(tag), texts: texts}
}

func englishCatalog() *catalog { return newCatalog(language.English, englishTexts()) }

// say fills the sentence of t. A missing key, a missing argument and an
// argument the sentence does not use are errors: each of them is a page that
// says something else than its author meant (UIX-085).
func (c *catalog) say(t Text, when moments) (string, error) {
	key := t.Key
	pattern, ok := c.texts[key]
	if other, is := otherKind(key); !ok && is {
		key = other
		pattern, ok = c.texts[key]
	}
	if !ok {
		count, isCount := t.Args["count"].(int)
		if !isCount {
			return "", fmt.Errorf("ui: text %q is not in the catalogue", key)
		}
		key += "." + pluralForm(c.tag, count)
		if pattern, ok = c.texts[key]; !ok {
			return "", fmt.Errorf("ui: text %q is not in the catalogue", key)
		}
	}
	if len(t.Args) == 0 && strings.IndexByte(pattern, '{') < 0 {
		return pattern, nil
	}
	var out strings.Builder
	used := 0
	rest := pattern
	seen := make(map[string]struct{}, len(t.Args))
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(rest[open:], '}')
		if length < 0 {
			return "", fmt.Errorf("ui: text %q has an open brace", key)
		}
		name := rest[open+1 : open+length]
		value, given := t.Args[name]
		if !given {
			return "", fmt.Errorf("ui: text %q needs the argument %q", key, name)
		}
		shown, err := c.show(value, when)
		if err != nil {
			return "", fmt.Errorf("ui: text %q, argument %q: %w", key, name, err)
		}
		out.WriteString(rest[:open])
		out.WriteString(shown)
		if _, again := seen[name]; !again {
			seen[name] = struct{}{}
			used++
		}
		rest = rest[open+length+1:]
	}
	out.WriteString(rest)
	if _, counted := t.Args["count"]; counted {
		if _, shown := seen["count"]; !shown {
			used++ // "one session" needs no digit
		}
	}
	if used != len(t.Args) {
		return "", fmt.Errorf("ui: text %q does not use all of its %d arguments", key, len(t.Args))
	}
	return out.String(), nil
}

// otherKind is the text that stands for that of a kind which a program brings and has no
// words for; it may add them (Custom.Messages).
func otherKind(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, "factor.")
	if !ok {
		return "", false
	}
	at := strings.LastIndexByte(rest, '.')
	if at < 0 || !factor.IsCustom(identity.Kind(rest[:at])) {
		return "", false
	}
	switch part := rest[at:]; part {
	case ".title", ".text", ".name":
		return "factor.other" + part, true
	}
	return "", false
}

func (c *catalog) show(value any, when moments) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case int:
		return c.digits(v), nil
	case time.Duration:
		return c.duration(v)
	case time.Time:
		return c.clock(v, when)
	case Text:
		return c.say(v, when)
	default:
		return "", fmt.Errorf("a %T cannot be shown", value)
	}
}

// digits writes a number as its language groups it: 1,234 and 1.234.
func (c *catalog) digits(n int) string {
	if n > -1000 && n < 1000 {
		return strconv.Itoa(n)
	}
	return message.NewPrinter(c.tag).Sprint(number.Decimal(n))
}
