package ui

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

// UIX-085: a program's own texts pass the checks of the shipped ones.
func TestMessages_are_refused_when_they_do_not_fit(t *testing.T) {
	t.Parallel()
	polish := englishTexts()
	for key, text := range englishTexts() {
		if base, ok := strings.CutSuffix(key, ".other"); ok && polish[base+".one"] != "" {
			polish[base+".few"], polish[base+".many"] = text, text
		}
	}
	incomplete := maps.Clone(polish)
	delete(incomplete, "sign_in.title")
	noMany := maps.Clone(polish)
	delete(noMany, "duration.days.many")
	for name, c := range map[string]struct {
		custom Custom
		says   string
	}{
		"unknown key":        {Custom{Messages: map[string]map[string]string{"de": {"sign_in.titel": "Anmelden"}}}, `"sign_in.titel" does not exist`},
		"missing argument":   {Custom{Messages: map[string]map[string]string{"de": {"problem.locked": "Zu viele Versuche."}}}, `"problem.locked" has the arguments [], not [time]`},
		"other argument":     {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": "Sign in to {brand}"}}}, `"sign_in.title" has the arguments [brand], not []`},
		"open brace":         {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": "Sign in {"}}}, "open brace"},
		"closed brace":       {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": "Sign in }"}}}, "brace"},
		"empty":              {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": ""}}}, "empty"},
		"two lines":          {Custom{Messages: map[string]map[string]string{"en": {"mail.verify.subject": "a\r\nBcc: b"}}}, "control"},
		"bidi":               {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": "a\u202eb"}}}, "bidi"},
		"too long":           {Custom{Messages: map[string]map[string]string{"en": {"sign_in.title": strings.Repeat("a", 1001)}}}, "longer"},
		"no tag":             {Custom{Messages: map[string]map[string]string{"!": {}}}, "not a language tag"},
		"not offered":        {Custom{Languages: []string{"en"}, Messages: map[string]map[string]string{"de": {"sign_in.title": "Anmeldung"}}}, "does not offer"},
		"without texts":      {Custom{Languages: []string{"en", "fr"}}, `"fr" has no texts`},
		"twice":              {Custom{Languages: []string{"en", "EN"}}, "twice"},
		"incomplete":         {Custom{Messages: map[string]map[string]string{"pl": incomplete}}, `"sign_in.title" is missing`},
		"plural form absent": {Custom{Messages: map[string]map[string]string{"pl": noMany}}, `"duration.days.many" is missing`},
		"foreign plural":     {Custom{Messages: map[string]map[string]string{"de": {"duration.days.few": "{count} Tage"}}}, `"duration.days.few" does not exist`},
	} {
		_, err := newLanguages(c.custom)
		if !errors.Is(err, ErrCustom) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}

	l, err := newLanguages(Custom{Messages: map[string]map[string]string{
		"pl": polish, "de": {"sign_in.title": "Anmeldung"}, "de-AT": {"month.1": "Jänner"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, c := range l.offered {
		tags = append(tags, c.lang)
	}
	if want := []string{"en", "de", "de-AT", "pl"}; !slices.Equal(tags, want) {
		t.Errorf("offers %v, want %v", tags, want)
	}
	for tag, want := range map[string]string{"de": "Januar", "de-AT": "Jänner"} {
		if got := l.exact(tag).texts["month.1"]; got != want {
			t.Errorf("%s says %q", tag, got)
		}
	}
	if got := l.exact("de").texts["sign_in.title"]; got != "Anmeldung" {
		t.Errorf("de says %q", got)
	}
}

// UIX-086
func TestLanguages_finds_the_nearest_one(t *testing.T) {
	t.Parallel()
	l := mustLanguages(t, Custom{})
	for header, want := range map[string]string{
		"":                          "en",
		"de":                        "de",
		"de-AT,de;q=0.9,en;q=0.5":   "de",
		"gsw":                       "de",
		"fr-FR,fr;q=0.9":            "en",
		"fr;q=1,de;q=0.8":           "de",
		"en-GB,de;q=0.9":            "en",
		"de;q=0,en":                 "en",
		"*":                         "en",
		"\xff;;;=,,":                "en",
		"en-XA":                     "en",
		"x-pirate":                  "en",
		strings.Repeat("a-", 4000):  "en",
		strings.Repeat("de,", 4000): "de",
	} {
		if got := l.accept(header).lang; got != want {
			t.Errorf("%.20q gives %s, want %s", header, got, want)
		}
	}
	for tag, want := range map[string]string{"de": "de", "de-CH": "de", "fr": "en", "": "en", "no tag at all": "en", strings.Repeat("d", 5000): "en"} {
		if got := l.near(tag).lang; got != want {
			t.Errorf("%.20q is near %s, want %s", tag, got, want)
		}
	}
	second := mustLanguages(t, Custom{Languages: []string{"de", "en"}})
	if got := second.accept("fr").lang; got != "de" {
		t.Errorf("the default is %s", got)
	}
}

func TestDirection_is_that_of_the_script(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"en": "ltr", "ar": "rtl", "he": "rtl", "fa": "rtl", "ur": "rtl", "az-Arab": "rtl", "az": "ltr", "ar-XB": "rtl", "en-XA": "ltr"} {
		if got := direction(language.MustParse(tag)); got != want {
			t.Errorf("%s runs %s", tag, got)
		}
	}
}

func TestPseudo_locales_are_longer_and_turned(t *testing.T) {
	t.Parallel()
	english := englishTexts()
	accents, turned := pseudoTexts(language.MustParse(pseudoAccents)), pseudoTexts(language.MustParse(pseudoRightToLeft))
	for key, text := range english {
		if base, form, ok := cutPlural(key); ok && form == "one" {
			key, text = base+".other", english[base+".other"]
		}
		if key == "footer.self" {
			continue
		}
		if long, short := len([]rune(accents[key])), len([]rune(text)); long*10 < short*14 {
			t.Errorf("%s: %d characters for %d", key, long, short)
		}
	}
	if got := turned["problem.locked"]; !strings.Contains(got, "{time}") || strings.Contains(got, "Too") {
		t.Errorf("%q", got)
	}
	if got := pluralsOf(language.Arabic); len(got) != 6 {
		t.Errorf("Arabic has the forms %v", got)
	}
}

func FuzzAcceptLanguage(f *testing.F) {
	for _, s := range []string{"de-AT,de;q=0.9,en;q=0.5", "*", "i-klingon", "x-", "de-u-co-phonebk", "zh-cmn-Hans-CN", "und-t-x0"} {
		f.Add(s)
	}
	l, err := newLanguages(Custom{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		// FUZ-F07: any header, and any cookie, finds one of the languages.
		for _, c := range []*catalog{l.accept(header), l.near(header)} {
			if l.exact(c.lang) != c {
				t.Errorf("%q leads to %q", header, c.lang)
			}
		}
	})
}
