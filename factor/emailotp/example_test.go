package emailotp_test

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// A code is mailed; what is kept knows it again.
func ExampleNew() {
	src, now := entropy.Seeded(1), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ring, err := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	if err != nil {
		panic(err)
	}
	codes, err := emailotp.New(emailotp.Config{
		MAC: ring.MAC(seal.LabelMailedCode), Hash: &plain{}, Entropy: src, // in a program: the hash of passwords
	})
	if err != nil {
		panic(err)
	}
	bound := emailotp.Bound{
		Subject: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		Flow:    entropy.Bytes16(src), Purpose: emailotp.SignIn,
	}
	code, ch, err := codes.Issue(bound, now)
	if err != nil {
		panic(err)
	}
	kept := ch.Encode()
	fmt.Println(len(code.Grouped()), "characters to read, good for", codes.Life())

	ch, err = emailotp.Decode(kept)
	fmt.Println(codes.Verify(bound, ch, seal.NewSecret([]byte(code.Grouped())), now), err)
	bound.Flow = entropy.Bytes16(src) // another browser
	fmt.Println(codes.Verify(bound, ch, seal.NewSecret([]byte(code.Grouped())), now))
	code.Wipe()
	// Output:
	// 9 characters to read, good for 5m0s
	// accepted <nil>
	// rejected
}

// What a code that was right is worth: that somebody reads the mailbox.
func ExampleTraits() {
	t := emailotp.Traits()
	e := identity.Evidence{Kind: t.Kind, AMR: t.AMR, Class: t.Class}
	fmt.Println(t.Kind == factor.EmailOTP, t.IsSecond(), identity.Assess([]identity.Evidence{e}).AAL)
	// Output: true false aal0
}

// What a page may show of the address that a code went to.
func ExampleMask() {
	fmt.Println(emailotp.Mask("ada@example.com"))
	// Output: a•••@e•••.com
}
