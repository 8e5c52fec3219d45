package ui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

func mustLanguages(t *testing.T, c Custom) *languages {
	t.Helper()
	l, err := newLanguages(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCatalog_fixed_sentences_stand_word_for_word(t *testing.T) {
	t.Parallel()
	// UIX-072
	for _, c := range []struct {
		texts map[string]string
		want  map[string]string
	}{
		{englishTexts(), map[string]string{
			"problem.sign_in_failed": "Those details did not match. Check them and try again.",
			"problem.locked":         "Too many tries. You can try again at {time}.",
			"mail.sent":              "If that address can be used here, we have sent a message to it. The link works for {duration}.",
			"error.link.text":        "This link has expired or was already used. Ask for a new one.",
			"error.expired.text":     "This took too long, so we stopped to keep you safe. Start again.",
			"error.trouble.text":     "We cannot do this right now. Nothing was changed. Try again in a moment.",
		}},
		{germanTexts(), map[string]string{
			"problem.sign_in_failed": "Diese Angaben passen nicht zusammen. Prüfen Sie sie und versuchen Sie es erneut.",
			"problem.locked":         "Zu viele Versuche. Ein neuer Versuch ist möglich ab {time}.",
			"mail.sent":              "Wenn diese Adresse hier verwendet werden kann, haben wir eine Nachricht dorthin gesendet. Der Link gilt {duration} lang.",
			"error.link.text":        "Dieser Link ist abgelaufen oder wurde schon verwendet. Fordern Sie einen neuen an.",
			"error.expired.text":     "Das hat zu lange gedauert. Zu Ihrer Sicherheit haben wir abgebrochen. Beginnen Sie neu.",
			"error.trouble.text":     "Das ist im Moment nicht möglich. Es wurde nichts geändert. Versuchen Sie es gleich noch einmal.",
		}},
	} {
		for key, want := range c.want {
			if c.texts[key] != want {
				t.Errorf("%s is %q", key, c.texts[key])
			}
		}
	}
}

// wording is what a language must not say (UIX-070, UIX-071).
type wording struct {
	forbidden, oracle *regexp.Regexp
	// title is title case where the language has none; nil where nouns have
	// capitals anyway.
	title *regexp.Regexp
}

func wordings() map[string]wording {
	return map[string]wording{
		"en": {
			regexp.MustCompile(`(?i)\b(2fa|mfa|otp|totp|credentials?|invalid|principal|login|log[- ]?in|logout|please enter|oops|sorry|illegal|forbidden|two-factor|multi-factor)\b|!`),
			regexp.MustCompile(`(?i)no such user|does not exist|unknown user|not registered|account not found`),
			regexp.MustCompile(`^([A-Z][a-z]+ ?)+$`),
		},
		"de": {
			regexp.MustCompile(`(?i)\b(2fa|mfa|otp|totp|credentials?|zugangsdaten|anmeldedaten|berechtigungsnachweis\w*|ungültig\w*|principal|prinzipal|login|log[- ]?in|logout|einloggen|ausloggen|eingeloggt|account|session|user|leider|ups|hoppla|illegal|verboten|unzulässig\w*|falsche[snm]? passwort|fehlgeschlagen|zwei-faktor\S*|zweifaktor\S*|mehrfaktor\S*|e-?mail-konto|du|dein\w*|dich|dir)\b|!`),
			regexp.MustCompile(`(?i)kein solcher|existiert nicht|unbekannte[rn]? (benutzer|nutzer)|nicht registriert|konto nicht gefunden`),
			nil,
		},
	}
}

func TestCatalog_uses_plain_words_in_short_sentences(t *testing.T) {
	t.Parallel()
	// UIX-070, UIX-071
	sentence := regexp.MustCompile(`[.?:]\s+|[.?:]$|$`)
	for lang, rule := range wordings() {
		texts, _ := shipped(language.MustParse(lang))
		words, sentences := 0, 0
		for key, text := range texts {
			if found := rule.forbidden.FindString(text); found != "" {
				t.Errorf("%s: %s says %q", lang, key, found)
			}
			if rule.oracle.MatchString(text) {
				t.Errorf("%s: %s tells whether an account exists", lang, key)
			}
			if n := len(strings.Fields(text)); rule.title != nil && n > 1 && n < 6 && rule.title.MatchString(text) {
				t.Errorf("%s: %s is in title case: %q", lang, key, text)
			}
			first, _ := utf8.DecodeRuneInString(text)
			if unicode.IsLower(first) && !strings.HasPrefix(key, "time.") && !strings.HasPrefix(key, "password.what") {
				t.Errorf("%s: %s begins small: %q", lang, key, text)
			}
			for _, s := range sentence.Split(text, -1) {
				n := len(strings.Fields(s))
				if n == 0 {
					continue
				}
				words, sentences = words+n, sentences+1
				if n > 24 {
					t.Errorf("%s: %s has a sentence of %d words", lang, key, n)
				}
			}
		}
		if average := float64(words) / float64(sentences); average > 12 {
			t.Errorf("%s: %.1f words a sentence on average", lang, average)
		}
	}
	if len(wordings()) != len(mustLanguages(t, Custom{}).offered) {
		t.Error("a language without a list of words")
	}
}

// Deleting one entry, or an argument in one, makes this red: nothing is built
// that misses a sentence (UIX-085).
func TestCatalog_every_language_is_complete_with_the_same_arguments(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"en", "de", pseudoAccents, pseudoRightToLeft} {
		texts, own := shipped(language.MustParse(tag))
		if !own {
			t.Errorf("%s has no texts of its own", tag)
		}
		for _, err := range checkTexts(language.MustParse(tag), texts) {
			t.Errorf("%s: %v", tag, err)
		}
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
	elsewhere := []string{"problem.", "notice.", "error.", "factor.", "confirm.", "field.", "month.", "duration.", "time.", "password.", "mail.", "footer.", "wait.", "language.", "history.", "names.kind."}
	for key := range texts {
		base, _, _ := cutPlural(key)
		if named[base] || strings.HasSuffix(base, ".title") || base == "frame.title_error" || base == "home.title_signed_in" {
			continue
		}
		if !slices.ContainsFunc(elsewhere, func(prefix string) bool { return strings.HasPrefix(base, prefix) }) {
			t.Errorf("nothing uses %q", key)
		}
	}
	for kind := range historyKinds() {
		if texts["history."+kind] == "" {
			t.Errorf("no text for %s", kind)
		}
	}
}

// AUN-160: what happens to a person has a sentence on their history page. What has none
// is said here to be nobody's, or of an account that is gone.
func TestHistory_has_a_sentence_for_every_kind(t *testing.T) {
	t.Parallel()
	nobodys := []string{
		"cross_tenant_refused", "method_disabled", "method_enabled", "policy_clamped", "provision_refused", "schema_migrated",
		"service_started", "service_stopped", "session_open_failed", "tenant_config_changed", "tenant_created", "tenant_deleted",
		"tenant_purged", "tenant_suspended", "tenant_unsuspended", "tenants_listed", "user_erased",
	}
	page, err := os.ReadFile("../docs/audit-events.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile("(?m)^### `([a-z_]+)`$").FindAllStringSubmatch(string(page), -1)
	if len(kinds) < 40 {
		t.Fatalf("only %d kinds: nothing was checked", len(kinds))
	}
	said := historyKinds()
	for _, k := range kinds {
		if _, ok := said[k[1]]; ok == slices.Contains(nobodys, k[1]) {
			t.Errorf("%s: has a sentence is %t", k[1], ok)
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

// UIX-058: times, durations, numbers and plural forms in the language's order.
func TestWords_follow_the_language(t *testing.T) {
	t.Parallel()
	l := mustLanguages(t, Custom{})
	de := l.exact("de")
	berlin := time.FixedZone("MEZ", 60*60)
	now := time.Date(2026, time.March, 3, 14, 27, 0, 0, time.UTC)
	for _, c := range []struct {
		got  func() (string, error)
		want string
	}{
		{func() (string, error) { return de.duration(90 * time.Minute) }, "1 Stunde 30 Minuten"},
		{func() (string, error) { return de.duration(48 * time.Hour) }, "2 Tage"},
		{func() (string, error) {
			m, err := de.moment(now.Add(-26*time.Hour), moments{zone: berlin, now: now})
			return m.Words, err
		}, "2. März 2026, 13:27 Uhr (MEZ)"},
		{func() (string, error) {
			m, err := de.moment(now.Add(-3*time.Hour), moments{now: now})
			return m.Words, err
		}, "vor 3 Stunden"},
		{func() (string, error) {
			m, err := de.moment(now.Add(-time.Minute), moments{now: now})
			return m.Words, err
		}, "vor 1 Minute"},
		{func() (string, error) {
			return de.say(Text{Key: "problem.locked", Args: Args{"time": now.Add(5 * time.Minute)}}, moments{zone: berlin, now: now})
		}, "Zu viele Versuche. Ein neuer Versuch ist möglich ab 15:32 Uhr (MEZ)."},
		{func() (string, error) {
			return de.say(Text{Key: "account.sessions", Args: Args{"count": 1}}, moments{})
		}, "Sie sind nur in diesem Browser angemeldet."},
		{func() (string, error) {
			return de.say(Text{Key: "end_others.button", Args: Args{"count": 1234}}, moments{})
		}, "1.234 andere Sitzungen beenden"},
		{func() (string, error) {
			return l.exact("en").say(Text{Key: "end_others.button", Args: Args{"count": 1234}}, moments{})
		}, "End 1,234 other sessions"},
	} {
		if got, err := c.got(); err != nil || got != c.want {
			t.Errorf("%q, want %q (%v)", got, c.want, err)
		}
	}
}

// Every kind of this module that can be a step has a title, a sentence and a name in
// every language; only those of a program fall back. AUN-010
func TestCatalog_has_words_for_every_kind(t *testing.T) {
	t.Parallel()
	for language, texts := range map[string]map[string]string{"en": englishTexts(), "de": germanTexts()} {
		for _, kind := range []identity.Kind{factor.Password, factor.TOTP, factor.HOTP, factor.EmailOTP, factor.Recovery, factor.LDAPBind, factor.MTLS, factor.JWTBearer} {
			for _, part := range []string{"title", "text", "name"} {
				if key := "factor." + string(kind) + "." + part; texts[key] == "" {
					t.Errorf("%s: no %s", language, key)
				}
			}
		}
	}
}
