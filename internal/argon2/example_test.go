package argon2_test

import (
	"fmt"

	"github.com/axess-go/axess/internal/argon2"
)

func ExampleSpace_Derive() {
	space := argon2.NewSpace(64) // KiB; for passwords at least 19 << 10
	key := make([]byte, 16)
	err := space.Derive(key, argon2.Params{Type: argon2.ID, Memory: 64, Passes: 1, Lanes: 1},
		argon2.Input{Password: []byte("password"), Salt: []byte("somesalt")})
	fmt.Printf("%x %v\n", key, err)
}
