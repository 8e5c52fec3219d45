// Package approval carries a guard's word to a service further down: that this
// person may do this one thing. The service cannot ask the policies itself, and
// must not take a caller's word for it.
//
//	t := approval.Mint("impersonate", login.Subject()) // by a guard, after it decided
//	by, err := t.For("impersonate")                    // by the verb that acts
//
// The zero token approves nothing. Only guards mint one: the architecture test
// lists who may import this package.
//
// It serves AUN-140: the form in which an approval arrives.
package approval

import (
	"errors"

	"github.com/axess-go/axess/identity"
)

// ErrNotApproved answers the zero token, and one for another action.
var ErrNotApproved = errors.New("approval: this action was not approved")

// Token approves one named action of one person. It is a value of one request
// and is never stored.
type Token struct {
	action string
	by     identity.Subject
}

// Mint makes a token. It panics without an action or a whole subject: a guard
// that has neither has decided nothing.
func Mint(action string, by identity.Subject) Token {
	if action == "" || !by.Valid() {
		panic("approval: mint needs an action and a subject")
	}
	return Token{action, by}
}

// For returns who is approved to do the action. Error: ErrNotApproved.
func (t Token) For(action string) (identity.Subject, error) {
	if t.action == "" || t.action != action {
		return identity.Subject{}, ErrNotApproved
	}
	return t.by, nil
}
