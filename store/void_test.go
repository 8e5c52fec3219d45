package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/store"
)

// voids is an outbox with n rows of TopicVoid.
type voids struct {
	store.Outbox
	left, leased int
	fail         error
}

func (v *voids) Lease(_ context.Context, topic store.Topic, limit int, _, _ time.Time) ([]store.Pending, error) {
	if topic != store.TopicVoid {
		return nil, errors.New("another topic")
	}
	v.leased = min(limit, v.left)
	return make([]store.Pending, v.leased), nil
}

func (v *voids) Done(_ context.Context, topic store.Topic, ids ...[16]byte) error {
	if topic != store.TopicVoid || len(ids) != v.leased {
		return errors.New("not what was leased")
	}
	if v.fail == nil {
		v.left -= len(ids)
	}
	return v.fail
}

func TestDropVoid_empties_its_topic(t *testing.T) {
	t.Parallel()
	v := &voids{left: 450}
	if err := store.DropVoid(t.Context(), v, time.Unix(0, 0)); err != nil || v.left != 0 {
		t.Errorf("%d left, %v", v.left, err)
	}
	v = &voids{left: 1, fail: store.ErrUnavailable}
	if err := store.DropVoid(t.Context(), v, time.Unix(0, 0)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the fault is swallowed: %v", err)
	}
}
