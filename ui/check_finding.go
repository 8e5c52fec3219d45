package ui

import (
	"fmt"
	"strings"
)

// Rule names what a replaced template breaks. The names are stable.
type Rule string

// The rules.
const (
	RuleName    Rule = "name"    // a file that replaces no template
	RuleSyntax  Rule = "syntax"  // the file does not parse
	RuleDefine  Rule = "define"  // the file does not define what it is for
	RuleExecute Rule = "execute" // it fails on a page: a field that does not exist, a panic
	RuleInline  Rule = "inline"  // script, style or handler inside the page, which the policy blocks
	RuleElement Rule = "element" // an element that has no place on these pages
	RuleForeign Rule = "foreign" // an address elsewhere
	RuleCSRF    Rule = "csrf"    // a form that posts without the token
	RuleForm    Rule = "form"    // a form or field that the page posts to is missing or renamed
	RuleLabel   Rule = "label"   // a field without a label
	RuleFrame   Rule = "frame"   // language, title, main or heading is missing
	RuleSummary Rule = "summary" // what has to be corrected is not said
	RuleNotice  Rule = "notice"  // the notice of the step before is not said
)

// Finding is one fault of a replaced template.
type Finding struct {
	Template string // the file, or the files of which one is at fault
	Page     string // the first sample that shows it; empty for the file as such
	More     int    // how many further samples show it
	Rule     Rule
	Detail   string
}

// String says it in a line.
func (f Finding) String() string {
	where := f.Template
	switch {
	case f.Page != "" && f.More > 0:
		where += fmt.Sprintf(" (page %s and %d more)", f.Page, f.More)
	case f.Page != "":
		where += " (page " + f.Page + ")"
	}
	return where + ": " + f.Detail + " [" + string(f.Rule) + "]"
}

// TemplateError lists everything that is wrong with replaced templates. It is
// [ErrCustom] and [ErrConfig].
type TemplateError struct{ Findings []Finding }

// Error implements error, a line for each finding.
func (e *TemplateError) Error() string {
	var b strings.Builder
	b.WriteString(ErrCustom.Error() + ": Templates")
	for _, f := range e.Findings {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}

// Unwrap makes errors.Is find ErrCustom.
func (e *TemplateError) Unwrap() error { return ErrCustom }
