// Must not compile: proofKey
package p

import (
	"context"

	"github.com/axess-go/axess"
)

func forge(ctx context.Context) context.Context {
	return context.WithValue(ctx, axess.proofKey{}, nil)
}
