package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// The codes are shown once; what is kept has only digests.
func ExampleNew() {
	src := entropy.Seeded(1)
	user := identity.NewUserID(src)
	codes, rec := recovery.New(src, user)
	typed, ok := recovery.Parse(seal.NewSecret([]byte(codes[0].Reveal())))
	fmt.Println(ok, typed.Reveal() == codes[0].Reveal(), len(recovery.Text(codes).Reveal()))

	again, err := recovery.Decode(rec.Encode())
	fmt.Println(again.Left(), err)
	fmt.Println(recovery.Verify(user, again, seal.NewSecret([]byte(codes[4].Reveal()))).Verdict)
	// Output:
	// true true 310
	// 10 <nil>
	// accepted
}

// An accepted code is a sign-in only once the store has taken the write that removes it.
func ExampleAdvance() {
	src, now := entropy.Seeded(1), time.Unix(1111111109, 0)
	user := identity.NewUserID(src)
	data, err := seal.NewRing(seal.Data, seal.GenerateKey(src, now))
	index, err2 := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	codes, rec := recovery.New(src, user)
	vault := factor.NewVault(data, index)
	row, err3 := vault.Seal(identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: user,
		Kind: factor.Recovery, State: identity.CredentialActive, Version: 1, CreatedAt: now,
	}, rec.Encode())
	if err := errors.Join(err, err2, err3); err != nil {
		fmt.Println(err)
		return
	}
	res := recovery.Verify(user, rec, seal.NewSecret([]byte(codes[7].Reveal())))
	write, err := recovery.Advance(vault, row, rec, res.Index, now)
	fmt.Println(res.Verdict, res.Index, write.Credential.Version, err)
	e := recovery.Evidence(row.ID, now)
	fmt.Println(e.Kind, e.AMR)
	// Output:
	// accepted 7 2 <nil>
	// recovery [otp]
}

// The pipeline of package authn asks the verifier like any other, and stores what it
// changes before the code counts.
func ExampleVerifier() {
	src, now := entropy.Seeded(1), time.Unix(1111111109, 0)
	user := identity.NewUserID(src)
	codes, rec := recovery.New(src, user)
	v := recovery.Verifier()
	res := v.Verify(context.Background(), factor.Attempt{
		Now: now, Secret: seal.NewSecret([]byte(codes[2].Reveal())), Subject: identity.Subject{User: user},
		Records: []factor.Record{{Body: rec.Encode()}},
	})
	after, err := recovery.Decode(res.Changes[0].Body)
	fmt.Println(res.Verdict, after.Left(), err, v.Works(factor.Record{Body: after.Encode()}))
	// Output: accepted 9 <nil> true
}

func ExampleTraits() {
	t := recovery.Traits()
	fmt.Println(t.Kind, t.Fallback, t.IsSecond())
	// Output: recovery true false
}
