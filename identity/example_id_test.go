package identity_test

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

// A program's own kind of id; it never mixes with others.
func ExampleNewID() {
	src := entropy.Seeded(7)
	note := identity.NewID[noteID](src)
	again, err := identity.Parse[noteID](note.String())
	fmt.Println(again == note, err)
	fmt.Println(identity.FromBytes[noteID](note.Bytes()) == note)
	// Output:
	// true <nil>
	// true
}

// Each kind of thing has an id of its own type: one cannot be passed for another.
func ExampleNewCredentialID() {
	src := entropy.Seeded(7)
	var ( // these are four types
		tenant     = identity.NewTenantID(src)
		credential = identity.NewCredentialID(src)
		device     = identity.NewDeviceID(src)
		login      = identity.NewLoginID(src)
	)
	fmt.Println(len(tenant.String()), len(credential.String()), len(device.String()), len(login.String()))
	// Output: 36 36 36 36
}

// Ids of events sort by time.
func ExampleNewEventID() {
	src := entropy.Seeded(7)
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	a, b := identity.NewEventID(noon, src), identity.NewEventID(noon.Add(time.Second), src)
	fmt.Println(a.String() < b.String())
	// Output: true
}

// An id that follows from a digest: the same digest, the same id.
func ExampleDerived() {
	fmt.Println(identity.Derived[identity.UserID]([32]byte{1, 2, 3}))
	// Output: 01020300-0000-8000-8000-000000000000
}

// What the program itself is, nobody else may become.
func ExampleCheckID() {
	fmt.Println(identity.CheckID(identity.NewUserID(entropy.Seeded(7))))
	fmt.Println(identity.CheckID(identity.SystemUser))
	fmt.Println(identity.IsReserved(identity.SystemUser))
	// Output:
	// <nil>
	// identity: user id is reserved
	// true
}

func ExampleNewReservedNames() {
	names, err := identity.NewReservedNames("Postmaster")
	if err != nil {
		panic(err)
	}
	id, err := identity.NewIdentifier(identity.Username, "postmaster")
	if err != nil {
		panic(err)
	}
	fmt.Println(names.Check(id))
	// Output: identity: name is reserved
}

// A scope says whom something holds for: a method, an epoch.
func ExampleUserScope() {
	src := entropy.Seeded(7)
	sub := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	for _, s := range []identity.Scope{identity.UserScope(sub), identity.TenantScope(sub.Tenant), identity.GlobalScope()} {
		fmt.Println(s.Kind() == identity.ScopeUser, len(s.Chain()))
	}
	// Output:
	// true 3
	// false 2
	// false 1
}

// An account moves only as the table says: nobody becomes active again who was
// erased.
func ExampleCanMove() {
	fmt.Println(identity.CanMove(identity.Active, identity.Suspended))
	fmt.Println(identity.CanMove(identity.Suspended, identity.Active))
	fmt.Println(identity.CanMove(identity.Active, identity.Candidate))
	// Output:
	// true
	// true
	// false
}

func ExampleCheckDisplayName() {
	fmt.Println(identity.CheckDisplayName("Ada Lovelace"))
	fmt.Println(identity.CheckDisplayName("Ada\nBcc: everybody"))
	fmt.Println(identity.CheckLanguage("de-AT"))
	fmt.Println(identity.CheckLanguage("../de"))
	// Output:
	// <nil>
	// identity: display_name invalid: character
	// <nil>
	// identity: language invalid: character
}
