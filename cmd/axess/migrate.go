package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

func (p process) migrate() *cli.Command {
	flags := func(more ...cli.Flag) []cli.Flag {
		return append(append(settingFlags("data", "dsn"), outputFlag()), more...)
	}
	verb := func(do func(context.Context, *cli.Command, backend.Stores, backend.Schema) error) cli.ActionFunc {
		return func(ctx context.Context, c *cli.Command) error {
			return p.withSettings(c, func(v *settings.Values) error {
				err := withSchema(ctx, v, func(all backend.Stores, s backend.Schema) error { return do(ctx, c, all, s) })
				var held *sqlite.LockedError
				if c.Name != "status" || !errors.As(err, &held) {
					return err
				}
				// The server that has the database can say (CLI-020).
				var st backend.SchemaStatus
				if _, err := ask(ctx, v, "schema", &st); err != nil {
					return err
				}
				return p.printStatus(c, st)
			})
		}
	}
	return &cli.Command{
		Name: "migrate", Usage: "bring the tables of the database up to this program",
		Commands: []*cli.Command{
			{Name: "status", Usage: "say which steps the database has had", Description: "Exit code 1: steps are missing.", Flags: flags(), Action: verb(p.migrateStatus)},
			{Name: "plan", Usage: "print the SQL of the missing steps, and what each locks", Flags: flags(), Action: verb(p.migratePlan)},
			{
				Name: "apply", Usage: "make the missing steps; take a backup first",
				Flags: flags(
					&cli.IntFlag{Name: "to", Usage: "`number` of the last step to make (default: all)", OnlyOnce: true, HideDefault: true},
					&cli.BoolFlag{Name: "dry-run", Usage: "print the plan and change nothing"},
					&cli.BoolFlag{Name: "yes", Usage: "do not ask"},
					progressFlag()),
				Action: verb(p.migrateApply),
			},
		},
	}
}

// withSchema opens the database for a verb. Only one that exists is opened:
// opening another would make it.
func withSchema(ctx context.Context, v *settings.Values, do func(backend.Stores, backend.Schema) error) error {
	pl := locate(v)
	switch {
	case settings.EngineOf(pl.url) == settings.Valkey:
		return refusal.New("a Valkey server has no tables", "there is nothing to bring up to date", without(v, "dsn"))
	case pl.served():
	case pl.file == "":
		return refusal.New("memory has no tables", "there is nothing to bring up to date", without(v, "dsn"))
	case pl.new:
		return &refusal.Error{What: "there is no database " + pl.file, Why: "serve makes one with all steps", Cure: "add --data DIRECTORY", Code: refusal.Unavailable}
	}
	stores, closeStores, err := pl.look(ctx)
	if err != nil {
		return storesRefused(pl, err)
	}
	for _, info := range stores.Schemas() {
		err = errors.Join(err, do(stores, info.Schema))
	}
	if errors.Is(err, store.ErrSchema) {
		err = storesRefused(pl, err)
	}
	return errors.Join(err, closeStores())
}

