package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/session"
)

// duelsOfSessions are about sessions that end, or move, while they are used.
func duelsOfSessions() []Duel {
	// signedOut holds once the left one has signed out.
	signedOut := func(ctx context.Context, s *scene) error {
		if s.answer[left].Code != http.StatusSeeOther {
			return nil // it was not acknowledged
		}
		return s.noneServed(ctx, s.left, s.right)
	}
	// twice has one cookie in two browsers, of which the left one is about to sign out.
	twice := func(ctx context.Context, s *scene) {
		s.member(ctx)
		s.idle(ctx) // so that activity is due to be written
		s.left.open(ctx, "/auth/sign-out")
		s.ready(left, s.left, "/auth/sign-out", nil)
		s.right.cookies = slices.Clone(s.left.cookies)
	}
	return []Duel{
		{
			Name: "logout/look", Statement: "a cookie is good for nothing after the sign-out, also where it is used just then",
			Covers: []string{"SES-103", "SES-195", "SES-198"},
			prepare: func(ctx context.Context, s *scene) {
				twice(ctx, s)
				s.idle(ctx)
			},
			left: posts(left), right: gets(right, "/me"), judge: signedOut,
		},
		{
			Name: "logout/slow write", Statement: "a request that writes into a session while its owner signs out does not bring it back",
			Covers: []string{"SES-100", "SES-103"},
			prepare: func(ctx context.Context, s *scene) {
				twice(ctx, s)
				s.right.open(ctx, "/note")
				s.ready(right, s.right, "/note", url.Values{"right": {"eggs"}})
			},
			left: posts(left), right: posts(right), judge: signedOut,
		},
		{
			Name: "key promote/write", Statement: "what is written into a session while another server seals it anew, under a key that this one only knows, is kept, and both open it",
			Covers: []string{"SES-157", "SES-101"}, promotes: true,
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.left.open(ctx, "/note")
				s.ready(left, s.left, "/note", url.Values{"left": {"eggs"}})
			},
			left: posts(left),
			right: func(ctx context.Context, s *scene) {
				s.done[right] = s.orders(ctx, "new seals", func(ctx context.Context, auth *axess.Axess) error {
					_, err := auth.Sessions().Reseal(ctx, 10)
					return err
				}) == nil
			},
			judge: func(ctx context.Context, s *scene) error {
				for range 2 { // by either server
					a := s.sure(ctx, func() answer { return s.left.send(ctx, http.MethodGet, "/note", nil) })
					switch {
					case a.Code != http.StatusOK:
						return fmt.Errorf("its owner is not served: %d", a.Code)
					case s.answer[left].Code == http.StatusNoContent && !noted(a.Body, left):
						return errors.New("the note is lost")
					}
					s.w.bout.turned = !s.w.bout.turned
				}
				return nil
			},
		},
		{
			Name: "write/write", Statement: "of two notes under two names that are written at the same moment both are kept",
			Covers: []string{"SES-100", "SES-101"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.right.cookies = slices.Clone(s.left.cookies)
				for by, b := range []*browser{s.left, s.right} {
					b.open(ctx, "/note")
					s.ready(side(by), b, "/note", url.Values{side(by).String(): {"eggs"}})
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				a := s.sure(ctx, func() answer { return s.left.send(ctx, http.MethodGet, "/note", nil) })
				for by, said := range s.answer {
					if said.Code == http.StatusNoContent && !noted(a.Body, side(by)) {
						return fmt.Errorf("the note of the %s one is lost", side(by))
					}
				}
				return nil
			},
		},
		{
			Name: "step-up/logout", Statement: "who proves themselves again while they sign out in another tab is signed out",
			Covers: []string{"SES-103", "SES-106", "SES-198", "AUN-100"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.stale(ctx)
				s.right.cookies = slices.Clone(s.left.cookies)
				s.asked(ctx, right, s.right)
				s.left.cookies = slices.Clone(s.right.cookies)
				s.left.open(ctx, "/auth/sign-out")
				s.ready(left, s.left, "/auth/sign-out", nil)
			},
			left: posts(left), right: posts(right), judge: signedOut,
		},
		{
			Name: "rotate/rotate", Statement: "two tabs prove themselves again at the same moment, each of which gives the session another id: it stays one, and one sign-out ends it",
			Covers: []string{"SES-102", "SES-106", "AUN-102"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.stale(ctx)
				s.asked(ctx, left, s.left)
				s.right.cookies, s.form[right] = slices.Clone(s.left.cookies), s.form[left]
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				for by, b := range []*browser{s.left, s.right} {
					if a := b.open(ctx, "/auth/sign-out"); a.Code != http.StatusOK || b.at != "/auth/sign-out" {
						continue
					}
					to, form, ok := b.fill("/auth/sign-out", nil)
					if !ok || s.sure(ctx, func() answer { return b.send(ctx, http.MethodPost, to, form) }).Code != http.StatusSeeOther {
						continue
					}
					if err := s.noneServed(ctx, s.left, s.right); err != nil {
						return fmt.Errorf("behind the sign-out of the %s one: %w", side(by), err)
					}
				}
				return nil
			},
		},
		{
			Name: "end-others/look", Statement: "who is told that the others have ended is alone, also where another is used just then",
			Covers: []string{"SES-195", "SES-201", "AUN-I6"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.enters(ctx, s.right)
				s.left.open(ctx, "/auth/account/sessions/end-others")
				s.ready(left, s.left, "/auth/account/sessions/end-others", nil)
				s.idle(ctx)
			},
			left: posts(left), right: gets(right, "/me"),
			judge: func(ctx context.Context, s *scene) error {
				if a := s.answer[left]; a.Code == http.StatusSeeOther && a.location() == "/auth/account/sessions" {
					return s.noneServed(ctx, s.right)
				}
				return nil
			},
		},
		{
			Name: "end-others/end-others", Statement: "two who end each other do not both stay",
			Covers: []string{"SES-201", "SES-206", "AUN-I6"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.enters(ctx, s.right)
				for by, b := range []*browser{s.left, s.right} {
					b.open(ctx, "/auth/account/sessions/end-others")
					s.ready(side(by), b, "/auth/account/sessions/end-others", nil)
				}
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				for by, b := range []*browser{s.right, s.left} {
					if a := s.answer[by]; a.Code == http.StatusSeeOther && a.location() == "/auth/account/sessions" && s.served(ctx, b) {
						return fmt.Errorf("the %s one was told that the other has ended", side(by))
					}
				}
				return nil
			},
		},
		{
			Name: "login/limit", Statement: "who may have three sessions and signs in twice at the same moment has three",
			Covers: []string{"SES-202", "SES-203", "SES-204"}, limit: true,
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.enters(ctx, s.third)
				s.entering(ctx)
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				list, err := s.w.place.memory.Session.Sessions(ctx, s.user, session.Ref{}, 100, s.w.coro.Time())
				if err != nil {
					return err
				}
				in := 0
				for by, b := range []*browser{s.left, s.right} {
					if s.answer[by].entered() && s.served(ctx, b) {
						in++
					}
				}
				switch {
				case len(list) > 3:
					return fmt.Errorf("there are %d", len(list))
				case s.answer[left].entered() && s.answer[right].entered() && (len(list) != 3 || in != 2):
					return fmt.Errorf("there are %d, %d of them new", len(list), in)
				}
				return nil
			},
		},
	}
}

var errServed = errors.New("is served")

// noneServed is nil if none of these browsers is taken for anybody.
func (s *scene) noneServed(ctx context.Context, all ...*browser) error {
	for _, b := range all {
		if s.served(ctx, b) {
			return fmt.Errorf("the %s one %w", b.name, errServed)
		}
	}
	return nil
}
