// Must not compile: use of internal package github.com/axess-go/axess/internal/respond not allowed
package p

import (
	"context"

	"github.com/axess-go/axess/internal/respond"
)

func forge(ctx context.Context) {
	respond.From(ctx).Set(respond.SlotProof, nil)
}
