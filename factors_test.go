package axess_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/hotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// printed is a way in that a program brings: a list of words on paper, each good once.
type printed struct{}

func (printed) Traits() factor.Traits {
	return factor.Traits{Kind: factor.Custom("list"), Class: identity.Possession, AMR: []string{"otp"}, Field: factor.FieldText}
}

func (printed) Works(r factor.Record) bool { return len(r.Body) > 0 }

func (printed) Verify(_ context.Context, a factor.Attempt) factor.Result {
	for i, r := range a.Records {
		for line := range bytes.Lines(r.Body) {
			if seal.Equal(bytes.TrimSpace(line), a.Secret.Reveal()) {
				left := bytes.Replace(r.Body, line, nil, 1)
				return factor.Result{Verdict: factor.Accepted, Of: i, Changes: []factor.Change{{Of: i, Body: left}}}
			}
		}
	}
	return factor.Result{Verdict: factor.Rejected}
}

// gives is the program's own way to set a factor up.
func gives(s *fronttest.Site, kind identity.Kind, body func() []byte) {
	s.Routes.Authn("POST /give", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			s.T.Error(err)
			return
		}
		proof := authn.Presented{Of: kind, Secret: seal.NewSecret([]byte(r.PostFormValue("proof")))}
		out, err := s.Auth.Authn().AddFactor(r.Context(), sess, authn.NewFactor{Kind: kind, Label: "Drawer", Body: body()}, proof)
		if _, done := out.(authn.Completed); err != nil || !done {
			http.Error(w, "no", http.StatusUnprocessableEntity)
			return
		}
		http.Redirect(w, r, "/auth/account", http.StatusSeeOther)
	})
}

// AUN-010, FAC-005: a kind that a program brings is set up by the program, asked for as
// the second step on the pages, answers a step-up, counts once, and is removed by its
// owner.
func TestFactors_of_the_program_from_end_to_end(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Factors = []factor.Verifier{printed{}} })
	gives(s, factor.Custom("list"), func() []byte { return []byte("apple\nbirch\ncedar\nelder\n") })
	b := s.Person("ada@example.org")
	b.Post("/give", fronttest.Form{"proof": "wrong"}).Is(t, http.StatusUnprocessableEntity)
	b.Post("/give", fronttest.Form{"proof": "apple"}).Is(t, http.StatusSeeOther)
	if page := b.Get("/auth/account").Is(t, http.StatusOK).Body; !strings.Contains(page, "Drawer") || !strings.Contains(page, "/auth/account/factors/remove/") {
		t.Error("the account page does not list it")
	}

	const step = "/auth/factor/custom:list"
	s.Clock.Advance(time.Minute)
	b = s.SignIn("ada@example.org")
	if page := b.Get(step).Is(t, http.StatusOK).Body; !strings.Contains(page, "One more proof") || strings.Contains(page, `inputmode="numeric"`) {
		t.Errorf("the page of the step:\n%s", page)
	}
	b.Post(step, fronttest.Form{"code": "apple"}).Is(t, http.StatusUnauthorized) // spent by setting it up
	b.Post(step, fronttest.Form{"code": "birch"}).Is(t, http.StatusSeeOther)
	b.Get("/auth/account").Is(t, http.StatusOK)
	again := s.SignIn("ada@example.org")
	again.Post(step, fronttest.Form{"code": "birch"}).Is(t, http.StatusUnauthorized)

	// A step-up, on the way to removing it.
	s.Clock.Advance(10 * time.Minute)
	var remove string
	for _, c := range s.Account("ada@example.org").Credentials {
		if c.Kind == factor.Custom("list") {
			remove = "/auth/account/factors/remove/" + c.ID.String()
		}
	}
	if to := b.Get(remove).Is(t, http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, step) {
		t.Fatalf("led to %s", to)
	}
	b.Post(step, fronttest.Form{"code": "cedar", "next": remove}).Is(t, http.StatusSeeOther)
	if page := b.Get(remove).Is(t, http.StatusOK).Body; !strings.Contains(page, "Remove this way to sign in?") {
		t.Errorf("the page that asks:\n%s", page)
	}
	b.Post(remove, nil).Is(t, http.StatusSeeOther)
	if n := len(s.Account("ada@example.org").Credentials); n != 1 {
		t.Errorf("%d credentials are left", n)
	}
	if to := s.SignIn("ada@example.org").Get("/auth/account").Is(t, http.StatusOK); to.Body == "" {
		t.Error("the password alone does not sign in")
	}
}

// FAC-040, FAC-041, FAC-042: a token with a button is a second step of every program: a
// code counts once, five wrong ones put it out of use without moving its counter, and an
// app beside it still signs in.
func TestFactors_token_from_end_to_end(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	// RFC 4226, appendix D.
	codes := []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922"}
	gives(s, factor.HOTP, func() []byte {
		rec, err := hotp.Import(hotp.Policy{}, []byte("12345678901234567890"), 0)
		if err != nil {
			t.Error(err)
		}
		return rec.Encode()
	})
	b := s.Person("ada@example.org")
	b.Post("/give", fronttest.Form{"proof": codes[0]}).Is(t, http.StatusSeeOther)
	s.Clock.Advance(time.Minute)
	const step = "/auth/factor/hotp"
	b = s.SignIn("ada@example.org")
	if page := b.Get(step).Is(t, http.StatusOK).Body; !strings.Contains(page, "Press the button of your token") {
		t.Errorf("the page of the step:\n%s", page)
	}
	b.Post(step, fronttest.Form{"code": codes[0]}).Is(t, http.StatusUnauthorized)
	b.Post(step, fronttest.Form{"code": codes[2]}).Is(t, http.StatusSeeOther) // one was skipped
	b = s.SignIn("ada@example.org")
	b.Post(step, fronttest.Form{"code": codes[1]}).Is(t, http.StatusUnauthorized)
	next := func() (uint64, bool) {
		for _, c := range s.Account("ada@example.org").Credentials {
			if c.Kind == factor.HOTP {
				return c.Version, true
			}
		}
		return 0, false
	}
	before, _ := next()
	for range 3 {
		b.Post(step, fronttest.Form{"code": "000000"}).Is(t, http.StatusUnauthorized)
	}
	if after, _ := next(); after != before+3 {
		t.Errorf("three wrong codes made %d versions", after-before)
	}
	b.Post(step, fronttest.Form{"code": codes[3]}).Is(t, http.StatusSeeOther)
}
