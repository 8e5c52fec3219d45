package keys_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// PRD-030
func TestEphemeralKeysAreFreshAndStay(t *testing.T) {
	t.Parallel()
	load := func(s keys.Source) seal.Keys {
		k, err := s.Load(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Check(); err != nil {
			t.Fatal(err)
		}
		return k
	}
	src := entropy.System()
	one, two := keys.Ephemeral(src), keys.Ephemeral(src)
	if load(one) != load(one) {
		t.Error("a second load gives other rings: a reload would sign everybody out")
	}
	if load(one).Cookie.Primary() == load(two).Cookie.Primary() {
		t.Error("two sources share a key")
	}
	if load(keys.Ephemeral(entropy.Seeded(7))).Index.Primary() != load(keys.Ephemeral(entropy.Seeded(7))).Index.Primary() {
		t.Error("keys do not come from the given source")
	}
}

type constant byte

func (c constant) Fill(p []byte) {
	for i := range p {
		p[i] = byte(c)
	}
}

// PRD-032, SES-129: a broken source of randomness makes no keys.
func TestGenerateRefusesABrokenSource(t *testing.T) {
	t.Parallel()
	if _, err := keys.Ephemeral(constant(7)).Load(context.Background()); !errors.Is(err, seal.ErrWeakKey) {
		t.Errorf("ephemeral: %v", err)
	}
	path := filepath.Join(t.TempDir(), "k")
	if err := keys.Init(path, constant(7), created); !errors.Is(err, seal.ErrWeakKey) {
		t.Errorf("init: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was made")
	}
}

func ExampleFile() {
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "axess.keys")
	if err := keys.Init(path, entropy.System(), created); err != nil {
		fmt.Println(err)
		return
	}
	k, err := keys.File(path).Load(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(k.Cookie.Keys()), k.Cookie.Keys()[0].State)
	// Output: 1 primary
}

func ExampleEphemeral() {
	k, err := keys.Ephemeral(entropy.System()).Load(context.Background())
	fmt.Println(k.Session.Purpose(), err)
	// Output: session <nil>
}

func ExampleDecode() {
	_, err := keys.Decode([]byte("axess-keys v1\ndata primary\n"))
	fmt.Println(err)
	// Output: keys: decode: line 2: keys: not a key file: not six fields with one space between
}
