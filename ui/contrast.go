package ui

import (
	"fmt"
	"math"
	"strconv"
)

// color is sRGB, each channel from 0 to 1.
type color [3]float64

func parseColor(s string) (color, bool) {
	if len(s) != 7 || s[0] != '#' {
		return color{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return color{}, false
	}
	return color{float64(n>>16) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}, true
}

// over is c with the given share on top of below, as color-mix(in srgb) has it.
func (c color) over(below color, share float64) color {
	for i := range c {
		c[i] = c[i]*share + below[i]*(1-share)
	}
	return c
}

// luminance is the relative luminance of WCAG 2.2.
func (c color) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

const (
	leastText    = 4.5 // WCAG 2.2 §1.4.3
	leastControl = 3   // WCAG 2.2 §1.4.11
)

// contrasts checks every pair of colours that meets on the pages (UIX-084).
func contrasts(side string, c Colors) []error {
	at := map[string]color{}
	for _, p := range properties() {
		at[p.field], _ = parseColor(*p.at(&c)) // checked by the caller
	}
	var errs []error
	pair := func(front, back string, below color, least float64) {
		// Rounded down: 4.499 is not 4.5.
		if got := contrast(at[front], below); got < least {
			errs = append(errs, fmt.Errorf("%s: %s on %s is %.2f:1, at least %.1f:1 is needed", side, front, back, math.Floor(got*100)/100, least))
		}
	}
	for _, p := range []struct {
		front, back string
		least       float64
	}{
		{"Text", "BG", leastText}, {"Text", "Surface", leastText},
		{"Muted", "BG", leastText}, {"Muted", "Surface", leastText},
		{"Accent", "BG", leastText}, {"Accent", "Surface", leastText}, {"OnAccent", "Accent", leastText},
		{"Danger", "BG", leastText}, {"Danger", "Surface", leastText}, {"Surface", "Danger", leastText},
		{"OK", "Surface", leastText},
		{"Border", "Surface", leastControl}, {"Border", "BG", leastControl},
	} {
		pair(p.front, p.back, at[p.back], p.least)
	}
	// Tinted areas of the style sheet.
	for _, p := range []struct {
		front, tint, below string
		share              float64
	}{
		{"Danger", "Danger", "Surface", 0.07}, // the list of problems
		{"Text", "Danger", "Surface", 0.07},
		{"Text", "OK", "Surface", 0.08},       // a notice
		{"OK", "OK", "Surface", 0.08},         // a tag
		{"Accent", "Accent", "BG", 0.13},      // the present place in the navigation
		{"Accent", "Accent", "Surface", 0.09}, // what is pointed at
		{"Muted", "Accent", "BG", 0.1},        // the top of the page
	} {
		pair(p.front, fmt.Sprintf("%s with %d%% %s", p.below, int(p.share*100), p.tint), at[p.tint].over(at[p.below], p.share), leastText)
	}
	return errs
}
