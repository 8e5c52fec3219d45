package axess

import (
	"context"
	"errors"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/ui"
)

// CanonicalOrigin is an origin as the program compares and shows it, and whether
// it is on this machine.
func CanonicalOrigin(s string) (canonical string, loopback bool, err error) {
	o, err := parseOrigin(s)
	if err != nil {
		return "", false, err
	}
	return o.String(), o.loopback, nil
}

// Effective is what a program of this configuration runs with.
func Effective(cfg Config) map[string]string {
	all := map[string]string{}
	for _, s := range effectiveOf(cfg) {
		all[s.name] = s.value
	}
	return all
}

// EffectiveNames are its names in their order.
func EffectiveNames(cfg Config) (names []string) {
	for _, s := range effectiveOf(cfg) {
		names = append(names, s.name)
	}
	return names
}

func effectiveOf(cfg Config) []setting {
	c, err := check(cfg)
	if c.PasswordCost == (password.Params{}) || err != nil {
		c.fill()
	}
	return c.effective()
}

// Privileged is what the program itself writes accounts with.
func Privileged(a *Axess) identity.Admin { return a.cfg.Stores.Identity }

// Hashes counts the password hashes that the program has computed, inside the
// function that computes them.
func Hashes(a *Axess) uint64 { return a.hasher.Evaluations() }

// Pages are the routes of the pages.
func Pages(a *Axess) []ui.Route { return a.pages.Routes() }

// Reseal is the job that brings resting sessions under the present key, and
// whether the runner has it.
func (a *Axess) Reseal(ctx context.Context) error {
	return errors.Join(a.reseal(ctx), a.runner.Wake("reseal"))
}

// Relay brings the events that wait to those who read them.
func Relay(ctx context.Context, a *Axess) error { return a.relay.Run(ctx) }
