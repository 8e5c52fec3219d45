package store

import (
	"context"
	"fmt"
	"time"
)

const voidBatch = 200

// DropVoid removes the rows of [TopicVoid] that are due at now, which nobody
// waits for. A runner calls it as a job.
func DropVoid(ctx context.Context, o Outbox, now time.Time) error {
	for {
		rows, err := o.Lease(ctx, TopicVoid, voidBatch, now, now.Add(time.Minute))
		if err != nil {
			return fmt.Errorf("store: drop void: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		ids := make([][16]byte, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		if err := o.Done(ctx, TopicVoid, ids...); err != nil {
			return fmt.Errorf("store: drop void: %w", err)
		}
	}
}
