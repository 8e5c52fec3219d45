package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/problem"
)

// Scheme is a stored choice between light and dark. The zero value follows the
// reader's system (UIX-012).
type Scheme string

// The stored choices.
const (
	SchemeLight Scheme = "light"
	SchemeDark  Scheme = "dark"
)

// FieldProblem is one thing that has to be corrected before a form can go on.
type FieldProblem struct {
	Field string // the form field's name; empty when the form as a whole failed
	Text  Text
}

// Frame is what every page has in common. Every view model embeds one.
//
// Fields are set by the caller; methods are for templates. No field holds a
// password, a code or a link token.
type Frame struct {
	Language   string         // of the texts, as a BCP 47 tag; empty for the renderer's default
	Here       string         // path of the page, where a change of language returns to; empty for the start page
	Title      string         // replaces the page's own title; empty for the usual one
	Scheme     Scheme         // stored preference, if any
	SignedInAs string         // display name or address; empty for a guest
	CSRF       string         // the token every form posts as _csrf (CSR-012)
	Notice     Text           // one-shot message of the step before (UIX-057)
	Problems   []FieldProblem // what has to be corrected, in the order of the fields
	RequestID  string         // shown on error pages
	Zone       *time.Location // the reader's zone; nil for the renderer's
	Now        time.Time      // the present, for relative times; zero for none
	Dev        bool           // development profile: error pages say cause and cure
	Acting     *Acting        // who is signed in acts as somebody else; nil for everybody who is themselves

	bound   *binding
	words   *catalog
	heading Text
	section string
}

// Acting is what the banner says on every page while an administrator acts as
// somebody else (UIX-044).
type Acting struct {
	Name   string    // of the person in whose name it is
	Reason string    // in the administrator's own words
	Until  time.Time // when it ends by itself
}

var errUnbound = errors.New("ui: page is not bound to a renderer")

func (f Frame) moments() moments {
	m := moments{zone: f.Zone, now: f.Now}
	if m.zone == nil && f.bound != nil {
		m.zone = f.bound.zone
	}
	return m
}

// Say is the sentence of a Text.
func (f Frame) Say(t Text) (string, error) {
	if f.words == nil {
		return "", errUnbound
	}
	if t.Empty() {
		return "", nil
	}
	return f.words.say(t, f.moments())
}

// T is the sentence under key; the arguments come in pairs of name and value.
func (f Frame) T(key string, pairs ...any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("ui: text %q: arguments come in pairs", key)
	}
	if len(pairs) == 0 {
		return f.Say(Text{Key: key})
	}
	args := make(Args, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("ui: text %q: argument names are strings", key)
		}
		args[name] = pairs[i+1]
	}
	return f.Say(Text{Key: key, Args: args})
}

// Heading is the page's one h1.
func (f Frame) Heading() (string, error) {
	if f.Title != "" {
		return f.Title, nil
	}
	return f.Say(f.heading)
}

// DocumentTitle is the heading, the brand, and "Error:" in front when there is
// something to correct, so that a screen reader says it first (UIX-051).
func (f Frame) DocumentTitle() (string, error) {
	heading, err := f.Heading()
	if err != nil {
		return "", err
	}
	key := "frame.title"
	if len(f.Problems) > 0 {
		key = "frame.title_error"
	}
	return f.T(key, "heading", heading, "brand", f.BrandName())
}

// Direction is the value of the dir attribute: "ltr" or "rtl".
func (f Frame) Direction() string { return f.words.dir }

// LanguageLink is one language that the page can be read in instead.
type LanguageLink struct {
	Name    string // in that language
	Use     string // the words of a button that chooses it, in that language
	Tag     string // for lang and hreflang
	Path    string // chooses it and comes back
	Current bool
}

// Languages are the languages to choose from; none when there is only one.
func (f Frame) Languages() ([]LanguageLink, error) {
	offered := f.bound.languages.offered
	if len(offered) < 2 {
		return nil, nil
	}
	out := make([]LanguageLink, len(offered))
	for i, c := range offered {
		path, err := f.Path("language", c.lang)
		if err != nil {
			return nil, err
		}
		name, err := c.say(Text{Key: "footer.self"}, moments{})
		if err != nil {
			return nil, err
		}
		use, err := c.say(Text{Key: "language.use"}, moments{})
		if err != nil {
			return nil, err
		}
		out[i] = LanguageLink{Name: name, Use: use, Tag: c.lang, Path: problem.WithNext(path, f.Here), Current: c == f.words}
	}
	return out, nil
}

// BrandName is the configured product name.
func (f Frame) BrandName() string { return f.bound.config.Brand.Name }

// Links are the configured help and privacy links of the footer.
func (f Frame) Links() ([]FooterLink, error) {
	var out []FooterLink
	for _, link := range []FooterLink{{"footer.help", f.bound.config.Custom.HelpURL}, {"footer.privacy", f.bound.config.Custom.PrivacyURL}} {
		if link.URL == "" {
			continue
		}
		var err error
		if link.Label, err = f.T(link.Label); err != nil {
			return nil, err
		}
		out = append(out, link)
	}
	return out, nil
}

// TermsURL is the configured link to the terms, or empty.
func (f Frame) TermsURL() string { return f.bound.config.Custom.TermsURL }

// Asset is the place and the integrity value of a shipped file: "css", "js" or
// "icon".
func (f Frame) Asset(kind string) (Asset, error) { return f.bound.assets.get(kind) }

// Logo is the configured logo; nil when there is none.
func (f Frame) Logo() *LogoImage { return f.bound.assets.logo }

// Path is the URL path of a page by name; parts fill its placeholders and are
// escaped.
func (f Frame) Path(name string, parts ...string) (string, error) {
	return f.bound.paths.build(name, parts...)
}

// Current reports whether the page belongs to a section of the account.
func (f Frame) Current(section string) bool { return f.section == section }

// When makes a time ready for a <time> element.
func (f Frame) When(t time.Time) (Moment, error) {
	return f.words.moment(t, f.moments())
}

// problem is the sentence about a field, or empty.
func (f Frame) problem(field string) (string, error) {
	for _, p := range f.Problems {
		if p.Field == field {
			return f.Say(p.Text)
		}
	}
	return "", nil
}

// Target is the id a problem of the summary links to; empty for a problem of
// the form as a whole.
func (p FieldProblem) Target() string {
	if p.Field == "" {
		return ""
	}
	return fieldID(p.Field)
}

func fieldID(name string) string { return "f-" + strings.ReplaceAll(name, "_", "-") }

// spoken is the language that a page is bound to.
func (f *Frame) spoken() string { return f.Language }

// common is the frame of whatever page it is embedded in.
func (f Frame) common() Frame { return f }
