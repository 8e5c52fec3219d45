package axess

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/duty"
)

// Topology says which backend serves each port, and which steps this mixture of
// backends makes in order rather than in one transaction. It asks nobody.
func (a *Axess) Topology() backend.Topology { return a.cfg.Stores.Topology() }

// settle puts duties between the groups of a mixture (PRD-022), and does what an
// earlier process has left undone before anything is served: until then, somebody
// who was suspended as it died would still be signed in. The same is due when a
// mixture has ended meanwhile. If it cannot be done now, the job goes on trying;
// whoever demanded it was told that it has not happened.
func (a *Axess) settle(ctx context.Context) error {
	c := &a.cfg
	for _, d := range c.Stores.Topology().Downgrades {
		a.log.InfoContext(ctx, "axess: not one transaction on these stores", "step", d.Step, "instead", d.Instead, "window", d.Window)
	}
	var err error
	a.duties, err = duty.New(duty.Config{Stores: c.Stores, Clock: c.Clock, Entropy: c.Entropy, Logger: c.Logger, Metrics: c.Metrics})
	if err != nil {
		return fmt.Errorf("axess: %w", err)
	}
	c.Stores = a.duties.Stores()
	age := duty.Age // another process may be about a younger one
	if !c.MultiInstance {
		age = 0
	}
	if err := a.duties.Settle(ctx, age); err != nil {
		a.log.WarnContext(ctx, "axess: revocations that were left behind are not done yet", "error", err)
	}
	return nil
}
