package valkey

import (
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// A guess is about one session: another that would be kept in the same place has none.
//
// STO-029, SES-195
func TestKnown_is_of_one_session(t *testing.T) {
	t.Parallel()
	s := sessions{&base{}}
	one := someRef()
	raw := one.Bytes()
	raw[15]++
	other := identity.FromBytes[session.Ref](raw)
	s.b.homes.at(one).Store(&knownHome{ref: one})
	if s.b.homes.at(one) != s.b.homes.at(other) {
		t.Fatal("they are kept in different places")
	}
	if s.known(one) == nil || s.known(other) != nil {
		t.Error("a session is read where another is")
	}
}
