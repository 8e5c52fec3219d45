package hotp_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/hotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// The seed and the codes of RFC 4226, appendix D. The code that confirms an enrolment is
// used up by it.
func ExampleConfirm() {
	rec, err := hotp.Import(hotp.Policy{}, []byte("12345678901234567890"), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec, verdict := hotp.Confirm(hotp.Policy{}, rec, seal.NewSecret([]byte("755 224")))
	fmt.Println(verdict)
	fmt.Println(hotp.Verify(hotp.Policy{}, []hotp.Record{rec}, seal.NewSecret([]byte("755224"))).Verdict)
	fmt.Println(hotp.Verify(hotp.Policy{}, []hotp.Record{rec}, seal.NewSecret([]byte("287082"))).Verdict)
	// Output:
	// accepted
	// replayed
	// accepted
}

// An accepted code is a sign-in only once the store has taken the write that uses it up.
// A wrong one is counted, and a token that has seen five is brought back by two codes in
// sequence.
func ExampleResync() {
	src, now := entropy.Seeded(1), time.Unix(1111111109, 0)
	data, err := seal.NewRing(seal.Data, seal.GenerateKey(src, now))
	index, err2 := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	rec, err3 := hotp.Import(hotp.Policy{}, []byte("12345678901234567890"), 0)
	vault := factor.NewVault(data, index)
	row, err4 := vault.Seal(identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: identity.NewUserID(src),
		Kind: factor.HOTP, State: identity.CredentialActive, Version: 1, CreatedAt: now,
	}, rec.Encode())
	if err := errors.Join(err, err2, err3, err4); err != nil {
		fmt.Println(err)
		return
	}
	used, err := hotp.Advance(vault, row, rec, 0, now)
	fmt.Println(used.Credential.Version, err)
	wrong, changed, err := hotp.Fail(vault, row, rec)
	fmt.Println(wrong.Credential.Version, changed, err)

	rec.Failures = hotp.MaxFailures
	_, verdict, err := hotp.Resync(vault, row, rec, seal.NewSecret([]byte("399871")), seal.NewSecret([]byte("520489")), now)
	fmt.Println(verdict, err)
	e := hotp.Evidence(row.ID, now)
	fmt.Println(e.Kind, e.AMR)
	// Output:
	// 2 <nil>
	// 2 true <nil>
	// accepted <nil>
	// hotp [otp]
}

// What comes with a box of tokens, with the encoding that its maker states.
func ExampleReadSeeds() {
	list := "SN-0001,3132333435363738393031323334353637383930\n"
	seeds, err := hotp.ReadSeeds(strings.NewReader(list), hotp.Hex)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec, err := hotp.Import(hotp.Policy{}, seeds[0].Seed.Reveal(), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := hotp.Decode(rec.Encode())
	fmt.Println(seeds[0].Serial, again.Next, err)
	// Output: SN-0001 0 <nil>
}

// A token that is made here, an app in counter mode, gets a seed from the random source.
func ExampleNew() {
	rec, err := hotp.New(entropy.Seeded(1), hotp.Policy{Digits: 8})
	fmt.Println(len(rec.Seed.Reveal()), rec.Digits, err)
	// Output: 20 8 <nil>
}
