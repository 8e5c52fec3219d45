package ui

import "time"

// NameRow is one name that leads to an account.
type NameRow struct {
	Kind  string // "email", "username" or "phone"
	Name  string // the canonical form, which the forms post
	Typed string // as it is shown
	// Primary marks the first name; Main the address that mails go to.
	Primary, Main bool
	Unproven      bool // an address that nobody has confirmed
}

// NamesPage lists the names of somebody who is signed in, adds and removes them and
// makes an address the primary one (UIX-039). It posts new_name to its own path, kind
// and name to the paths of removing and of the primary one, and nothing to the cancel
// path while an address waits.
type NamesPage struct {
	Frame
	Names   []NameRow
	Pending string        // an address that waits to be confirmed; empty if none does
	Works   time.Duration // how long a link to a new address works
	Undo    time.Duration // how long a change of the primary address can be undone
	Most    int           // names of one account
	New     string        // as typed before
	Outbox  bool          // development: a link to the outbox page
}

func (p NamesPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "names.title"}, "account")
	return "names", &p
}

// Full reports that there is no room for another name.
func (p NamesPage) Full() bool { return len(p.Names) >= p.Most }

// MayBecomePrimary reports an address that mails can go to from now on.
func (n NameRow) MayBecomePrimary() bool { return n.Kind == "email" && !n.Primary && !n.Unproven }

// MayGo reports a name that the account does not need.
func (n NameRow) MayGo() bool { return !n.Primary && !n.Main }
