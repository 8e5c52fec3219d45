package seal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// A value opens under the name that it was sealed for, and under no other.
// STO-007
func TestNamed_binds_the_name(t *testing.T) {
	t.Parallel()
	k, err := keys.Ephemeral(entropy.Seeded(1)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := seal.NewNamed(k.Data)
	env, err := n.Seal("app/kind/a", []byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := n.Open("app/kind/a", env); err != nil || string(plain) != "plain" {
		t.Errorf("%q, %v", plain, err)
	}
	for _, other := range []string{"app/kind/b", "app/kind/a\x00", "app/kind/"} {
		if plain, err := n.Open(other, env); !errors.Is(err, seal.ErrIntegrity) || plain != nil {
			t.Errorf("%q opens it: %q, %v", other, plain, err)
		}
	}
	if _, err := n.Seal("", []byte("plain")); err == nil {
		t.Error("sealed under no name")
	}
}

func ExampleNewNamed() {
	k, err := keys.Ephemeral(entropy.Seeded(1)).Load(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	values := seal.NewNamed(k.Data)
	sealed, err := values.Seal("app/kind/key", []byte("value"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := values.Open("app/kind/key", sealed)
	fmt.Printf("%s %v\n", plain, err)
	// Output: value <nil>
}
