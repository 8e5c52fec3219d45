package csrf

import (
	"context"

	"github.com/axess-go/axess/session"
)

// binding is what this package needs of a [session.Session].
type binding interface {
	// Ref returns the handle that the browser has already, if any.
	Ref() (session.Ref, bool)
	// Anchor returns it, and makes one for a guest without.
	Anchor(ctx context.Context) (session.Ref, error)
	View() session.View
}

func findSession(ctx context.Context) (binding, error) {
	s, err := session.From(ctx)
	if err != nil {
		return nil, err // not s: a nil pointer in an interface is not nil
	}
	return s, nil
}
