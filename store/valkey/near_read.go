package valkey

import (
	"context"
	"time"

	driver "github.com/valkey-io/valkey-go"
)

// wanted is a key to read, and how long a copy of it may be used. What is wanted later
// is never older than the key before it, of the same slot.
type wanted struct {
	key   string
	life  time.Duration
	later bool
}

// nearby reads keys from copies or, where there is none that may be used, from the
// server. copied reports that anything came from a copy.
func (b *base) nearby(ctx context.Context, verb string, wants ...wanted) (got []driver.ValkeyMessage, copied bool, err error) {
	if err := b.enter(ctx, verb); err != nil {
		return nil, false, err
	}
	defer b.leave()
	asked := make([]driver.CacheableTTL, len(wants))
	sure := make([]bool, len(wants))
	from := b.near.now()
	for i, w := range wants {
		asked[i] = driver.CT(b.c.B().Get().Key(w.key).Cache().ToStaticTTL(), w.life)
		// Before copies are looked up: a proof that comes later says nothing of them.
		sure[i] = b.near.fresh(b.near.slot(w.key), from, nil)
	}
	got = make([]driver.ValkeyMessage, len(wants))
	var again []int
	mine := make([]bool, len(wants)) // asked for by this call, not by one that it waited for
	for i, r := range b.c.DoMultiCache(ctx, asked...) {
		if got[i], err = b.message(ctx, verb, r); err != nil {
			return nil, false, err
		}
		switch mine[i] = !r.IsCacheHit(); {
		case mine[i]:
			b.near.proved(b.near.slot(wants[i].key), from, r.CachePXAT())
		case wants[i].later:
		case !sure[i]: // whoever asked may have done so long ago
			again = append(again, i)
		default:
			copied = true
		}
	}
	if err := b.again(ctx, verb, wants, again, got); err != nil {
		return nil, false, err
	}
	for i, w := range wants {
		// Both asked for here were asked for in their order. Of others nobody knows it,
		// so the second is looked up once the first is there.
		if !w.later || mine[i] && mine[i-1] {
			continue
		}
		w.later = false
		one, old, err := b.nearby(ctx, verb, w)
		if err != nil {
			return nil, false, err
		}
		got[i], copied = one[0], copied || old
	}
	return got, copied, nil
}

// again reads some of what is wanted from the server.
func (b *base) again(ctx context.Context, verb string, wants []wanted, which []int, got []driver.ValkeyMessage) error {
	if len(which) == 0 {
		return nil
	}
	plain := make([]driver.Completed, len(which))
	for j, i := range which {
		plain[j] = b.c.B().Get().Key(wants[i].key).Build()
	}
	for j, r := range b.c.DoMulti(ctx, plain...) {
		var err error
		if got[which[j]], err = b.message(ctx, verb, r); err != nil {
			return err
		}
	}
	return nil
}
