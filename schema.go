package axess

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/problem"
)

// schemas brings the tables up to this program in Development and with
// Config.Migrate, and refuses older ones elsewhere: a fleet's schema changes when
// its operator says so, not when the first new program starts (PRD-024). All are
// asked before any is changed.
func (a *Axess) schemas(ctx context.Context) error {
	var behind []backend.Info
	var refused []Problem
	for _, info := range a.cfg.Stores.Schemas() {
		status, err := info.Schema.Status(ctx)
		if err != nil {
			return fmt.Errorf("axess: schema: %w", err)
		}
		if !status.Behind() {
			continue
		}
		behind = append(behind, info)
		refused = append(refused, schemaBehind(info, status))
	}
	if len(refused) > 0 && !a.cfg.Migrate {
		return &ConfigError{refused}
	}
	for _, info := range behind {
		err := info.Schema.Apply(ctx, 0, func(s backend.SchemaStep) {
			a.log.InfoContext(ctx, "axess: schema step applied", "stores", info.Name, "version", s.Version, "name", s.Name)
		})
		if err != nil {
			return fmt.Errorf("axess: schema: %w", err)
		}
	}
	return nil
}

func schemaBehind(info backend.Info, status backend.SchemaStatus) Problem {
	where := ""
	if info.Dir != "" {
		where = " --data " + info.Dir
	}
	return Problem{
		Field: "Stores", Code: problem.SchemaBehind.String(),
		Detail: fmt.Sprintf("the %s database has schema %d, this program needs %d", info.Name, status.Have, status.Need),
		Fix:    "run axess migrate plan" + where + ", take a backup, then run axess migrate apply" + where,
	}
}
