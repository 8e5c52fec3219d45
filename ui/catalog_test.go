package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCatalog_fixed_sentences_stand_word_for_word(t *testing.T) {
	t.Parallel()
	// UIX-072
	texts := englishTexts()
	for key, want := range map[string]string{
		"problem.sign_in_failed": "Those details did not match. Check them and try again.",
		"problem.locked":         "Too many tries. You can try again at {time}.",
		"mail.sent":              "If that address can be used here, we have sent a message to it. The link works for {duration}.",
		"error.link.text":        "This link has expired or was already used. Ask for a new one.",
		"error.expired.text":     "This took too long, so we stopped to keep you safe. Start again.",
		"error.trouble.text":     "We cannot do this right now. Nothing was changed. Try again in a moment.",
	} {
		if texts[key] != want {
			t.Errorf("%s is %q", key, texts[key])
		}
	}
}

func TestCatalog_uses_plain_words_in_short_sentences(t *testing.T) {
	t.Parallel()
	// UIX-070
	forbidden := regexp.MustCompile(`(?i)\b(2fa|mfa|otp|totp|credentials?|invalid|principal|login|log in|please enter|oops|sorry|illegal|forbidden)\b|!`)
	sentence := regexp.MustCompile(`[.?:]\s+|[.?:]$|$`)
	words, sentences := 0, 0
	for key, text := range englishTexts() {
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s says %q", key, found)
		}
		if strings.TrimSpace(text) != text || text == "" {
			t.Errorf("%s has outer space or is empty", key)
		}
		if n := len(strings.Fields(text)); n > 1 && n < 6 && regexp.MustCompile(`^([A-Z][a-z]+ ?)+$`).MatchString(text) {
			t.Errorf("%s is in title case: %q", key, text)
		}
		for _, s := range sentence.Split(text, -1) {
			n := len(strings.Fields(s))
			if n == 0 {
				continue
			}
			words, sentences = words+n, sentences+1
			if n > 24 {
				t.Errorf("%s has a sentence of %d words", key, n)
			}
		}
		for _, s := range []string{"no such user", "does not exist", "unknown user", "not registered", "account not found"} {
			// UIX-071
			if strings.Contains(strings.ToLower(text), s) {
				t.Errorf("%s tells whether an account exists", key)
			}
		}
	}
	if average := float64(words) / float64(sentences); average > 12 {
		t.Errorf("%.1f words a sentence on average", average)
	}
}

func TestCatalog_every_text_is_used_and_every_used_text_exists(t *testing.T) {
	t.Parallel()
	texts := englishTexts()
	named := map[string]bool{}
	literal := regexp.MustCompile(`\.T "([a-z0-9_.]+)"`)
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		body, err := templateFiles.ReadFile("templates/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(body), -1) {
			named[m[1]] = true
			if _, one := texts[m[1]]; !one {
				if _, counted := texts[m[1]+".other"]; !counted {
					t.Errorf("%s names %q, which is not in the catalogue", e.Name(), m[1])
				}
			}
		}
	}
	// Texts that templates build from a kind, and those handlers choose.
	elsewhere := []string{"problem.", "notice.", "error.", "factor.", "confirm.", "field.", "month.", "duration.", "time.", "password.", "mail.", "footer.", "wait."}
	for key := range texts {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if named[base] || strings.HasSuffix(base, ".title") || base == "frame.title_error" || base == "home.title_signed_in" {
			continue
		}
		if !slices.ContainsFunc(elsewhere, func(prefix string) bool { return strings.HasPrefix(base, prefix) }) {
			t.Errorf("nothing uses %q", key)
		}
	}
	for key := range texts {
		if base, ok := strings.CutSuffix(key, ".one"); ok {
			if _, other := texts[base+".other"]; !other {
				t.Errorf("%s has no plural", key)
			}
		}
	}
}

