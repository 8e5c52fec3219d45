package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/cmd/axess/internal/control"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/shellword"
)

// controlSocket opens the socket of the commands (CLI-020), before anybody reads
// that the server is ready: whoever reads it may call at once. A server without a
// socket serves all the same: the log says what is missing, and nil is returned.
func controlSocket(ctx context.Context, pl place, log *slog.Logger) net.Listener {
	if pl.dir == "" {
		return nil
	}
	ln, err := control.Listen(filepath.Join(pl.dir, control.Name))
	if err != nil {
		log.WarnContext(ctx, "axess: no control socket: reload by SIGHUP", "error", err)
		return nil
	}
	return ln
}

// controlled answers the commands that reach the running server, until ctx ends.
func controlled(ctx context.Context, ln net.Listener, run running, stores backend.Stores) error {
	return control.Serve(ctx, ln, axess.Version, control.Verbs{
		"version": func(ctx context.Context) (any, error) { return schemaNumbers(ctx, stores) },
		"reload":  func(ctx context.Context) (any, error) { return run.reloader.run(ctx), nil },
		"keys":    func(ctx context.Context) (any, error) { return countSealed(ctx, stores) },
		"reseal":  func(ctx context.Context) (any, error) { return reseal(ctx, run.reloader.auth) },
		"schema":  func(ctx context.Context) (any, error) { return schemaStatus(ctx, stores) },
	})
}

// schemaStatus is that of the one backend that has tables.
func schemaStatus(ctx context.Context, stores backend.Stores) (backend.SchemaStatus, error) {
	for _, info := range stores.Schemas() {
		return info.Schema.Status(ctx)
	}
	return backend.SchemaStatus{}, nil
}

// numbers are what version --check compares beside the release.
type numbers struct {
	Have int `json:"have"`
	Need int `json:"need"`
}

func schemaNumbers(ctx context.Context, stores backend.Stores) (numbers, error) {
	st, err := schemaStatus(ctx, stores)
	return numbers{st.Have, st.Need}, err
}

// ask calls the server of the settings' data directory.
func ask(ctx context.Context, v *settings.Values, verb string, into any) (server string, err error) {
	pl := locate(v)
	if pl.dir == "" {
		pl.dir = defaultData
	}
	server, err = control.Call(ctx, filepath.Join(pl.dir, control.Name), axess.Version, verb, into)
	switch {
	case errors.Is(err, control.ErrNobody):
		return server, &refusal.Error{What: err.Error(), Cure: "start axess serve --data " + shellword.Quote(pl.dir) + ", or add --data DIRECTORY", Code: refusal.Unavailable, Err: err}
	case errors.Is(err, control.ErrVersion):
		return server, &refusal.Error{What: err.Error(), Why: "it would misread what it is told", Cure: "run the axess of that release, or restart the server with this one", Err: err}
	case errors.Is(err, control.ErrPeer):
		return server, &refusal.Error{What: err.Error(), Why: "the socket is not this user's server's", Cure: "run this as the user of the server", Err: err}
	}
	return server, err
}

func (p process) reload() *cli.Command {
	return &cli.Command{
		Name: "reload", Usage: "have the running server take what has changed",
		Description: "Settings, keys and certificate, as on SIGHUP. Exit code 1: something was refused or needs a restart.",
		Flags:       append(settingFlags("data", "dsn"), outputFlag()),
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.withSettings(c, func(v *settings.Values) error {
				var items []item
				if _, err := ask(ctx, v, "reload", &items); err != nil {
					return err
				}
				rows, whole := [][]string{{"ITEM", "RESULT", "REASON"}}, true
				for _, it := range items {
					rows = append(rows, []string{it.Name, it.Result, it.Reason})
					whole = whole && (it.Result == changed || it.Result == unchanged)
				}
				if c.String("output") == "json" {
					if err := printJSON(p.stdout, struct {
						V     int    `json:"v"`
						Items []item `json:"items"`
					}{1, items}); err != nil {
						return err
					}
				} else {
					printTable(p.stdout, rows...)
				}
				if !whole {
					return findings()
				}
				return nil
			})
		},
	}
}

// checkVersion compares this program with the server that runs.
func (p process) checkVersion(ctx context.Context, v *settings.Values) error {
	var n numbers
	server, err := ask(ctx, v, "version", &n)
	if err != nil {
		return err
	}
	tables := "no tables"
	if n.Need > 0 {
		tables = fmt.Sprintf("schema %d of %d", n.Have, n.Need)
	}
	fmt.Fprintf(p.stdout, "server %s, %s\n", server, tables)
	if server != axess.Version {
		return findings()
	}
	return nil
}
