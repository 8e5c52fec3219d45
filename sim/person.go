package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
)

// person is somebody who uses the site as it is meant, with two browsers, a mailbox and
// a phone. The ghost reads in the same record what is true about the account.
type person struct {
	*actor
	origin    string
	addresses []string // that may be the account's; the first is the one they type
	also      []*nick  // further names
	passwords []fact   // that may be the account's; the ghost keeps former ones
	password  string   // that they believe in
	pending   string   // that may hold too: nobody knows whether its change was made
	apps      []*app
	drift     time.Duration // of the phone's clock
	turn      int
	mailbox   int             // letters that they have read
	id        identity.UserID // what the site calls them
	tenant    identity.TenantID
	rules     bool // is an administrator
	quiet     bool // only looks, and never ends a login
	stopped   int  // step at which their suspension was acknowledged; zero: they may sign in
	perhaps   bool // a suspension was asked for
	marked    fact // a password of theirs that others know, since that was acknowledged
	gone      bool // an erasure was asked for
	again     bool // and acknowledged: they have no account
	rebinds   int  // the number of letters, and one, when their apps were taken away; zero: they were not
	unbound   bool // and they have not set up another
	settledIn bool // has signed in once more when faults had stopped
	code      int  // of the last try to sign in
	forged    bool // their password was edited in the database
	shut      int  // step at which the suspension of their tenant was acknowledged
	browsers  []*browser
	proofs    []*proof
	ending    int             // step at which something was last done that ends logins of theirs
	born      int             // step at which their account was new
	known     time.Duration   // since when the account is known to be there; zero: it may not be
	logins    []*login        // all that they have had
	wrong     []time.Duration // when guesses at them were judged, since something cleared them
	cleared   time.Duration   // when something did last
}

// person is known to the ghost from the beginning.
func (w *World) person(name, origin string) *person {
	p := &person{actor: w.actor(name), origin: origin, addresses: []string{name + "@example.org"}}
	p.password = p.choose()
	w.ghost.people = append(w.ghost.people, p)
	return p
}

// choose thinks of a new password.
func (p *person) choose() string {
	p.turn++
	next := fmt.Sprintf("nine purple ducks of %s cross road %d", p.name, p.turn)
	p.passwords = append(p.passwords, fact{value: next})
	p.w.ghost.keeps(secret{value: next, what: "a password"})
	return next
}

// settled says which password it is: all others have ended.
func (p *person) settled(password string) {
	p.forged = false
	p.password, p.pending = password, ""
	for i := range p.passwords {
		switch f := &p.passwords[i]; {
		case f.value == password: //axess:allow L05 nobody measures the ghost
			f.ended = 0
		case f.ended == 0:
			f.ended = p.w.coro.Steps()
		}
	}
}

// deed is one thing that somebody who is signed in can do, and how often they do.
type deed struct {
	name   string
	weight int
	quiet  bool   // it ends no login, and changes nothing about the account
	what   string // as a story tells it
	do     func(*person, context.Context, *browser)
}

func deeds() []deed {
	return []deed{
		{"sign-out", 4, false, "signs out", (*person).signOut},
		{"end-others", 2, false, "ends all other sessions", (*person).endOthers},
		{"password", 2, false, "changes the password", (*person).changePassword},
		{"forget", 2, false, "asks for a new password by mail", (*person).forget},
		{"add-app", 3, false, "sets an app up", (*person).addApp},
		{"remove-app", 1, false, "removes an app", (*person).removeApp},
		{"vault", 4, true, "opens what asks for a fresh factor", (*person).openVault},
		{"address", 2, false, "changes the address", (*person).changeAddress},
		{"read", 2, true, "reads history and sessions", (*person).read},
		{"deed", 2, true, "does something", (*person).doDeed},
		{"names", 3, false, "changes names", (*person).changeNames},
		{"basket", 4, true, "keeps something in the session", (*person).fill},
		{"end-one", 1, false, "ends one session of the list", (*person).endOne},
		{"sign-out-everywhere", 1, false, "signs out everywhere", (*person).signOutEverywhere},
		{"give-up", 1, true, "begins to prove something and leaves it", (*person).giveUp},
		{"look", 10, true, "looks whether they are signed in", (*person).look},
	}
}

func (p *person) live(ctx context.Context) {
	if p.begin() != nil {
		return
	}
	// The phone is off by up to a minute until somebody sets it (RFC 6238 §6).
	p.drift = time.Duration(p.draw(121)-60) * time.Second
	if p.draw(2) == 1 { // some first hear of the site by a mail that they have not asked for
		p.w.outside.Sleep(ctx, time.Duration(p.draw(60))*time.Second) //nolint:errcheck // only time
	}
	p.quiet = p.draw(4) == 3
	for !p.signUp(ctx, p.browsers[0]) {
		if p.rest(ctx) != nil {
			return
		}
	}
	for p.rest(ctx) == nil {
		if p.w.quiet {
			p.settle(ctx)
		}
		p.day(ctx)
	}
}

// day is one thing that they do, in one of their browsers.
func (p *person) day(ctx context.Context) {
	b := p.browsers[p.draw(len(p.browsers))]
	if p.draw(4) == 3 {
		b = b.tab()
	}
	where := ""
	if b.page == "" {
		where = ", in a new tab"
	}
	if b.login == nil {
		p.w.tell(b.name, "wants to get in%s", where)
		p.arrive(ctx, b)
		return
	}
	mine, all := p.done()
	if p.w.place.full > p.w.coro.Elapsed() && !p.quiet && !p.w.habits.never["sign-out"] && p.draw(2) == 1 {
		p.w.tell(b.name, "signs out, for nothing can be kept%s", where)
		p.signOut(ctx, b)
		return
	}
	n := p.draw(all)
	for _, d := range mine {
		if n -= d.weight; n < 0 {
			p.w.tell(b.name, "%s%s", d.what, where)
			d.do(p, ctx, b)
			return
		}
	}
}