func TestSay_refuses_what_does_not_fit_the_sentence(t *testing.T) {
	t.Parallel()
	c := englishCatalog()
	for name, text := range map[string]Text{
		"unknown key":      {Key: "no.such.key"},
		"missing argument": {Key: "problem.locked"},
		"extra argument":   {Key: "sign_in.title", Args: Args{"time": "x"}},
		"wrong name":       {Key: "problem.locked", Args: Args{"when": "x"}},
		"wrong type":       {Key: "problem.locked", Args: Args{"time": 1.5}},
	} {
		if got, err := c.say(text, moments{}); err == nil {
			t.Errorf("%s gives %q", name, got)
		}
	}
	if got, err := c.say(Text{Key: "frame.title", Args: Args{"heading": "{brand}", "brand": "B"}}, moments{}); err != nil || got != "{brand} – B" {
		t.Errorf("an argument is read as a sentence: %q, %v", got, err)
	}
}

func TestDuration_is_said_in_words_and_never_too_short(t *testing.T) {
	t.Parallel()
	c := englishCatalog()
	for d, want := range map[time.Duration]string{
		0:                            "1 second",
		900 * time.Millisecond:       "1 second",
		30 * time.Second:             "30 seconds",
		time.Minute:                  "1 minute",
		61 * time.Second:             "2 minutes",
		10 * time.Minute:             "10 minutes",
		time.Hour:                    "1 hour",
		90 * time.Minute:             "1 hour 30 minutes",
		24 * time.Hour:               "24 hours",
		25*time.Hour + time.Minute:   "26 hours",
		47*time.Hour + time.Second:   "48 hours",
		48 * time.Hour:               "2 days",
		30 * 24 * time.Hour:          "30 days",
		48*time.Hour + time.Second:   "3 days",
		59*time.Minute + time.Second: "1 hour",
	} {
		if got, err := c.duration(d); err != nil || got != want {
			t.Errorf("%v is %q, want %q (%v)", d, got, want, err)
		}
	}
}

func TestMoment_is_relative_for_a_day_and_names_its_zone(t *testing.T) {
	t.Parallel()
	c := englishCatalog()
	east := time.FixedZone("EAT", 3*60*60)
	now := time.Date(2026, time.March, 3, 14, 27, 0, 0, time.UTC)
	// UIX-058
	for _, m := range []struct {
		at   time.Time
		when moments
		want Moment
	}{
		{now.Add(-30 * time.Second), moments{now: now}, Moment{"2026-03-03T14:26:30Z", "just now"}},
		{now.Add(-time.Minute), moments{now: now}, Moment{"2026-03-03T14:26:00Z", "1 minute ago"}},
		{now.Add(-23*time.Hour - 59*time.Minute), moments{now: now}, Moment{"2026-03-02T14:28:00Z", "23 hours ago"}},
		{now.Add(-24 * time.Hour), moments{now: now}, Moment{"2026-03-02T14:27:00Z", "2 March 2026, 14:27 UTC"}},
		{now.Add(time.Minute), moments{now: now}, Moment{"2026-03-03T14:28:00Z", "3 March 2026, 14:28 UTC"}},
		{now.Add(8 * time.Hour), moments{zone: east}, Moment{"2026-03-03T22:27:00Z", "4 March 2026, 01:27 EAT"}},
		{time.Time{}, moments{now: now}, Moment{}},
	} {
		if got, err := c.moment(m.at, m.when); err != nil || got != m.want {
			t.Errorf("%v: %+v, want %+v (%v)", m.at, got, m.want, err)
		}
	}
	// UIX-054
	for at, want := range map[time.Time]string{
		now.Add(5 * time.Minute): "Too many tries. You can try again at 17:32 EAT.",
		now.Add(10 * time.Hour):  "Too many tries. You can try again at 4 March 2026, 03:27 EAT.",
	} {
		got, err := c.say(Text{Key: "problem.locked", Args: Args{"time": at}}, moments{zone: east, now: now})
		if err != nil || got != want {
			t.Errorf("%q, want %q (%v)", got, want, err)
		}
	}
}
