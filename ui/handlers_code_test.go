package ui_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// UIX-023, FAC-063, FAC-065: the page has a code sent once, says where to and until when,
// and has another sent when the button is pressed.
func TestMailedCode_by_the_pages(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) {
		c.Factors = []factor.Verifier{authn.MailedCodes(emailotp.Policy{})}
		c.Methods = []identity.Method{{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.EmailOTP)}}}
	})
	s.Person("ada@example.org")
	s.Clock.Advance(fronttest.SecondStep)
	b := s.SignIn("ada@example.org")
	page := b.Get("/auth/factor/email_otp").Is(t, 200)
	for _, want := range []string{"a•••@e•••.org", "It is good until", "Send another code"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	b.Get("/auth/factor/email_otp").Is(t, 200) // once more sends nothing
	next := func() string {
		for {
			if m := s.Mail.Next(t); m.Kind == string(authn.NoteCode) {
				return regexp.MustCompile(`\d{4} \d{4}`).FindString(m.Text)
			}
		}
	}
	first := next()
	s.Clock.Advance(time.Minute)
	b.Post("/auth/factor/email_otp", fronttest.Form{"again": "1"}).Is(t, 303)
	second := next()
	b.Post("/auth/factor/email_otp", fronttest.Form{"code": first}).Is(t, 401)
	b.Post("/auth/factor/email_otp", fronttest.Form{"code": second}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
}
