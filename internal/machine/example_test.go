package machine

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
)

func ExampleNext() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	someone := identity.Subject{
		Tenant: identity.FromBytes[identity.TenantID]([16]byte{1}),
		User:   identity.FromBytes[identity.UserID]([16]byte{2}),
	}
	state, effect, err := Next(Guest{}, Begin{Flow: FlowData{
		ID:       FlowID{1},
		Subject:  someone,
		Method:   "password+totp",
		Steps:    []identity.Step{identity.Required("password"), identity.Required("totp")},
		Deadline: now.Add(15 * time.Minute),
	}}, now)
	fmt.Println(effect.Row, effect.NewID, err)

	state, effect, err = Next(state, Pass{Evidence: identity.Evidence{Kind: "password", At: now}}, now)
	fmt.Println(effect.Row, IsAuthenticated(state), err)

	_, outcome, proof, err := Advance(state.(Authenticating), identity.Evidence{Kind: "totp", At: now}, now)
	fmt.Println(outcome == Completed, err)

	state, effect, err = Next(state, Complete{Proof: proof, Login: identity.FromBytes[identity.LoginID]([16]byte{3})}, now)
	fmt.Println(effect.Row, IsAuthenticated(state), err)

	_, _, err = Next(state, Pass{Evidence: identity.Evidence{Kind: "password", At: now}}, now)
	fmt.Println(err)
	// Output:
	// T2 true <nil>
	// T3 false <nil>
	// true <nil>
	// T4 true <nil>
	// session: illegal transition
}
