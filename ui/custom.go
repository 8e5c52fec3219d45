package ui

// Custom is what a program changes about the pages. The zero value changes
// nothing. Everything is checked when the renderer is made, not when somebody
// looks at a page.
type Custom struct {
	// Languages are the languages that pages and mails are offered in, as BCP 47
	// tags; the first is the default. Nil: "en", "de", and what Messages adds.
	//
	// Each is "en", "de", or has an entry in Messages. Two more exist for testing
	// layouts: "en-XA" is English with accents and 40 % longer, "ar-XB" runs from
	// right to left in letters that say nothing.
	Languages []string
	// Messages replace texts, by language and key. The keys and the arguments of
	// each are those of the English catalogue; a language has one entry per plural
	// form that CLDR gives it. A language that is not shipped has to be complete,
	// except that a regional one ("de-AT") starts from its parent.
	Messages map[string]map[string]string
}
