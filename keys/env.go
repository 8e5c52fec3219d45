package keys

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/axess-go/axess/seal"
)

// Env returns the Source that reads a whole key file from a variable of the
// environment, for platforms that give secrets in no other way. Every process
// that this one starts inherits it, and crash reports show it: where a file can
// be mounted, that is better. Load refuses a variable that is not set
// (fs.ErrNotExist), and what [File] refuses about the text.
func Env(name string) Source { return env(name) }

type env string

func (e env) Load(ctx context.Context) (seal.Keys, error) { return load(ctx, e) }

// Place implements [Placed].
func (env) Place() Place { return Place{} }

func (e env) texts(context.Context) ([]text, error) {
	v, ok := os.LookupEnv(string(e))
	if !ok || v == "" {
		return nil, fmt.Errorf("the variable %s is not set: %w", string(e), fs.ErrNotExist)
	}
	// Variables often lose their last line break on the way.
	if v[len(v)-1] != '\n' {
		v += "\n"
	}
	return []text{{"the variable " + string(e), []byte(v)}}, nil
}
