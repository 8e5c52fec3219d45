package storetest

import (
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// standing is what an account is, as far as a survivor changes it.
type standing struct {
	user  identity.User
	cred  identity.Credential
	token identity.Token // the zero one: none
}

// changeAccount makes the next of three changes: a step of the credential, a link that
// is made and then spent, a suspension that is made and then lifted. Each commits
// an event.
func (p *survivor) changeAccount() bool {
	next, row := p.account, p.row(store.TopicAudit)
	event := identity.Append{Row: row}
	var err error
	switch kind := p.turn / 7 % 3; {
	case kind == 0:
		next.cred = advanced(next.cred)
		err = p.s.Identity.Record(p.ctx(), identity.AdvanceCredential{Credential: next.cred}, event)
	case kind == 1 && next.token == (identity.Token{}):
		next.token = p.token(next.user, identity.TokenSignUp)
		err = p.s.Identity.Apply(p.ctx(), identity.PutToken{Token: next.token}, event)
	case kind == 1:
		err = p.s.Identity.Apply(p.ctx(), spending(next.token), event)
		p.gone, next.token = next.token, identity.Token{}
	default:
		move := identity.Transition{Subject: p.sub, From: identity.Active, To: identity.Suspended}
		if next.user.State == identity.Suspended {
			move.From, move.To = move.To, move.From
		}
		next.user.State = move.To
		err = p.s.Identity.Apply(p.ctx(), move, event)
	}
	return p.told(err, func() { p.account, p.rows = next, append(p.rows, row.ID) }, func() {
		if p.isNow(next) {
			p.account, p.rows = next, append(p.rows, row.ID)
		}
	})
}

func spending(t identity.Token) identity.ConsumeToken {
	return identity.ConsumeToken{Selector: t.Selector, Digest: t.Digest, Purpose: t.Purpose, Now: at(time.Minute)}
}

// isNow reports that the account stands so.
func (p *survivor) isNow(want standing) bool {
	a, err := p.s.Identity.AccountByID(p.ctx(), p.sub)
	p.must(err)
	if len(a.Credentials) != 1 {
		p.Fatalf("credentials %+v", a.Credentials)
	}
	for _, t := range []identity.Token{p.account.token, want.token} {
		if t == (identity.Token{}) {
			continue
		}
		_, err := p.s.Identity.TokenBySelector(p.ctx(), t.Selector)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			p.Fatal(err)
		}
		if (err == nil) != (t == want.token) {
			return false
		}
	}
	return a.Credentials[0].Version == want.cred.Version && a.User.State == want.user.State
}

// judgeAccount: what was acknowledged last is what is there, with every event; a link
// that was spent is spent.
func (p *survivor) judgeAccount() {
	if !p.isNow(p.account) {
		a, err := p.s.Identity.AccountByID(p.ctx(), p.sub)
		p.Errorf("the account is %+v (%v), acknowledged was %+v", a, err, p.account)
	}
	if p.gone != (identity.Token{}) && p.account.token != p.gone {
		p.fails("a link that was spent", p.s.Identity.Apply(p.ctx(), spending(p.gone)), store.ErrNotFound)
	}
	known := p.row(store.TopicAudit)
	for i, id := range p.rows {
		known.ID = id
		if err := p.s.Identity.Append(p.ctx(), known); !errors.Is(err, store.ErrExists) {
			p.Errorf("the event of change %d is not there: %v", i+1, err)
		}
	}
}
