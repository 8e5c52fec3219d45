package ui

// ReplacePasswordPage asks somebody who has passed every step of a sign-in for another
// password, because theirs is known to others. It posts password to the
// replace path; leaving posts to the sign-out path.
type ReplacePasswordPage struct {
	Frame
	Account  string // the address, for password managers
	Password PasswordRules
	Next     string // local path
}

func (p ReplacePasswordPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "replace.title"}, "")
	return "replace", &p
}
