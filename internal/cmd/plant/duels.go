package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// duelled is a bug of the table with the duels that are about it: one of them is lost
// where the bug is, and nobody had to wait for chance.
type duelled struct {
	bug   string
	duels []string
	found []hunted // of each duel, in this run
}

func duelledBugs() []duelled {
	return []duelled{
		{bug: "save-by-upsert", duels: []string{"logout/slow write"}},
		{bug: "revision-not-asked", duels: []string{"write/write"}},
		// Not login/suspend: whoever is suspended is stopped by the last look at the account, too.
		{bug: "claim-without-epochs", duels: []string{"reset/login"}},
		{bug: "guesses-counted-afterwards", duels: []string{"guess/guess"}},
		{bug: "totp-code-works-twice", duels: []string{"TOTP/TOTP"}},
		{bug: "link-works-twice", duels: []string{"reset/reset"}},
		{bug: "suspended-signs-in", duels: []string{"login/suspend"}},
		{bug: "sign-up-keeps-what-waited", duels: []string{"signup/signup"}},
		{bug: "reset-keeps-sessions", duels: []string{"reset/login"}},
		{bug: "erasure-keeps-the-name", duels: []string{"erase/login"}},
		{bug: "password-change-keeps-others", duels: []string{"password/password"}},
	}
}

// fight has a duel fought by the product with a bug.
func fight(ctx context.Context, binary, duel string, story bool) (h hunted, err error) {
	cmd := exec.CommandContext(ctx, binary, "-duel", duel, "-without", strings.TrimPrefix(linear, "SIM-"))
	if story {
		cmd.Args = append(cmd.Args, "-story")
		cmd.Stderr = os.Stderr
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return hunted{fault: "the duel ended by itself: " + err.Error()}, nil //nolint:nilerr // it is the answer
	}
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		return h, fmt.Errorf("plant: %s: %w", duel, err)
	}
	if len(h.Findings) == 0 {
		h.fault = fmt.Sprintf("NOT LOST in %d runs", h.Worlds)
	}
	return h, nil
}

// fightAll has every duel of the table fought, tells of each, and returns how many were
// not lost.
func fightAll(ctx context.Context, root string, all []duelled, only *regexp.Regexp, story bool, out io.Writer) (held int, err error) {
	for i, d := range all {
		at := slices.IndexFunc(bugs(), func(b bug) bool { return b.name == d.bug })
		if at < 0 || !only.MatchString(d.bug) {
			continue
		}
		for _, duel := range d.duels {
			h, failed := hunt(ctx, root, bugs()[at], duel, 0, story)
			if err = errors.Join(err, failed); failed != nil {
				continue
			}
			all[i].found = append(all[i].found, h)
			if h.fault != "" {
				held++
				fmt.Fprintf(out, "FAIL  %s: %s: %s\n", d.bug, duel, h.fault)
				continue
			}
			fmt.Fprintf(out, "ok    %s: run %d: %s\n", d.bug, h.Worlds, h.Findings[0])
		}
	}
	return held, err
}

// duelPage is the part of the page about duels; of one that was not fought this time it
// keeps what the page has said of it so far.
func duelPage(have string, all []duelled) string {
	results := map[string]string{}
	for line := range strings.Lines(have) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); len(cells) == 3 {
			results[cells[0]+cells[1]] = cells[2]
		}
	}
	var b strings.Builder
	b.WriteString(`## In duels

The [duels](simulation.md#two-at-the-same-moment) try every order instead of waiting for one. With the bug, the duel is lost in so manieth run of those that it always makes in the same order; orders without a fault are first.

| bug | duel | lost in run |
|---|---|---|
`)
	for _, d := range all {
		for i, duel := range d.duels {
			bug := "| `" + d.bug + "`"
			result, ok := results[bug+duel]
			switch {
			case i < len(d.found) && d.found[i].fault != "":
				result = "none |"
			case i < len(d.found):
				result = fmt.Sprint(thousands(d.found[i].Worlds), " |")
			case !ok:
				result = "not tried |"
			}
			b.WriteString(bug + " | " + duel + " | " + result + "\n")
		}
	}
	return b.String()
}
