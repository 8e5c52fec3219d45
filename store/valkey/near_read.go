package valkey

import (
	"context"
	"time"

	driver "github.com/valkey-io/valkey-go"
)

// wanted is a key to read: how long a copy of it may be used, and one of its absence.
// What is wanted later is never older than the key before it, of the same slot.
type wanted struct {
	key        string
	life, void time.Duration
	later      bool
}

// nearby reads keys from copies or, where there is none that may be used, from the
// server. copied reports that anything came from a copy.
func (b *base) nearby(ctx context.Context, verb string, wants ...wanted) (got []driver.ValkeyMessage, copied bool, err error) {
	if err := b.enter(ctx, verb); err != nil {
		return nil, false, err
	}
	defer b.leave()
	asked := make([]driver.CacheableTTL, len(wants))
	slots := make([]int, len(wants))
	sure := make([]bool, len(wants))
	from := b.near.now()
	for i, w := range wants {
		cmd := b.c.B().Get().Key(w.key).Cache().ToStaticTTL()
		asked[i], slots[i] = driver.CT(cmd, w.life), b.near.slot(&cmd)
		// Before copies are looked up: a proof that comes later says nothing of them.
		sure[i] = b.near.fresh(slots[i], from)
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
			b.near.proved(slots[i], from)
		case wants[i].later:
		case !sure[i], got[i].IsNil() && r.CachePTTL() < (wants[i].life-wants[i].void).Milliseconds():
			again = append(again, i)
		default:
			copied = true
		}
	}
	if err := b.again(ctx, verb, wants, again, got); err != nil {
		return nil, false, err
	}
	for _, i := range again {
		b.near.proved(slots[i], from)
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
