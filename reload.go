package axess

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/seal"
)

// Profile is the one in force, and why it was chosen.
func (a *Axess) Profile() (p Profile, because string) { return a.cfg.Profile, a.cfg.why }

// ReloadKeys loads the rings again from Config.Keys and puts them in the place of
// those in use, all four or none, for every request from then on. changed is
// false when they hold what they held. It does not judge a rotation: keys.Review
// does. Errors: those of the source; seal.ErrRevoked for a key that was revoked
// in this process; *[ConfigError] for rings that lack a key under which sessions,
// credentials or waiting mails are sealed. On an error the rings are as they were.
func (a *Axess) ReloadKeys(ctx context.Context) (changed bool, err error) {
	next, err := a.source.Load(ctx)
	if err == nil {
		err = next.Check()
	}
	if err != nil {
		return false, fmt.Errorf("axess: reload keys: %w", err)
	}
	if err := a.keysFit(ctx, next); err != nil {
		return false, err
	}
	now, then := a.keys.Rings(), next.Rings()
	before := make([]*seal.Ring, len(now))
	for i, ring := range now {
		if before[i], err = seal.NewRing(ring.Purpose(), ring.Keys()...); err != nil {
			return false, fmt.Errorf("axess: reload keys: %w", err)
		}
		changed = changed || !sameKeys(ring, then[i])
	}
	if !changed {
		return false, nil
	}
	for i, ring := range now {
		if err := ring.Replace(then[i]); err != nil {
			errs := []error{fmt.Errorf("axess: reload keys: %w", err)}
			for j := range i {
				errs = append(errs, now[j].Replace(before[j]))
			}
			return false, errors.Join(errs...)
		}
	}
	return true, nil
}

// sameKeys compares what a ring does, not the bytes: the id of a key is a digest
// of them.
func sameKeys(a, b *seal.Ring) bool {
	x, y := a.Keys(), b.Keys()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].ID() != y[i].ID() || x[i].State != y[i].State || !x[i].NotAfter.Equal(y[i].NotAfter) {
			return false
		}
	}
	return true
}
