package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/shellword"
)

// defaultData is where data goes when nothing else is said (CLI-001).
const defaultData = "axess-data"

// keysName is the key file that development makes (PRD-033).
const keysName = "axess.keys"

// place is where the server keeps things.
type place struct {
	dir  string // data directory; empty: nothing is kept
	file string // database; empty: there is none
	url  string // of a database server; empty: there is none. It may hold a password.
	// sessions is the URL of the server of sessions and guesses; empty: they are where
	// the rest is. It may hold a password.
	sessions string
	new      bool   // there was no database before
	keys     string // key file; empty: in development axess.keys beside the database
	flag     string // what leads another command to a database server
}

// served reports whether a database server keeps everything, so that several
// processes may.
func (pl place) served() bool { return pl.url != "" }

// locate says where data goes. Nothing is made.
func locate(v *settings.Values) place {
	pl := place{dir: v.Text("data"), keys: v.Text("keys"), sessions: v.Text("sessions")}
	dsn := v.Text("dsn")
	switch engine := settings.EngineOf(dsn); {
	case engine == settings.Memory:
		return pl
	case engine.Served():
		pl.url, pl.flag = dsn, sameServer(v, dsn)
		if pl.dir == "" {
			pl.dir = defaultData
		}
		if pl.keys == "" {
			pl.keys = filepath.Join(pl.dir, keysName)
		}
		return pl
	}
	file, given := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case given && pl.dir == "":
		pl.dir = filepath.Dir(file)
	case pl.dir == "":
		pl.dir = defaultData
	}
	if !given {
		file = filepath.Join(pl.dir, "axess.db")
	}
	pl.file = file
	if pl.keys == "" {
		pl.keys = filepath.Join(filepath.Dir(file), keysName)
	}
	info, err := os.Stat(file)
	pl.new = err != nil || info.Size() == 0
	return pl
}

// sameServer are the flags that lead another command to a database server. A
// password is never among them: what names the server is then in the environment
// of both, or in the file.
func sameServer(v *settings.Values, dsn string) string {
	switch {
	case !settings.HoldsPassword(dsn):
		return " --dsn " + shellword.Quote(dsn)
	case v.File != "":
		return " --config " + shellword.Quote(v.File)
	}
	return ""
}

// name says to people where the data is, without user and password.
func (pl place) name() string {
	if !pl.served() {
		return pl.file
	}
	return settings.ServerName(pl.url)
}

// flags are those that lead another command to the same place.
func (pl place) flags() string {
	if pl.served() {
		return pl.flag
	}
	if pl.file == filepath.Join(pl.dir, "axess.db") {
		return " --data " + shellword.Quote(pl.dir)
	}
	return " --dsn " + shellword.Quote("sqlite:"+pl.file)
}

// make makes the data directory, for its owner alone.
func (pl place) make() error {
	if pl.dir == "" {
		return nil
	}
	if err := os.MkdirAll(pl.dir, 0o700); err != nil {
		what := err.Error()
		var at *fs.PathError
		if errors.As(err, &at) {
			if info, err := os.Stat(at.Path); err == nil && !info.IsDir() {
				what = at.Path + " is a file, where a directory is needed"
			}
		}
		return &refusal.Error{
			What: "the data directory cannot be made: " + what, Why: "there is nowhere to keep what people enter",
			Cure: "add --data DIRECTORY", Code: refusal.Unavailable, Err: err,
		}
	}
	return nil
}
