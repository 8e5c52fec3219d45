package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

// Source loads the rings of a program. Load is called at start and again when
// keys are to be reloaded; it returns complete, checked rings or an error.
type Source interface {
	Load(ctx context.Context) (seal.Keys, error)
}

// Generate draws one fresh primary key for each ring.
func Generate(src entropy.Source, created time.Time) (seal.Keys, error) {
	var k seal.Keys
	for _, place := range places(&k) {
		r, err := seal.NewRing(place.purpose, seal.GenerateKey(src, created))
		if err != nil {
			return seal.Keys{}, fmt.Errorf("keys: generate: %w", err)
		}
		*place.ring = r
	}
	if err := k.Check(); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: generate: %w", err)
	}
	return k, nil
}

type place struct {
	purpose seal.Purpose
	ring    **seal.Ring
}

func places(k *seal.Keys) []place {
	return []place{{seal.Cookie, &k.Cookie}, {seal.Session, &k.Session}, {seal.Data, &k.Data}, {seal.Index, &k.Index}}
}

// Ephemeral returns a Source of keys that exist in this process alone, drawn
// now. For development with memory stores: a restart signs everybody out and
// opens nothing that was stored. Every Load returns the same rings.
func Ephemeral(src entropy.Source) Source {
	k, err := Generate(src, time.Time{})
	return ephemeral{k, err}
}

type ephemeral struct {
	keys seal.Keys
	err  error
}

func (e ephemeral) Load(ctx context.Context) (seal.Keys, error) {
	if err := ctx.Err(); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w", err)
	}
	return e.keys, e.err
}
