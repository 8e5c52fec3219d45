package totp_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// The seed and the codes of RFC 6238, appendix B. The code that confirms an
// enrolment is used up by it.
func ExampleConfirm() {
	rec, err := totp.Import(totp.Policy{Digits: 8}, []byte("12345678901234567890"))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Unix(1111111109, 0)
	policy, code := totp.Policy{Digits: 8}, func() seal.Secret { return seal.NewSecret([]byte("0708 1804")) }
	rec, verdict := totp.Confirm(now, policy, rec, code())
	fmt.Println(verdict)
	fmt.Println(totp.Verify(now, policy, []totp.Record{rec}, code()).Verdict)

	// What is stored is read back as it was.
	again, err := totp.Decode(rec.Encode())
	fmt.Println(again.LastStep == rec.LastStep, err)
	// Output:
	// accepted
	// replayed
	// true <nil>
}

// An accepted code is a sign-in only once the store has taken the write that uses
// it up: of two requests with one code, one gets store.ErrConflict.
func ExampleAdvance() {
	src, now := entropy.Seeded(1), time.Unix(1111111109, 0)
	data, err := seal.NewRing(seal.Data, seal.GenerateKey(src, now))
	index, err2 := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	rec, err3 := totp.Import(totp.Policy{Digits: 8}, []byte("12345678901234567890"))
	vault := factor.NewVault(data, index)
	row, err4 := vault.Seal(identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: identity.NewUserID(src),
		Kind: factor.TOTP, State: identity.CredentialActive, Version: 1, CreatedAt: now,
	}, rec.Encode())
	if err := errors.Join(err, err2, err3, err4); err != nil {
		fmt.Println(err)
		return
	}
	res := totp.Verify(now, totp.Policy{Digits: 8}, []totp.Record{rec}, seal.NewSecret([]byte("07081804")))
	write, err := totp.Advance(vault, row, rec, res.Step, now)
	fmt.Println(res.Verdict, write.Credential.Version, err)

	e := totp.Evidence(row.ID, now)
	fmt.Println(e.Kind, e.AMR)
	// Output:
	// accepted 2 <nil>
	// totp [otp]
}
