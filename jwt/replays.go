package jwt

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/store"
)

// Replays is the [ReplayStore] on any backend of axess: each of them has a [store.KV].
// Nodes that share the backend share what was used.
type Replays struct{ kv store.KV }

// NewReplays returns a store over kv, for all verifiers of a program: what is used at
// one issuer is apart from what is used at another.
func NewReplays(kv store.KV) (*Replays, error) {
	if kv == nil {
		return nil, errors.New("jwt: replays: a store.KV is wanted")
	}
	return &Replays{kv}, nil
}

// Claim implements [ReplayStore]. A token that lives longer than store.MaxTTL cannot be
// remembered that long, and is store.ErrBadTTL.
func (r *Replays) Claim(ctx context.Context, key ReplayKey, now, until time.Time) (bool, error) {
	if key == (ReplayKey{}) || now.IsZero() || until.Before(now) {
		return false, fmt.Errorf("jwt: claim: key or times: %w", store.ErrBadArgument)
	}
	// A value is dead from its end on, and a token is taken at its end.
	end := until.Truncate(time.Microsecond).Add(time.Microsecond)
	if least := now.Add(store.MinTTL); end.Before(least) {
		end = least
	}
	err := r.kv.PutIfAbsent(ctx, "axess/jti/"+base64.RawURLEncoding.EncodeToString(key[:]), nil, end, now)
	if errors.Is(err, store.ErrExists) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("jwt: claim: %w", err)
	}
	return true, nil
}

// Sweep removes up to limit values of kv that have ended, these and others, oldest
// first, and reports how many. It is for a background job.
func (r *Replays) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := r.kv.Sweep(ctx, now, limit)
	if err != nil {
		return n, fmt.Errorf("jwt: sweep: %w", err)
	}
	return n, nil
}
