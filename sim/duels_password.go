package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// duelsOfPasswords are about passwords that are replaced.
func duelsOfPasswords() []Duel {
	fresh := func(by side) url.Values { return url.Values{"password": {next(by)}} }
	// asks has a link to a new password mailed, which some browsers open.
	asks := func(ctx context.Context, s *scene, all ...*browser) {
		s.third.open(ctx, "/auth/reset")
		s.third.submit(ctx, "/auth/reset", url.Values{"identifier": {s.address}})
		s.link = s.mailed(ctx, "/auth/reset/new")
		for by, b := range all {
			b.cookies = nil
			b.open(ctx, s.link)
			s.ready(side(by), b, "/auth/reset/new", fresh(side(by)))
		}
	}
	replaced := func(a answer) bool {
		return a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/sign-in")
	}
	return []Duel{
		{
			Name: "reset/login", Statement: "who signs in with the former password is out when the reset is acknowledged",
			Covers: []string{"AUN-133", "AUN-I6", "SES-201"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.entering(ctx)
				asks(ctx, s, s.left)
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if !replaced(s.answer[left]) && !s.opens(ctx, next(left)) {
					return nil
				}
				if s.opens(ctx, s.password) {
					return errors.New("the former password signs in")
				}
				return s.noneServed(ctx, s.right)
			},
		},
		{
			Name: "reset/reset", Statement: "one mailed link gives one new password, whoever else sends it",
			Covers: []string{"AUN-133", "FAC-I11", "SES-104"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				asks(ctx, s, s.left, s.right)
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				return s.onePassword(ctx, replaced(s.answer[left]), replaced(s.answer[right]))
			},
		},
		{
			Name: "password/password", Statement: "of two changes of the password at once one holds, and it is one that was acknowledged",
			Covers: []string{"AUN-130", "AUN-I6", "FAC-002"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.enters(ctx, s.right)
				for by, b := range []*browser{s.left, s.right} {
					b.open(ctx, "/auth/account/password")
					s.ready(side(by), b, "/auth/account/password", url.Values{"current_password": {s.password}, "new_password": {next(side(by))}})
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				var did [2]bool
				for by, a := range s.answer {
					did[by] = a.Code == http.StatusSeeOther && a.location() == "/auth/account"
				}
				for by, b := range []*browser{s.right, s.left} {
					if did[by] && s.served(ctx, b) {
						return fmt.Errorf("the %s one has shut the other out, who is served", side(by))
					}
				}
				return s.onePassword(ctx, did[left], did[right])
			},
		},
	}
}

// onePassword is nil if the account has one password: the former one, or that of one
// side, which is the one to whom a change was acknowledged, if it was to either.
func (s *scene) onePassword(ctx context.Context, acknowledged ...bool) error {
	var holds [2]bool
	for by := range holds {
		holds[by] = s.opens(ctx, next(side(by)))
		if acknowledged[by] && !holds[by] {
			return fmt.Errorf("that of the %s one was acknowledged, and does not sign in", side(by))
		}
	}
	switch former := s.opens(ctx, s.password); {
	case holds[left] && holds[right], acknowledged[left] && acknowledged[right]:
		return errors.New("there are two")
	case former && (holds[left] || holds[right]):
		return errors.New("the former one signs in, too")
	case !former && !holds[left] && !holds[right]:
		return errors.New("there is none")
	}
	return nil
}

func needsPassword(page string) bool { return strings.Contains(page, `name="password"`) }
