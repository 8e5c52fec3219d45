package sim

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-010, SIM-063: what was recorded, written down and read again is the same run, and
// that of the seed.
func TestRecording_is_the_run(t *testing.T) {
	t.Parallel()
	for i, strategy := range []coro.Strategy{coro.Uniform(), coro.PCT(3, 3000), coro.Starve(), coro.FIFO()} {
		cfg := Config{Seed: uint64(i), Steps: 3000, Faults: Heavy(), Strategy: strategy}
		first, rec := Record(cfg)
		if first.Chain != Run(cfg).Chain {
			t.Errorf("%d: recording it makes another run", i)
		}
		read, err := Open(rec.String())
		if err != nil {
			t.Fatal(err)
		}
		again := read.Replay()
		if again.Chain != first.Chain || again.Steps != first.Steps || again.Short != 0 {
			t.Errorf("%d: after %d steps it is another one, %d draws lay behind the end", i, again.Steps, again.Short)
		}
	}
}

// SIM-063: a log that ends early goes on with zeros, and says so.
func TestRecording_ends_early(t *testing.T) {
	t.Parallel()
	_, rec := Record(Config{Seed: 1, Steps: 2000, Faults: Heavy()})
	rec.log[coro.Schedule] = rec.log[coro.Schedule][:100]
	if r := rec.Replay(); r.Short == 0 || r.Steps != 2000 {
		t.Errorf("%d draws behind the end, %d steps", r.Short, r.Steps)
	}
	rec.log = nil
	if r := rec.Replay(); r.Counts.Requests != 0 || r.Broken() {
		t.Errorf("an empty log makes %d requests, %v", r.Counts.Requests, r.Findings)
	}
}

// SIM-063: only what is a recording of this format is read.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	_, rec := Record(Config{Seed: 1, Steps: 10})
	good := rec.String()
	for name, text := range map[string]string{
		"nothing":           "",
		"another file":      "#!/bin/sh\n",
		"another format":    strings.Replace(good, "axsim 1", "axsim 2", 1),
		"cut":               good[:len(good)/2],
		"not base64":        "axsim 1\n****\n",
		"not packed":        "axsim 1\naGVsbG8=\n",
		"an empty body":     "axsim 1\n",
		"a second document": good + good,
	} {
		if _, err := Open(text); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(strings.ReplaceAll(good, "\n", "\r\n")); err != nil {
		t.Errorf("lines that end as on another system: %v", err)
	}
}

// SIM-063: who replays what another commit recorded can know it.
func TestRecording_knows_its_commit(t *testing.T) {
	t.Parallel()
	if commit() == "" {
		if (&Recording{Commit: "0123"}).Foreign() {
			t.Error("who does not know its own commit says that another one is foreign")
		}
		return
	}
	if !(&Recording{Commit: "0123"}).Foreign() || (&Recording{Commit: commit()}).Foreign() || (&Recording{}).Foreign() {
		t.Error("foreign is what is known to be of another commit")
	}
}

// FuzzOpen feeds the reader of recordings, which may come from anybody.
func FuzzOpen(f *testing.F) {
	_, rec := Record(Config{Seed: 1, Steps: 50})
	f.Add(rec.String())
	f.Add("axsim 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := Open(text)
		if err != nil {
			return
		}
		again, err := Open(rec.String())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal([]byte(again.String()), []byte(rec.String())) {
			t.Error("it is not what was written")
		}
	})
}
