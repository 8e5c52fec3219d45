package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/logtest"
)

// shownBy runs two steps of eleven seconds each and returns what was said.
func shownBy(t *testing.T, p *progress) string {
	t.Helper()
	fake := clock.NewFake(time.Unix(1e9, 0))
	var out logtest.Buffer
	p.w, p.clock, p.total = &out, fake, 2
	p.next = func(done int) string { return []string{"first", "second\x1b[2J"}[done] }
	wait := func(said string) {
		t.Helper()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		deadline := time.After(10 * time.Second)
		for !strings.Contains(out.String(), said) {
			select {
			case <-tick.C:
				fake.Advance(100 * time.Millisecond)
			case <-deadline:
				t.Fatalf("no %q in %q", said, out.String())
			}
		}
	}
	err := p.during(t.Context(), func(step func(string)) error {
		wait("first")
		step("first")
		wait("second")
		step("second\x1b[2J")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// CLI-026, CLI-027: a bar on a terminal, lines elsewhere, objects where asked for.
func TestProgress(t *testing.T) {
	t.Parallel()
	bar := shownBy(t, &progress{bar: true})
	for _, part := range []string{"[--------------------] 0 of 2 steps, 2 s: first", "[##########----------] 1 of 2 steps", "/s, about ", "step 2 of 2: "} {
		if !strings.Contains(bar, part) {
			t.Errorf("bar: no %q in %q", part, bar)
		}
	}
	for _, drawn := range strings.FieldsFunc(bar, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if len([]rune(drawn)) >= columns {
			t.Errorf("%q wraps", drawn)
		}
	}
	text := shownBy(t, &progress{})
	if strings.ContainsAny(text, "\r\x1b") || strings.ContainsAny(bar, "\x1b") || !strings.Contains(text, "\n1 of 2 steps, ") {
		t.Errorf("%q", text)
	}
	var last progressJSON
	lines := strings.Split(strings.TrimSpace(shownBy(t, &progress{json: true})), "\n")
	for _, line := range lines {
		last = progressJSON{}
		if err := json.Unmarshal([]byte(line), &last); err != nil || last.V != 1 || last.Total != 2 {
			t.Errorf("%q: %v", line, err)
		}
	}
	if len(lines) < 3 || last.Done != 2 || last.Step != "" || last.LeftSecond != 0 || last.Seconds < 2 {
		t.Errorf("%q", lines)
	}
}

// CLI-026: short work is not commented on.
func TestProgress_of_short_work(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &progress{w: &out, clock: clock.NewFake(time.Unix(1e9, 0)), total: 1, next: func(int) string { return "x" }}
	gone := errors.New("gone")
	if err := p.during(t.Context(), func(func(string)) error { return gone }); !errors.Is(err, gone) || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}

// stoppedAfter is a schema that is interrupted after its first step.
type stoppedAfter struct {
	backend.Schema

	stop context.CancelFunc
}

func (s stoppedAfter) Apply(ctx context.Context, _ int, progress func(backend.SchemaStep)) error {
	progress(backend.SchemaStep{Version: 1, Name: "one"})
	s.stop()
	return ctx.Err()
}

func (stoppedAfter) Plan(context.Context) ([]backend.SchemaStep, error) {
	return []backend.SchemaStep{{Version: 1, Name: "one"}, {Version: 2, Name: "two"}}, nil
}

// CLI-026, CLI-024: whoever interrupts is told what is done and how to go on.
func TestMigrate_interrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var errs strings.Builder
	p := testProcess(nil, &errs, &errs, "migrate", "apply", "--yes", "--data", "d", "--progress", "json")
	app := p.app()
	for _, c := range app.Commands {
		for _, sub := range c.Commands {
			if c.Name == "migrate" && sub.Name == "apply" {
				apply := sub
				apply.Action = func(ctx context.Context, _ *cli.Command) error {
					return p.migrateApply(ctx, apply, backend.Stores{}, stoppedAfter{stop: stop})
				}
			}
		}
	}
	err := app.Run(ctx, append([]string{"axess"}, p.args...))
	if refusal.Code(err, 0) != refusal.Interrupted || !strings.Contains(err.Error(), "after 1 of 2 steps") || !strings.Contains(err.Error(), "run axess migrate apply --data d") {
		t.Errorf("%v", err)
	}
	if !strings.Contains(errs.String(), `"done":1,"total":2`) {
		t.Error(errs.String())
	}
}
