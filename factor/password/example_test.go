package password_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
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

// A credential may remember earlier passwords, so that none of them comes again, and
// that others know the one that holds.
func ExampleReplace() {
	h, _ := password.New(password.Config{Params: password.InsecureCheap()})
	src := entropy.Seeded(1)
	first, _ := h.Hash(src, seal.NewSecret([]byte("correct horse battery")))
	second, _ := h.Hash(src, seal.NewSecret([]byte("staple shoe lace knot")))

	body := password.Replace(first, second, 4)
	entries, _ := password.Records(body)
	for _, e := range entries {
		fmt.Println(h.Verify(time.Now(), e, seal.NewSecret([]byte("correct horse battery"))).Verdict)
	}
	// Output:
	// rejected
	// accepted
}

func ExampleRecords() {
	_, err := password.Records([]byte("nonsense"))
	fmt.Println(errors.Is(err, password.ErrCorrupt))
	// Output: true
}

func ExampleMarkCompromised() {
	h, _ := password.New(password.Config{Params: password.InsecureCheap()})
	src := entropy.Seeded(1)
	first, _ := h.Hash(src, seal.NewSecret([]byte("correct horse battery")))
	known, _ := password.MarkCompromised(first)
	renewed := password.Renew(known, first)
	next, _ := h.Hash(src, seal.NewSecret([]byte("staple shoe lace knot")))
	fmt.Println(password.IsCompromised(known), password.IsCompromised(renewed), password.IsCompromised(password.Replace(known, next, 0)))
	// Output: true true false
}

// Hashing the same password anew keeps what the credential remembers.
func ExampleRenew() {
	h, _ := password.New(password.Config{Params: password.InsecureCheap()})
	first, _ := h.Hash(entropy.Seeded(1), seal.NewSecret([]byte("correct horse battery")))
	again, _ := h.Hash(entropy.Seeded(2), seal.NewSecret([]byte("correct horse battery")))
	entries, _ := password.Records(password.Renew(password.Replace(first, first, 1), again))
	fmt.Println(len(entries))
	// Output: 2
}

func ExampleIsCompromised() {
	h, _ := password.New(password.Config{Params: password.InsecureCheap()})
	body, _ := h.Hash(entropy.Seeded(1), seal.NewSecret([]byte("correct horse battery")))
	fmt.Println(password.IsCompromised(body))
	// Output: false
}

// A hash that another system made verifies until its owner has signed in with it once.
func ExampleForeign() {
	const theirs = "pbkdf2_sha256$1000$saltsaltsalt$KQDle8SXZRa7sBUZQfkYQI6NXnZxupxhxtm+aXnClyg="
	h, err := password.New(password.Config{Foreign: theirs})
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := password.Foreign(theirs, password.AsTyped)
	if err != nil {
		fmt.Println(err)
		return
	}
	res := h.Verify(time.Now(), record, seal.NewSecret([]byte("correct horse battery staple")))
	fmt.Println(res.Verdict, res.Rehash)
	// Output: accepted true
}
