package password_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
)

// The presets, strongest last. Parameters of your own have the default as floor.
func ExampleArgon2id() {
	fmt.Println(password.FIPS())
	fmt.Println(password.Lean())
	fmt.Println(password.Strong())
	own, err := password.Argon2id(32<<10, 2, 1)
	fmt.Println(own, err)
	_, err = password.Argon2id(4<<10, 1, 1)
	fmt.Println(errors.Is(err, password.ErrWeakParams))
	// Output:
	// $pbkdf2-sha512$i=210000
	// $argon2id$v=19$m=19456,t=2,p=1
	// $argon2id$v=19$m=65536,t=3,p=4
	// $argon2id$v=19$m=32768,t=2,p=1 <nil>
	// true
}

// Where approved primitives alone may be used.
func ExamplePBKDF2SHA512() {
	p, err := password.PBKDF2SHA512(400_000)
	fmt.Println(p, err)
	_, err = password.PBKDF2SHA256(100_000)
	fmt.Println(err)
	// Output:
	// $pbkdf2-sha512$i=400000 <nil>
	// password: parameters below the floor: i=100000
}

// Tests hash with the least that the function can do. Passwords stored so can be
// guessed from a stolen table.
func ExampleInsecureCheap() {
	_, err := password.New(password.Config{Params: password.InsecureCheap()})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleEvidence() {
	e := password.Evidence(identity.NewCredentialID(entropy.Seeded(1)), time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	fmt.Println(e.Kind, e.AMR, identity.Assess([]identity.Evidence{e}).AAL)
	// Output: password [pwd] aal1
}
