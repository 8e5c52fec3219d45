package keys_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
)

// Systemd and Kubernetes mount secrets as files of a directory.
func ExampleDir() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := keys.Init(filepath.Join(dir, "axess.keys"), entropy.System(), time.Now()); err != nil {
		panic(err)
	}
	rings, err := keys.Dir(dir).Load(context.Background())
	fmt.Println(len(rings.Rings()), err)
	// Output: 4 <nil>
}

// Where nothing can be mounted, a whole key file fits into a variable.
func ExampleEnv() {
	ctx := context.Background()
	rings, err := keys.Generate(entropy.System(), time.Now())
	if err != nil {
		panic(err)
	}
	text, err := keys.Encode(rings)
	if err != nil {
		panic(err)
	}
	defer clear(text)
	if err := os.Setenv("EXAMPLE_AXESS_KEYS", string(text)); err != nil {
		panic(err)
	}
	same, err := keys.Env("EXAMPLE_AXESS_KEYS").Load(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(same.Session.Primary() == rings.Session.Primary())
	// Output: true
}

// rot13 stands for a key management service.
type rot13 struct{}

func (rot13) Wrap(_ context.Context, plain []byte) ([]byte, error) { return turn(plain), nil }

func (rot13) Unwrap(_ context.Context, sealed []byte) ([]byte, error) { return turn(sealed), nil }

func turn(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ 0x5a
	}
	return out
}

// The file is made sealed: its keys are never on the disk in the clear.
func ExampleInitWrapped() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, file := context.Background(), filepath.Join(dir, "axess.keys")
	if err := keys.InitWrapped(ctx, file, rot13{}, entropy.System(), time.Now()); err != nil {
		panic(err)
	}
	_, err = keys.File(file).Load(ctx)
	fmt.Println("as it is:", errors.Is(err, keys.ErrFormat))
	_, err = keys.Wrapped(keys.File(file), rot13{}).Load(ctx)
	fmt.Println("unwrapped:", err)
	// Output:
	// as it is: true
	// unwrapped: <nil>
}
