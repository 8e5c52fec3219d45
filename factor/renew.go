package factor

import "context"

// Renewer is a [Verifier] that keeps something of others, revocation lists or keys, which
// has to be fetched anew now and then. Renew is called at the start and every few minutes,
// one call at a time; an error is logged and changes nothing of what is at hand.
type Renewer interface {
	Verifier
	Renew(ctx context.Context) error
}
