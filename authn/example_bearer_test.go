package authn_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// A page that links the signed-in person with whom their token is about.
func ExampleProvisioner_LinkPresented() {
	link := func(ctx context.Context, p *authn.Provisioner, sess *session.Session, token string) string {
		out, err := p.LinkPresented(ctx, sess, authn.Presented{Of: factor.JWTBearer, Secret: seal.NewSecret([]byte(token))})
		switch {
		case errors.Is(err, authn.ErrStepUpRequired):
			return "ask for the strongest factor first"
		case errors.Is(err, authn.ErrLinkRefused):
			return "this belongs to somebody else"
		case err != nil:
			return "something is wrong"
		}
		switch out.(type) {
		case authn.Completed:
			return "linked"
		case authn.Rejected:
			return "that is no good token"
		case authn.Throttled, authn.Busy, authn.Unavailable:
			return "try again later"
		case authn.StepRequired, authn.Workflow: // of sign-ins alone
		}
		return "something is wrong"
	}
	fmt.Println(link != nil)
	// Output: true
}

func ExampleProvisioner_Identifies() {
	fields := func(p *authn.Provisioner) { // as NewProvisioner makes it
		for _, kind := range p.Identifies() {
			fmt.Println("a field for", kind)
		}
	}
	fmt.Println(fields != nil)
	// Output: true
}