// stepJSON is a step as it is printed.
type stepJSON struct {
	Version  int      `json:"version"`
	Name     string   `json:"name"`
	SQL      string   `json:"sql,omitempty"`
	Checksum string   `json:"checksum,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	At       string   `json:"at,omitempty"`
}

func stepOf(s backend.SchemaStep) stepJSON {
	return stepJSON{Version: s.Version, Name: s.Name, SQL: s.SQL, Checksum: hex.EncodeToString(s.Checksum[:]), Notes: s.Notes}
}

func (p process) migrateStatus(ctx context.Context, c *cli.Command, _ backend.Stores, schema backend.Schema) error {
	st, err := schema.Status(ctx)
	if err != nil {
		return fmt.Errorf("migrate: status: %w", err)
	}
	return p.printStatus(c, st)
}

func (p process) printStatus(c *cli.Command, st backend.SchemaStatus) (err error) {
	if c.String("output") == "json" {
		made := []stepJSON{}
		for _, m := range st.Made {
			made = append(made, stepJSON{Version: m.Version, Name: m.Name, At: m.At.UTC().Format(time.RFC3339)})
		}
		err = printJSON(p.stdout, struct {
			V    int        `json:"v"`
			Have int        `json:"have"`
			Need int        `json:"need"`
			Made []stepJSON `json:"made"`
		}{1, st.Have, st.Need, made})
	} else {
		rows := [][]string{{"STEP", "MADE", "NAME"}}
		for _, m := range st.Made {
			rows = append(rows, []string{strconv.Itoa(m.Version), m.At.UTC().Format(time.RFC3339), m.Name})
		}
		printTable(p.stdout, rows...)
		fmt.Fprintf(p.stdout, "the database has step %d, this program needs %d\n", st.Have, st.Need)
	}
	if err == nil && st.Behind() {
		return findings()
	}
	return err
}

func (p process) migratePlan(ctx context.Context, c *cli.Command, _ backend.Stores, schema backend.Schema) error {
	steps, err := schema.Plan(ctx)
	if err != nil {
		return fmt.Errorf("migrate: plan: %w", err)
	}
	return p.printPlan(c, steps)
}

func (p process) printPlan(c *cli.Command, steps []backend.SchemaStep) error {
	if c.String("output") == "json" {
		list := []stepJSON{}
		for _, s := range steps {
			list = append(list, stepOf(s))
		}
		return printJSON(p.stdout, struct {
			V     int        `json:"v"`
			Steps []stepJSON `json:"steps"`
		}{1, list})
	}
	if len(steps) == 0 {
		fmt.Fprintln(p.stderr, "nothing to do: the database has every step")
	}
	for _, s := range steps {
		fmt.Fprintf(p.stdout, "-- step %d: %s (SHA-256 %s)\n", s.Version, s.Name, hex.EncodeToString(s.Checksum[:]))
		for _, note := range s.Notes {
			fmt.Fprintf(p.stdout, "-- %s\n", note)
		}
		fmt.Fprintf(p.stdout, "%s\n", strings.TrimRight(s.SQL, "\n"))
	}
	return nil
}

func (p process) migrateApply(ctx context.Context, c *cli.Command, all backend.Stores, schema backend.Schema) error {
	steps, err := schema.Plan(ctx)
	if err != nil {
		return fmt.Errorf("migrate: plan: %w", err)
	}
	to := c.Int("to")
	if c.IsSet("to") {
		todo := []backend.SchemaStep{}
		for _, s := range steps {
			if s.Version <= to {
				todo = append(todo, s)
			}
		}
		if len(todo) == 0 || todo[len(todo)-1].Version != to {
			return &refusal.Error{What: fmt.Sprintf("--to %d is no missing step", to), Why: "steps go forward only, and no further than this program knows", Cure: "remove --to", Code: refusal.Usage}
		}
		steps = todo
	}
	if c.Bool("dry-run") {
		return p.printPlan(c, steps)
	}
	if err := p.confirm(c, len(steps)); err != nil {
		return err
	}
	applied := []stepJSON{}
	shown := &progress{
		w: p.stderr, clock: clock.System(), bar: p.terminal, json: c.String("progress") == "json",
		total: len(steps), next: func(done int) string { return steps[done].Name },
	}
	err = shown.during(ctx, func(step func(string)) error {
		return schema.Apply(ctx, to, func(s backend.SchemaStep) {
			applied = append(applied, stepJSON{Version: s.Version, Name: s.Name})
			step(s.Name)
		})
	})
	if err != nil && ctx.Err() != nil {
		return &refusal.Error{
			What: fmt.Sprintf("interrupted after %d of %d steps: each is whole or not made", len(applied), len(steps)),
			Cure: "run axess migrate apply" + sameFlags(c), Code: refusal.Interrupted, Err: err,
		}
	}
	if err != nil {
		return fmt.Errorf("migrate: apply: after %d of %d steps: %w\n  each step is whole or not made: the same command goes on from here", len(applied), len(steps), err)
	}
	if err := recordMigration(context.WithoutCancel(ctx), all, schema, len(applied)); err != nil {
		return err
	}
	if c.String("output") == "json" {
		return printJSON(p.stdout, struct {
			V       int        `json:"v"`
			Applied []stepJSON `json:"applied"`
		}{1, applied})
	}
	if len(applied) == 0 {
		fmt.Fprintln(p.stderr, "nothing to do: the database has every step")
	}
	return nil
}

// sameFlags are those that lead to the same database once more.
func sameFlags(c *cli.Command) (out string) {
	for _, name := range []string{"config", "data", "dsn", "to"} {
		if c.IsSet(name) {
			out += " --" + name + " " + shellword.Quote(fmt.Sprint(c.Value(name)))
		}
	}
	return out
}

// progressFlag is that of verbs that may take long (CLI-026).
func progressFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "progress", Value: "text", Usage: "`form` of what is said meanwhile: text, or json with one object a line", OnlyOnce: true,
		Validator: func(s string) error {
			if s != "text" && s != "json" {
				return fmt.Errorf("must be text or json")
			}
			return nil
		},
	}
}

// confirm has the number of steps typed, or wants --yes where nobody can type
// (CLI-025).
func (p process) confirm(c *cli.Command, n int) error {
	if n == 0 || c.Bool("yes") {
		return nil
	}
	missing := refusal.New(fmt.Sprintf("%d steps would change the tables of the database", n), "there is no way back but a backup", "add --yes")
	if !p.asks {
		return missing
	}
	fmt.Fprintf(p.stderr, "%d steps change the tables of the database; there is no way back but a backup.\nType %d to go on: ", n, n)
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && line == "" || strings.TrimSpace(line) != strconv.Itoa(n) {
		return missing
	}
	return nil
}
