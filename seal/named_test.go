package seal_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

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

// What a store holds must stay readable: label, prefix and name are those of the
// first version.
//
// STO-007
func TestNamed_opens_a_value_of_the_first_version(t *testing.T) {
	t.Parallel()
	master := sha256.Sum256([]byte("axess public test key: d"))
	ring, err := seal.NewRing(seal.Data, seal.Key{Master: seal.NewSecret(master[:]), State: seal.Primary, Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	env, err := hex.DecodeString("014e43b4d123a491ff2670dc71bc984380743b429944a60d7d686434a6c6c11e16681fb35068")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := seal.NewNamed(ring).Open("app/kind/a", env); err != nil || string(plain) != "plain" {
		t.Errorf("%q, %v", plain, err)
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
