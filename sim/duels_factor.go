package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/axess-go/axess/authn"
)

// duelsOfFactors are about proofs that are good for one.
func duelsOfFactors() []Duel {
	return []Duel{
		{
			Name: "consume/consume", Statement: "a mailed link signs in once",
			Covers: []string{"AUN-126", "FAC-I11", "SES-104"},
			prepare: func(ctx context.Context, s *scene) {
				s.signUp(ctx, s.left)
				link := s.mailed(ctx, "/auth/verify")
				// Only the browser that has begun it is signed in: two tabs of one.
				s.right = s.left.tab()
				for by, b := range []*browser{s.left, s.right} {
					b.open(ctx, link)
					s.ready(side(by), b, "/auth/verify", nil)
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if s.answer[left].entered() && s.answer[right].entered() {
					return errBoth
				}
				return nil
			},
		},
		{
			Name: "TOTP/TOTP", Statement: "one code signs one browser in",
			Covers: []string{"AUN-043", "FAC-032", "FAC-I6"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.hasApp(ctx, s.left)
				for by, b := range []*browser{s.left, s.right} {
					b.cookies = nil
					b.follow(ctx, s.signsIn(ctx, b, s.address, s.password))
					s.ready(side(by), b, "/auth/factor/totp", url.Values{"code": {s.code()}})
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if s.served(ctx, s.left) && s.served(ctx, s.right) {
					return errBoth
				}
				return nil
			},
		},
		{
			Name: "flow take/flow take", Statement: "a sign-in whose last step is sent in two tabs at the same moment is one, and one sign-out ends it",
			Covers: []string{"AUN-042", "AUN-043", "SES-102", "SES-104"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.hasApp(ctx, s.left)
				s.left.cookies = nil
				s.left.follow(ctx, s.signsIn(ctx, s.left, s.address, s.password))
				s.ready(left, s.left, "/auth/factor/totp", url.Values{"code": {s.code()}})
				s.right.cookies, s.form[right] = append(s.right.cookies[:0:0], s.left.cookies...), s.form[left]
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if s.answer[left].entered() && s.answer[right].entered() {
					return errBoth
				}
				for by, b := range []*browser{s.left, s.right} {
					if !s.answer[by].entered() {
						continue
					}
					if !s.served(ctx, b) {
						return fmt.Errorf("the %s one was let in, and is not served", side(by))
					}
				}
				return nil
			},
		},
		{
			Name: "guess/guess", Statement: "of two guesses at once, one short of the lock, one is judged, and the right password waits then",
			Covers: []string{"AUN-044", "AUN-050", "AUN-I4", "AUN-I10"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				for range 4 {
					s.signsIn(ctx, s.browser("guesser", 8), s.address, "not what they have chosen at all")
				}
				s.entering(ctx)
				for by := range s.form {
					s.form[by].fields.Set("password", "not what they have chosen either")
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if s.answer[left].Code == http.StatusUnauthorized && s.answer[right].Code == http.StatusUnauthorized {
					return errors.New("both are judged, and one was left")
				}
				// What was in flight when a server died has counted by then.
				s.w.outside.Sleep(ctx, authn.PendingFor+2*time.Second) //nolint:errcheck // only time
				judged := s.answer[left].Code == http.StatusUnauthorized || s.answer[right].Code == http.StatusUnauthorized
				if f := s.w.bout.fault.Kind; !judged && (f == faultFails || f == faultLosesAck) {
					return nil // one was given back, while it kept the other waiting
				}
				if s.opens(ctx, s.password) {
					return errors.New("the right password signs in after five guesses")
				}
				return nil
			},
		},
		{
			Name: "signup/signup", Statement: "of two who sign up with one address, the reader of its mail gets in, with their own password",
			Covers: []string{"AUN-123", "AUN-124", "AUN-I14", "AUN-I15"},
			prepare: func(ctx context.Context, s *scene) {
				for by, b := range []*browser{s.left, s.right} {
					b.open(ctx, "/auth/sign-up")
					s.ready(side(by), b, "/auth/sign-up", url.Values{"email": {s.address}, "password": {next(side(by))}})
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				link := s.mailed(ctx, "/auth/verify")
				if link == "" {
					return nil // neither was taken
				}
				// The mail is read in the left browser.
				if s.left.open(ctx, link).Code != http.StatusOK {
					return nil // the link of an attempt that was overtaken
				}
				fields := url.Values{}
				if needsPassword(s.left.page) {
					fields.Set("password", next(left))
				}
				if a := s.left.submit(ctx, "/auth/verify", fields); a.Code != http.StatusSeeOther {
					return nil
				}
				switch {
				case s.opens(ctx, next(right)):
					return errors.New("the other one is in with a password of theirs")
				case s.served(ctx, s.right):
					return errors.New("the other one is in without having read a mail")
				}
				return nil
			},
		},
	}
}

var errBoth = errors.New("both are let in")
