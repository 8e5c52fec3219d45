package sim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// duelsOfAccounts are about what an account is called.
func duelsOfAccounts() []Duel {
	const second, third = "ada@second.example.org", "ada@third.example.org"
	// moves has another address confirmed by its mail, up to the form that does it.
	moves := func(ctx context.Context, s *scene, by side, b *browser, to string) {
		s.reach(ctx, b, "/auth/account/email")
		if a := b.submit(ctx, "/auth/account/email", url.Values{"email": {to}}); a.Code != http.StatusSeeOther {
			s.fails("the change of the address answers %d", a.Code)
		}
		s.w.outside.Sleep(ctx, 10e9) //nolint:errcheck // only time
		b.open(ctx, s.mailed(ctx, "/auth/address"))
		s.ready(by, b, "/auth/address", nil)
	}
	return []Duel{
		{
			Name: "address change/undo", Statement: "whoever takes a change of the address back has the account, and no address that somebody adds meanwhile is left",
			Covers: []string{"AUN-137", "AUN-138"},
			prepare: func(ctx context.Context, s *scene) {
				s.member(ctx)
				moves(ctx, s, left, s.left, second)
				posts(left)(ctx, s)
				s.right.cookies = s.left.cookies
				moves(ctx, s, right, s.right, third)
				s.left.cookies = nil
				s.link = s.mailed(ctx, "/auth/undo")
				s.left.open(ctx, s.link)
				s.ready(left, s.left, "/auth/undo", nil)
			},
			left: posts(left), right: posts(right),
			judge: func(ctx context.Context, s *scene) error {
				// Who was overtaken tries again.
				undone := s.answer[left].Code == http.StatusSeeOther
				for range 3 {
					if undone {
						break
					}
					b := s.browser("new", 9)
					if b.open(ctx, s.link).Code != http.StatusOK {
						break
					}
					undone = s.sure(ctx, func() answer { return b.submit(ctx, "/auth/undo", nil) }).Code == http.StatusSeeOther
				}
				if !undone && !s.opens(ctx, s.password) {
					return errors.New("it cannot be taken back")
				}
				for _, address := range []string{second, third} {
					if s.signsIn(ctx, s.browser("new", 9), address, s.password).entered() {
						return errors.New("it is called " + address)
					}
				}
				return s.noneServed(ctx, s.right)
			},
		},
	}
}
