package ui

import (
	"errors"
	"fmt"
	"strings"
)

// Theme is the look of the pages: the eleven custom properties, light and dark,
// and a logo. A field that is left empty keeps the shipped value. The style
// sheet of the pages carries it, under the hash of the result (UIX-083).
//
// Colour pairs are checked for contrast, also those of which only one half is
// set: a theme with text that somebody cannot read is refused (UIX-084).
type Theme struct {
	Light, Dark Colors
	// Radius rounds corners: a length in rem from 0 to 2, such as "0.5rem".
	Radius string
	// Font is a list of font families that people have on their machines:
	// `"Source Sans 3", system-ui, sans-serif`. No font is ever fetched.
	Font string
	// Logo takes the place of the mark beside the brand's name: a PNG of at most
	// 64 KiB and 2048 pixels a side. What is served is drawn anew from its pixels,
	// so nothing else that the file holds leaves the server.
	Logo []byte
}

// Colors are written #rrggbb in hexadecimal.
type Colors struct {
	Accent   string // buttons, links, the focus ring
	OnAccent string // words on a button of that colour
	BG       string // the page
	Surface  string // cards and fields
	Text     string // words
	Muted    string // hints
	Border   string // of fields
	Danger   string // problems, and buttons that end something
	OK       string // notices
}

// ShippedTheme is the theme of the style sheet as it comes: what a field of
// [Theme] that is left empty stands for.
func ShippedTheme() Theme {
	return Theme{
		Light: Colors{
			Accent: "#2b4acb", OnAccent: "#ffffff", BG: "#f4f5f9", Surface: "#ffffff", Text: "#181b24",
			Muted: "#555e70", Border: "#838c9e", Danger: "#b0231c", OK: "#17663a",
		},
		Dark: Colors{
			Accent: "#a9bbff", OnAccent: "#101a45", BG: "#101319", Surface: "#191d26", Text: "#e9ecf3",
			Muted: "#a6afc0", Border: "#727c90", Danger: "#ffb0a7", OK: "#8ddaa9",
		},
		Radius: "0.875rem",
		Font:   `system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif`,
	}
}

// property is one colour of a theme.
type property struct {
	name  string // of the custom property, without "--ax-"
	field string
	at    func(*Colors) *string
}

func properties() []property {
	return []property{
		{"accent", "Accent", func(c *Colors) *string { return &c.Accent }},
		{"on-accent", "OnAccent", func(c *Colors) *string { return &c.OnAccent }},
		{"bg", "BG", func(c *Colors) *string { return &c.BG }},
		{"surface", "Surface", func(c *Colors) *string { return &c.Surface }},
		{"text", "Text", func(c *Colors) *string { return &c.Text }},
		{"muted", "Muted", func(c *Colors) *string { return &c.Muted }},
		{"border", "Border", func(c *Colors) *string { return &c.Border }},
		{"danger", "Danger", func(c *Colors) *string { return &c.Danger }},
		{"ok", "OK", func(c *Colors) *string { return &c.OK }},
	}
}

// Check reports everything that is wrong with the theme, each in a line of its
// own; nil if nothing is.
func (t Theme) Check() error {
	_, err := t.settle()
	return err
}

// settled is a theme that was found good.
type settled struct {
	sheet string // what the style sheet is continued with; empty for the shipped theme
	logo  *logo  // nil: the shipped mark
}

// settle checks the theme and makes what is served of it.
func (t Theme) settle() (settled, error) {
	whole := ShippedTheme()
	var errs []error
	var css strings.Builder
	for _, p := range properties() {
		changed := false
		for _, side := range []struct {
			name      string
			own, into *Colors
		}{{"Theme.Light", &t.Light, &whole.Light}, {"Theme.Dark", &t.Dark, &whole.Dark}} {
			value := *p.at(side.own)
			if value == "" {
				continue
			}
			if _, ok := parseColor(value); !ok {
				errs = append(errs, fmt.Errorf("%s.%s: a colour is written #rrggbb", side.name, p.field))
				continue
			}
			changed = changed || value != *p.at(side.into)
			*p.at(side.into) = value
		}
		if changed {
			fmt.Fprintf(&css, "--ax-%s: light-dark(%s, %s);", p.name, *p.at(&whole.Light), *p.at(&whole.Dark))
		}
	}
	if len(errs) == 0 {
		errs = append(contrasts("Theme.Light", whole.Light), contrasts("Theme.Dark", whole.Dark)...)
	}
	if t.Radius != "" {
		if !isRadius(t.Radius) {
			errs = append(errs, errors.New(`Theme.Radius: a length in rem from 0 to 2, such as "0.5rem"`))
		}
		fmt.Fprintf(&css, "--ax-radius: %s;", t.Radius)
	}
	if t.Font != "" {
		if !isFont(t.Font) {
			errs = append(errs, errors.New("Theme.Font: names of font families with commas between them; quotes in pairs, no other signs"))
		}
		fmt.Fprintf(&css, "--ax-font: %s;", t.Font)
	}
	var out settled
	var err error
	if len(t.Logo) > 0 {
		if out.logo, err = readLogo(t.Logo); err != nil {
			errs = append(errs, fmt.Errorf("Theme.Logo: %w", err))
		}
	}
	if len(errs) > 0 {
		return settled{}, fmt.Errorf("%w: %w", ErrCustom, errors.Join(errs...))
	}
	if css.Len() > 0 {
		out.sheet = "\n:root {" + css.String() + "}\n"
	}
	return out, nil
}

// isRadius accepts "0" and a plain decimal number of rem.
func isRadius(s string) bool {
	if s == "0" {
		return true
	}
	number, ok := strings.CutSuffix(s, "rem")
	if !ok {
		return false
	}
	whole, part, dotted := strings.Cut(number, ".")
	digits := func(s string) bool {
		return s != "" && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
	}
	if !digits(whole) || dotted && !digits(part) {
		return false
	}
	return whole == "0" || whole == "1" || whole == "2" && strings.Trim(part, "0") == ""
}

// isFont accepts what can be nothing but a list of family names: nothing that
// ends a declaration, opens a function or a comment, or escapes.
func isFont(s string) bool {
	if len(s) > 512 {
		return false
	}
	for family := range strings.SplitSeq(s, ",") {
		family = strings.TrimSpace(family)
		for _, quote := range []string{`"`, `'`} {
			if inner, ok := strings.CutPrefix(family, quote); ok {
				if family, ok = strings.CutSuffix(inner, quote); !ok {
					return false
				}
				break
			}
		}
		if family == "" || strings.ContainsFunc(family, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || r == '-' || r == '_')
		}) {
			return false
		}
	}
	return true
}