// rest passes some time before the next thing: mostly a little, at times longer than a
// login lives without a request.
func (p *person) rest(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return err
	}
	d := time.Duration(p.draw(4000)) * time.Millisecond
	if p.draw(30) == 29 {
		d = time.Duration(p.draw(10)) * time.Minute
	}
	return p.w.outside.Sleep(ctx, d)
}

// mail is the newest letter to an address with a link that has come since, waiting for
// it a while.
func (p *person) mail(ctx context.Context, since int, path, to string) string {
	if st := p.w.cfg.stage; st != nil && st.watched[p.name] && p.w.outside.Sleep(ctx, delivered) != nil {
		return ""
	}
	for range 60 {
		if link := p.letter(since, path, to); link != "" {
			return link
		}
		if p.w.outside.Sleep(ctx, 5*time.Second) != nil {
			return ""
		}
	}
	return ""
}

// letter is the newest such link that is there, to any address of theirs if none is
// named; empty: none is.
func (p *person) letter(since int, path, to string) string {
	link := regexp.MustCompile(regexp.QuoteMeta(p.origin+path) + `\?token=\S+`)
	for _, m := range slices.Backward(p.w.post.letters[since:]) {
		if m.To != to && (to != "" || !p.owns(m.To)) {
			continue
		}
		if found := link.FindString(m.Text); found != "" {
			p.w.ghost.keeps(secret{value: found[strings.Index(found, "token=")+len("token="):], what: "a link"})
			return strings.TrimPrefix(found, p.origin)
		}
	}
	return ""
}

// click sends the form of the open page that leads to an action: mostly once, now and
// then twice at the same moment, or once more when the answer is there, as with the
// back button. sure is false if the cookies may be of either answer.
func (p *person) click(ctx context.Context, b *browser, action string, fields url.Values) (a answer, sure bool) {
	to, form, ok := b.fill(action, fields)
	if !ok {
		return answer{}, true
	}
	often := p.draw(10)
	if p.w.cfg.stage != nil && p.w.quiet {
		// What both worlds of a pair begin with takes no second try: a sign-in before the
		// account is there would count for a name that is nobody's, and so in one of them.
		often = 0
	}
	switch often {
	case 8:
		a = b.send(ctx, http.MethodPost, to, form)
		b.tab().send(ctx, http.MethodPost, to, form)
		return a, false
	case 9:
		return b.race(ctx, 2, to, form), false
	}
	return b.send(ctx, http.MethodPost, to, form), true
}

// race sends the same form several times at once and returns the best answer.
func (b *browser) race(ctx context.Context, n int, to string, form url.Values) answer {
	answers := make([]answer, n)
	done := b.w.outside.NewWaiter("answers")
	left := n
	for i := range n {
		tab := b.tab()
		b.w.outside.Go(b.w.within(ctx), b.name, func(ctx context.Context) {
			answers[i] = tab.send(ctx, http.MethodPost, to, form)
			if left--; left == 0 {
				done.Wake()
			}
		})
	}
	if done.Wait(ctx) != nil {
		return answer{}
	}
	best := answers[0]
	for _, a := range answers {
		switch {
		case best.Code == http.StatusSeeOther:
		case best.lost(), a.Code == http.StatusSeeOther, a.Code == http.StatusTooManyRequests: // which says most
			best = a
		}
	}
	b.page = best.Body
	return best
}

// reach opens a page of the account, past what it asks to be proved first.
func (p *person) reach(ctx context.Context, b *browser, path string) answer {
	a := b.open(ctx, path)
	for range 3 {
		if !strings.HasPrefix(b.at, "/auth/factor/") {
			break
		}
		if a = p.prove(ctx, b); a.Code != http.StatusSeeOther {
			if b.login != nil && a.failed() {
				b.login.maybe = true // it may have moved to an id that they have not heard of
			}
			break
		}
		a = b.follow(ctx, a)
	}
	return a
}

// prove answers the factor that the open page asks for.
func (p *person) prove(ctx context.Context, b *browser) answer {
	kind := strings.SplitN(strings.TrimPrefix(b.at, "/auth/factor/"), "?", 2)[0]
	action := "/auth/factor/" + kind
	if kind == "password" {
		a, _ := p.click(ctx, b, action, url.Values{"password": {p.password}})
		return a
	}
	return p.typeCode(ctx, b, action, nil)
}

// typeCode types what the phone shows. A code that was typed already is waited out;
// after a refusal the phone's clock is set, and the next one tried.
func (p *person) typeCode(ctx context.Context, b *browser, action string, fields url.Values) answer {
	var last answer
	for _, phone := range slices.Backward(p.apps) {
		if phone.ended > 0 {
			continue
		}
		for range 2 {
			for p.reads() <= phone.shown {
				if p.w.outside.Sleep(ctx, 5*time.Second) != nil {
					return answer{}
				}
			}
			phone.shown = p.reads()
			form := url.Values{"code": {phone.code(phone.shown)}}
			for k, v := range fields {
				form[k] = v
			}
			last, _ = p.click(ctx, b, action, form)
			if last.Code != http.StatusUnauthorized && last.Code != http.StatusUnprocessableEntity {
				return last
			}
			p.drift /= 4
		}
	}
	return last
}
