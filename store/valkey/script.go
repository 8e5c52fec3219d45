package valkey

import (
	"context"
	"embed"
	"fmt"
	"path"
	"strings"

	driver "github.com/valkey-io/valkey-go"
)

// Each file of lua is one script, known by its name without the ending; each file
// of lua/part is a piece that a script takes in by its first lines, "-- with NAME".
// All are constant text: what varies comes as a key or an argument (STO-070).
//
//go:embed lua
var scripts embed.FS

type script struct{ text, sum string }

// load makes the scripts known to every node. The server names their digests, so
// that none is computed here. A node that has forgotten one, or is new, is given
// the text when it says so.
func (b *base) load(ctx context.Context) error {
	entries, err := scripts.ReadDir("lua")
	if err != nil {
		return err
	}
	b.scripts = map[string]*script{}
	var order []string
	for _, e := range entries {
		name, lua := strings.CutSuffix(e.Name(), ".lua")
		if !lua {
			continue
		}
		text, err := scriptText(name)
		if err != nil {
			return err
		}
		b.scripts[name] = &script{text: text}
		order = append(order, name)
	}
	for _, node := range primaries(ctx, b.c) {
		for _, name := range order {
			s := b.scripts[name]
			sum, err := node.Do(ctx, node.B().ScriptLoad().Script(s.text).Build()).ToString()
			if err != nil {
				return fmt.Errorf("script %s: %w", name, unreachable(err))
			}
			s.sum = sum
		}
	}
	return nil
}

// scriptText is a script with its parts before it.
func scriptText(name string) (string, error) {
	raw, err := scripts.ReadFile(path.Join("lua", name+".lua"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(raw)) {
		part, with := strings.CutPrefix(strings.TrimSpace(line), "-- with ")
		if !with {
			continue
		}
		text, err := scripts.ReadFile(path.Join("lua", "part", part+".lua"))
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	b.Write(raw)
	return b.String(), nil
}

// run runs a script by its digest, or by its text where the node does not know it:
// then nothing has happened yet. It is never sent again after an answer was lost
// (STO-034). All keys must be of one slot.
func (b *base) run(ctx context.Context, verb, name string, keys []string, args ...string) (driver.ValkeyMessage, error) {
	if err := b.enter(ctx, verb); err != nil {
		return driver.ValkeyMessage{}, err
	}
	defer b.leave()
	s := b.scripts[name]
	n := int64(len(keys))
	r, err := b.runOnce(ctx, verb, name, keys, b.c.B().Evalsha().Sha1(s.sum).Numkeys(n).Key(keys...).Arg(args...).Build())
	if v, ok := driver.IsValkeyErr(r.Error()); ok && v.IsNoScript() {
		r, err = b.runOnce(ctx, verb, name, keys, b.c.B().Eval().Script(s.text).Numkeys(n).Key(keys...).Arg(args...).Build())
	}
	if err != nil {
		return driver.ValkeyMessage{}, err
	}
	return b.message(ctx, verb, r)
}
