package keys

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/seal"
)

// Place says where keys lie, for those who judge whether that is good enough.
type Place struct {
	// Path is the file or directory; empty when they are not on a disk.
	Path string
	// Wrapped: what lies there opens nothing without a key management service.
	Wrapped bool
}

// Placed is implemented by a [Source] that knows where its keys lie.
type Placed interface{ Place() Place }

// text is a key file, wherever it came from; name is for errors.
type text struct {
	name string
	b    []byte
}

// texts is a source of key files that can lie wrapped.
type texts interface {
	Source
	Placed
	texts(ctx context.Context) ([]text, error)
}

// load reads what a source has as one set of rings.
func load(ctx context.Context, src texts) (seal.Keys, error) {
	if err := ctx.Err(); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w", err)
	}
	all, err := src.texts(ctx)
	defer func() {
		for _, t := range all {
			clear(t.b)
		}
	}()
	if err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w", err)
	}
	return rings(all)
}

// rings reads all texts together: each may hold some of the keys.
func rings(all []text) (seal.Keys, error) {
	found := map[seal.Purpose][]seal.Key{}
	name := "keys"
	for _, t := range all {
		name = t.name
		if len(t.b) > maxBytes {
			return seal.Keys{}, fmt.Errorf("keys: load %s: %w: longer than %d bytes", name, ErrFormat, maxBytes)
		}
		if err := readLines(t.b, found); err != nil {
			return seal.Keys{}, fmt.Errorf("keys: load %s: %w", name, err)
		}
	}
	k, err := assemble(found)
	if err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load %s: %w", name, err)
	}
	for _, r := range k.Rings() {
		for _, key := range r.Keys() {
			if published(key.Master) {
				return seal.Keys{}, fmt.Errorf("keys: load %s: %w: %s", name, ErrPublished, key.ID())
			}
		}
	}
	return k, nil
}
