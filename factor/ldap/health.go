package ldap

import (
	"context"

	"github.com/axess-go/axess/health"
)

// Check says how a directory is, for axess.Config.Health: degraded while it is left alone
// because it did not answer, and nobody is asked for that. People with other ways in sign
// in all the same, so it takes no process out of service.
func (d *Directory) Check(name string) health.Check {
	return health.Check{Name: name, Run: func(context.Context) health.Result {
		if d.breaker.resting(d.clock.Mono()) {
			return health.IsDegraded("the directory does not answer")
		}
		return health.IsHealthy()
	}}
}
