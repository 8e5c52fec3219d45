package axess_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// tables is a schema that lacks a step until it is applied.
type tables struct {
	have, need int
	fails      error
}

func (s *tables) Status(context.Context) (backend.SchemaStatus, error) {
	return backend.SchemaStatus{Have: s.have, Need: s.need}, s.fails
}

func (s *tables) Plan(context.Context) ([]backend.SchemaStep, error) { return nil, nil }

func (s *tables) Apply(_ context.Context, _ int, progress func(backend.SchemaStep)) error {
	for s.have < s.need {
		s.have++
		progress(backend.SchemaStep{Version: s.have, Name: "step"})
	}
	return nil
}

// starts builds a program on tables and ends it again.
func starts(t *testing.T, s *tables, profile axess.Profile, migrate bool) error {
	t.Helper()
	stores := fronttest.Told(memory.New(memory.Config{}).Stores(), func(i *backend.Info) {
		i.Schema = s
		if profile != axess.Development {
			i.Durable, i.Dir = true, "/srv/axess"
		}
	})
	cfg := axess.Config{
		Origin: "http://localhost:8080", Profile: profile, Migrate: migrate,
		Stores: stores, Logger: slog.New(slog.DiscardHandler),
	}
	if profile != axess.Development {
		cfg.Origin, cfg.Keys, cfg.Mail, cfg.SignUp = "https://app.example.com", keys.Ephemeral(entropy.Seeded(3)), &mail.Outbox{}, axess.SignUpClosed
	}
	auth, err := axess.New(t.Context(), cfg)
	if err != nil {
		return err
	}
	return auth.Close(t.Context())
}

// PRD-024, OPS-052: a start changes tables in development and where it was asked
// to; elsewhere it refuses and names the command, and Regulated refuses to be asked.
func TestNew_changes_a_schema_only_where_it_may(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		profile axess.Profile
		migrate bool
		have    int
		code    axess.ConfigCode
	}{
		{"development", axess.Development, false, 1, ""},
		{"standard", axess.Standard, false, 1, "schema_behind"},
		{"standard, asked to", axess.Standard, true, 1, ""},
		{"regulated", axess.Regulated, false, 1, "schema_behind"},
		{"regulated, asked to", axess.Regulated, true, 1, "config_invalid"},
		{"standard, complete", axess.Standard, false, 3, ""},
		{"regulated, complete", axess.Regulated, false, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &tables{have: c.have, need: 3}
			err := starts(t, s, c.profile, c.migrate)
			if c.code == "" {
				if err != nil || s.have != s.need {
					t.Errorf("schema %d, %v; want it complete", s.have, err)
				}
				return
			}
			if !errors.Is(err, c.code) || s.have != c.have {
				t.Errorf("schema %d, %v; want %s and nothing changed", s.have, err, c.code)
			}
			if c.code == "schema_behind" {
				for _, want := range []string{"schema 1", "needs 3", "axess migrate plan --data /srv/axess", "backup"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%v does not say %q", err, want)
					}
				}
			}
		})
	}
}

// PRD-024: tables that this program must not touch end the start.
func TestNew_refuses_a_schema_that_it_does_not_know(t *testing.T) {
	t.Parallel()
	for _, profile := range []axess.Profile{axess.Development, axess.Standard} {
		if err := starts(t, &tables{fails: store.ErrSchema}, profile, true); !errors.Is(err, store.ErrSchema) {
			t.Errorf("%v: got %v, want ErrSchema", profile, err)
		}
	}
}
