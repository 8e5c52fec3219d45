// Package health asks the parts of a program how they are, so that whoever
// watches it can send requests elsewhere or replace it.
//
//	parts, err := health.New(health.Config{Clock: clock.System()},
//		health.Check{Name: "session", Run: func(ctx context.Context) health.Result {
//			if err := store.Check(ctx); err != nil {
//				return health.IsUnhealthy(err.Error())
//			}
//			return health.IsHealthy()
//		}})
//	report := parts.Report(ctx) // report.Status.String() is all that strangers see
//
// All checks run at the same time, two seconds each. One that does not answer in
// time is unhealthy whatever its code does, and is not asked again while it hangs;
// a panic is unhealthy. A report is shared for a second and made by one task, so
// that no storm of probes reaches a database.
//
// Names and reasons are for operators. What stands on a public listener is the
// status word alone.
//
// Requirements: TEL-009, TEL-010, STO-065 (the bound), STO-066, STO-067.
package health
