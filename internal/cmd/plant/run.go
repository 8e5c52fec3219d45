package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/axess-go/axess/internal/overlay"
)

// budget is within how many steps a bug must be found (SIM-070).
const budget = 2_000_000

// linear is the invariant that holds each answer of a store against a model.
const linear = "SIM-061"

// hunted is what a hunt on a bug came to.
type hunted struct {
	Steps    int      `json:"steps"`
	Worlds   int      `json:"worlds"`
	Seed     uint64   `json:"seed"`
	Findings []string `json:"findings"`
	fault    string   // why it does not count; empty when it does
	by       string   // the invariant that found it
}

// hunt builds the product with the bug and looks for it, in a duel if one is named. The error says that it could
// not be tried.
func hunt(ctx context.Context, root string, b bug, duel string, from uint64, story bool) (h hunted, err error) {
	dir, err := os.MkdirTemp("", "plant-")
	if err != nil {
		return h, fmt.Errorf("plant: %s: %w", b.name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	list, err := overlay.Write(root, dir, b.edits)
	if err != nil {
		return h, fmt.Errorf("plant: %s: %w", b.name, err)
	}
	binary := filepath.Join(dir, "hunt")
	build := exec.CommandContext(ctx, "go", "build", "-overlay="+list, "-o", binary, "./internal/cmd/hunt")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return hunted{fault: "it does not compile: " + string(out)}, nil
	}
	if duel != "" {
		return fight(ctx, binary, duel, story)
	}
	cmd := exec.CommandContext(ctx, binary, "-steps", strconv.Itoa(budget), "-seed", strconv.FormatUint(from, 10))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if !slices.Contains(b.breaks, linear) {
		// It sees every wrong answer of a store at once: what comes of the answer is for the
		// invariant that the bug belongs to.
		cmd.Args = append(cmd.Args, "-without", strings.TrimPrefix(linear, "SIM-"))
	}
	if b.edited {
		cmd.Args = append(cmd.Args, "-edits")
	}
	if b.paired {
		cmd.Args = append(cmd.Args, "-pairs")
	}
	if story {
		cmd.Args = append(cmd.Args, "-story")
		cmd.Stderr = os.Stderr
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return hunted{fault: "the hunt ended by itself: " + err.Error()}, nil
	}
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		return h, fmt.Errorf("plant: %s: %w", b.name, err)
	}
	h.judge(b)
	return h, nil
}

// judge asks whether what was found is the bug.
func (h *hunted) judge(b bug) {
	if len(h.Findings) == 0 {
		h.fault = fmt.Sprintf("NOT FOUND in %d worlds of %d steps together", h.Worlds, h.Steps)
		return
	}
	for _, f := range h.Findings {
		id, _, _ := strings.Cut(f, ":")
		id, _, _ = strings.Cut(id, " ")
		if slices.Contains(b.breaks, id) {
			h.by = id
			return
		}
	}
	h.fault = fmt.Sprintf("found by another invariant than %s: %s", strings.Join(b.breaks, ", "), h.Findings[0])
}
