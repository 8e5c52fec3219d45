package ui

// Page is one of the view models of this package. The set is closed: a page
// has a template, a heading and texts here, and the renderer has executed each
// in every state before it ships.
//
//sumtype:decl
type Page interface {
	// bind names the template and returns the model with what its Frame needs
	// for drawing. It works on a copy, so a caller's page stays as it was.
	bind(b *binding) (template string, data any)
}

// binding is what a renderer lends to a page while it is drawn.
type binding struct {
	languages *languages
	config    Config
	assets    *assets
	paths     paths
	moments
}

func (f *Frame) attach(b *binding, heading Text, section string) {
	f.bound, f.heading, f.section = b, heading, section
	f.words = b.languages.near(f.Language)
	f.Language = f.words.lang
}

// FooterLink is one configured link of the footer.
type FooterLink struct{ Label, URL string }

// PasswordRules are the rules stated before a new password is typed
// (FAC-020).
type PasswordRules struct {
	MinLength int // in characters as a person counts them (code points)
}

// SignInFailed is the one answer to a failed proof: unknown person, wrong
// password, wrong code and locked decoy all get it, so the page cannot tell
// them apart (UIX-052, UIX-071).
func SignInFailed() []FieldProblem {
	return []FieldProblem{{Text: Text{Key: "problem.sign_in_failed"}}}
}
