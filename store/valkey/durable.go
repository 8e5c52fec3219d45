package valkey

import (
	"context"
	"fmt"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/store"
)

// ErrNotDurable means that a write which ends something, or changes an account, was
// made and that no replica has acknowledged it: if its server is lost now, its
// successor may not know of it (SES-210). It wraps store.ErrUnavailable: the effect is
// unknown. To repeat an end does no harm; a change of an account is read back.
var ErrNotDurable = fmt.Errorf("valkey: %w: no replica has acknowledged it", store.ErrUnavailable)

// SES-210: one replica, 200 ms.
const (
	waitReplicas = 1
	waitTime     = 200
)

// runDurable is run for a script that a fail-over must not undo: where there are
// replicas, one of them has it before it is acknowledged here (SES-210).
func (b *base) runDurable(ctx context.Context, verb, name string, keys []string, args ...string) (driver.ValkeyMessage, error) {
	if !b.replicated.Load() {
		return b.run(ctx, verb, name, keys, args...)
	}
	if err := b.enter(ctx, verb); err != nil {
		return driver.ValkeyMessage{}, err
	}
	defer b.leave()
	s := b.scripts[name]
	n := int64(len(keys))
	r, acks := b.awaited(ctx, func(c commands) driver.Completed {
		return c.B().Evalsha().Sha1(s.sum).Numkeys(n).Key(keys...).Arg(args...).Build()
	})
	if v, ok := driver.IsValkeyErr(r.Error()); ok && v.IsNoScript() {
		r, acks = b.awaited(ctx, func(c commands) driver.Completed {
			return c.B().Eval().Script(s.text).Numkeys(n).Key(keys...).Arg(args...).Build()
		})
	}
	m, err := b.message(ctx, verb, r)
	if err != nil {
		return m, err
	}
	if b.near != nil && copies(name) { // it was told to another connection
		if err := b.caughtUp(ctx, verb, b.c.Do(ctx, b.behind(keys))); err != nil {
			return m, err
		}
	}
	return m, b.acknowledged(ctx, verb, acks)
}

// fence is the same for what others have written in the slot of a key: a replica has
// all of it when it has the write that is made here after it. Servers differ in
// whether they wait for more than what was written on the connection itself.
func (b *base) fence(ctx context.Context, verb, key string) error {
	if !b.replicated.Load() {
		return nil
	}
	if err := b.enter(ctx, verb); err != nil {
		return err
	}
	defer b.leave()
	r, acks := b.awaited(ctx, func(c commands) driver.Completed {
		return c.B().Set().Key(key).Value("").PxMilliseconds(lag.Milliseconds()).Build()
	})
	if _, err := b.message(ctx, verb, r); err != nil {
		return err
	}
	return b.acknowledged(ctx, verb, acks)
}

func (b *base) acknowledged(ctx context.Context, verb string, acks driver.ValkeyResult) error {
	n, err := acks.AsInt64()
	if err != nil {
		return b.answer(ctx, verb, err)
	}
	if n < waitReplicas {
		return b.failed(verb, ErrNotDurable)
	}
	return nil
}

// commands makes commands.
type commands interface{ B() driver.Builder }

// awaited sends a write and waits for a replica, on a connection that nobody else uses
// meanwhile: a server counts what it was told there. Where the slot has another node
// by now, or is on its way to one, nothing was written, and it is sent there.
func (b *base) awaited(ctx context.Context, write func(commands) driver.Completed) (answer, acks driver.ValkeyResult) {
	send := func(c driver.DedicatedClient, before ...driver.Completed) error {
		wait := c.B().Wait().Numreplicas(waitReplicas).Timeout(waitTime).Build()
		got := c.DoMulti(ctx, append(before, write(c), wait)...)
		answer, acks = got[len(got)-2], got[len(got)-1]
		return answer.Error()
	}
	err := b.c.Dedicated(func(c driver.DedicatedClient) error { return send(c) })
	v, said := driver.IsValkeyErr(err)
	if !said {
		return answer, acks
	}
	addr, moved := v.IsMoved()
	var before []driver.Completed
	if !moved {
		if addr, moved = v.IsAsk(); moved {
			before = append(before, b.c.B().Asking().Build())
		}
	}
	if node := b.c.Nodes()[addr]; moved && node != nil {
		// What it returns is in answer.
		_ = node.Dedicated(func(c driver.DedicatedClient) error { return send(c, before...) })
	}
	return answer, acks
}

// replicas reports that a primary has, or a cluster has any.
func replicas(ctx context.Context, c driver.Client) bool {
	nodes := primaries(ctx, c)
	if len(c.Nodes()) > len(nodes) {
		return true
	}
	for _, node := range nodes {
		says, err := ask(ctx, node)
		if n, bad := strconv.Atoi(says["connected_slaves"]); err == nil && bad == nil && n > 0 {
			return true
		}
	}
	return false
}
