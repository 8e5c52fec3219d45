package ui

import "time"

// SessionRow is one live session.
type SessionRow struct {
	Ref      string // names it in the path that ends it
	This     bool   // the session of this browser
	Acting   bool   // somebody else acts in it, in this person's name
	Browser  string // "Firefox"; empty when unknown
	Platform string // "Linux"; empty when unknown
	Place    string // rough place; empty when unknown
	SignedIn time.Time
	LastSeen time.Time
	Factors  []string // kinds used, in order
}

// SessionsPage lists the live sessions (UIX-036): this one first, the others
// in the order given. "End" posts to the path of the row.
type SessionsPage struct {
	Frame
	Sessions []SessionRow
}

func (p SessionsPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sessions.title"}, "sessions")
	rows := make([]SessionRow, 0, len(p.Sessions))
	for _, this := range []bool{true, false} {
		for _, s := range p.Sessions {
			if s.This == this {
				rows = append(rows, s)
			}
		}
	}
	p.Sessions = rows
	return "sessions", &p
}

// Others counts the sessions besides this one.
func (p SessionsPage) Others() int {
	n := 0
	for _, s := range p.Sessions {
		if !s.This {
			n++
		}
	}
	return n
}

// EndOthersPage asks before all other sessions are ended and names their
// number. It posts to the end-others path.
type EndOthersPage struct {
	Frame
	Count int
}

func (p EndOthersPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "end_others.title", Args: Args{"count": p.Count}}, "sessions")
	return "end_others", &p
}

// SignOutPage asks, so that a link or a picture elsewhere cannot sign anybody
// out (UIX-042). It posts scope: "this", or "all" to end every session.
type SignOutPage struct {
	Frame
}

func (p SignOutPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sign_out.title"}, "")
	return "sign_out", &p
}

// SignedOutPage says that it happened. It shows nothing of the account.
type SignedOutPage struct {
	Frame
	Everywhere bool
}

func (p SignedOutPage) bind(b *binding) (string, any) {
	p.SignedInAs = ""
	p.attach(b, Text{Key: "signed_out.title"}, "")
	return "signed_out", &p
}
