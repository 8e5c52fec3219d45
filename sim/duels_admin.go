package sim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
)

// duelsOfAdministrators are about what others do to an account while it is used.
func duelsOfAdministrators() []Duel {
	member := func(ctx context.Context, s *scene) {
		s.member(ctx)
		s.entering(ctx)
	}
	return []Duel{
		{
			Name: "login/suspend", Statement: "who signs in while they are suspended is not in",
			Covers:  []string{"AUN-047", "AUN-111", "AUN-I5", "SES-201"},
			prepare: member, left: posts(left), right: order(right, "a suspension", (*authn.Admin).Suspend),
			judge: func(ctx context.Context, s *scene) error {
				if !s.until(ctx, right, "a suspension", (*authn.Admin).Suspend) {
					return errors.New("the suspension does not come through")
				}
				if s.opens(ctx, s.password) {
					return errors.New("a suspended account signs in")
				}
				return s.noneServed(ctx, s.left)
			},
		},
		{
			Name: "erase/login", Statement: "who signs in while they are erased is not in, and their address is free",
			Covers:  []string{"AUN-113", "AUN-114", "AUN-I5"},
			prepare: member, left: order(left, "an erasure", (*authn.Admin).Erase), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				if !s.until(ctx, left, "an erasure", (*authn.Admin).Erase) {
					return errors.New("the erasure does not come through")
				}
				if s.opens(ctx, s.password) {
					return errors.New("an erased account signs in")
				}
				if err := s.noneServed(ctx, s.right); err != nil {
					return err
				}
				s.w.post.letters = nil
				b := s.browser("new", 9)
				s.signUp(ctx, b)
				b.open(ctx, s.mailed(ctx, "/auth/verify"))
				if !b.submit(ctx, "/auth/verify", nil).entered() {
					return errors.New("the address is not free")
				}
				return nil
			},
		},
		{
			Name: "suspend/activate", Statement: "what an account is at last was acknowledged, and a suspension ends every login also where it is lifted at once",
			Covers:  []string{"AUN-111", "IDN-023"},
			prepare: func(ctx context.Context, s *scene) { s.member(ctx) }, left: order(left, "a suspension", (*authn.Admin).Suspend), right: order(right, "its end", (*authn.Admin).Activate),
			judge: func(ctx context.Context, s *scene) error {
				if s.done[left] {
					if err := s.noneServed(ctx, s.left); err != nil {
						return err
					}
				}
				in := s.opens(ctx, s.password)
				switch {
				case s.w.bout.fault.Kind != "": // what nobody was told of may have been done, too
				case in && !s.done[right]:
					return errors.New("a suspended account signs in")
				case !in && !s.done[left]:
					return errors.New("an account that nobody has suspended does not sign in")
				}
				return nil
			},
		},
		{
			Name: "act-as/suspend", Statement: "who begins to act as somebody while they are suspended does not go on to",
			Covers: []string{"AUN-111", "AUN-142", "AUN-I9"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				s.left.cookies = nil
				s.administrates(ctx, s.left)
				s.left.open(ctx, "/admin/act")
				s.ready(left, s.left, "/admin/act", url.Values{"user": {s.user.User.String()}})
			},
			left: posts(left), right: order(right, "a suspension", (*authn.Admin).Suspend),
			judge: func(ctx context.Context, s *scene) error {
				if !s.until(ctx, right, "a suspension", (*authn.Admin).Suspend) {
					return errors.New("the suspension does not come through")
				}
				a := s.sure(ctx, func() answer { return s.left.send(ctx, http.MethodGet, "/me", nil) })
				if v := a.view(); v != nil && v.User == s.user.User {
					return errors.New("the administrator is served as them")
				}
				return nil
			},
		},
	}
}

// administrates makes the account of the first administrator, and signs in.
func (s *scene) administrates(ctx context.Context, b *browser) {
	link := ""
	if err := s.orders(ctx, "the claim link", func(ctx context.Context, auth *axess.Axess) (err error) {
		link, err = auth.ClaimLink(ctx)
		return err
	}); err != nil {
		s.fails("%v", err)
	}
	b.open(ctx, strings.TrimPrefix(link, Origin))
	a := b.submit(ctx, "/auth/activate", url.Values{"email": {"admin@example.org"}, "name": {"Admin"}, "password": {s.password}})
	if s.pairs(b.follow(ctx, a)); s.phone == nil {
		return
	}
	if a = b.submit(ctx, "/auth/activate", url.Values{"code": {s.code()}}); a.Code != http.StatusSeeOther {
		s.fails("the claim answers %d", a.Code)
	}
}
