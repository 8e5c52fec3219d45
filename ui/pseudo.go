package ui

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// The pseudo-locales, under the tags that browsers and systems use for theirs.
const (
	pseudoAccents     = "en-XA"
	pseudoRightToLeft = "ar-XB"
)

// pseudoTexts is English in a form that shows what a page does with a longer
// language, or with one that runs the other way. What of a page still reads as
// plain English has not come from the catalogue.
func pseudoTexts(tag language.Tag) map[string]string {
	change := accented
	if tag.String() == pseudoRightToLeft {
		change = arabicLetters
	}
	out := map[string]string{}
	for key, text := range englishTexts() {
		base, form, _ := cutPlural(key)
		switch {
		case key == "footer.self":
			out[key] = tag.String()
		case form == "other":
			for _, f := range pluralsOf(tag) {
				out[base+"."+f] = change(text)
			}
		case form != "":
		default:
			out[key] = change(text)
		}
	}
	return out
}

// accented keeps a text readable and makes it 40 % longer.
func accented(text string) string {
	out := outsideArguments(text, strings.NewReplacer(
		"a", "å", "c", "ç", "d", "ð", "e", "é", "g", "ĝ", "h", "ĥ", "i", "î", "l", "ļ", "n", "ñ", "o", "ö", "p", "þ",
		"r", "ŕ", "s", "š", "t", "ţ", "u", "û", "w", "ŵ", "y", "ý", "z", "ž",
		"A", "Å", "C", "Ç", "D", "Ð", "E", "É", "G", "Ĝ", "H", "Ĥ", "I", "Î", "L", "Ļ", "N", "Ñ", "O", "Ö", "P", "Þ",
		"R", "Ŕ", "S", "Š", "T", "Ţ", "U", "Û", "W", "Ŵ", "Y", "Ý", "Z", "Ž",
	).Replace)
	const filler = " öné ţŵö ţĥŕéé ƒöûŕ ƒîvé šîx šévéñ éîĝĥţ ñîñé ţéñ"
	more := (utf8.RuneCountInString(text)*4+9)/10 + 1
	pad := []rune(strings.Repeat(filler, more/utf8.RuneCountInString(filler)+1))[:more]
	return out + strings.TrimRight(string(pad), " ")
}

// arabicLetters writes the consonants of a text with letters that run from right
// to left. No mark is needed to turn it, so it can stand in a mail too.
func arabicLetters(text string) string {
	return outsideArguments(text, strings.NewReplacer(
		"a", "ا", "b", "ب", "c", "ك", "d", "د", "e", "ي", "f", "ف", "g", "غ", "h", "ه", "i", "ي", "j", "ج", "k", "ك", "l", "ل",
		"m", "م", "n", "ن", "o", "و", "p", "ب", "q", "ق", "r", "ر", "s", "س", "t", "ت", "u", "و", "v", "ف", "w", "و", "x", "خ", "y", "ي", "z", "ز",
		"A", "ا", "B", "ب", "C", "ك", "D", "د", "E", "ي", "F", "ف", "G", "غ", "H", "ه", "I", "ي", "J", "ج", "K", "ك", "L", "ل",
		"M", "م", "N", "ن", "O", "و", "P", "ب", "Q", "ق", "R", "ر", "S", "س", "T", "ت", "U", "و", "V", "ف", "W", "و", "X", "خ", "Y", "ي", "Z", "ز",
	).Replace)
}

// outsideArguments changes a text but for the names in its braces.
func outsideArguments(text string, change func(string) string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(text, "{")
		out.WriteString(change(before))
		if !ok {
			return out.String()
		}
		name, behind, _ := strings.Cut(after, "}")
		out.WriteString("{" + name + "}")
		text = behind
	}
}
