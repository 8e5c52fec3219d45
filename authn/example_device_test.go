package authn_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/memory"
)

// laptops are the devices that a company has given out.
type laptops map[identity.DeviceID]identity.UserID

func (l laptops) DeviceTrust(_ context.Context, s identity.Subject, d identity.DeviceID) (authn.DeviceTrust, error) {
	if l[d] == s.User {
		return authn.DeviceTrusted, nil
	}
	return authn.DeviceUnknown, nil
}

// A program says which devices it trusts; on any other, people who have an app are
// asked for it. In axess.Config it is the field Devices, beside Device.
func ExampleDevices() {
	s := signedUp()
	who, laptop := s.subject(), identity.DeviceID{}
	given := laptops{laptop: who.User}
	var devices authn.Devices = given
	for _, u := range []identity.UserID{who.User, identity.SystemUser} {
		trust, err := devices.DeviceTrust(context.Background(), identity.Subject{Tenant: who.Tenant, User: u}, laptop)
		check(err)
		fmt.Println(trust)
	}
	// A tenant for whom a device that was seen before is enough:
	fmt.Println(authn.DevicePolicy{Enough: authn.DeviceSeen}.Validate())
	// Output:
	// trusted
	// unknown
	// <nil>
}

// Whoever carries events from the outbox to where they are read hands the sign-ins
// on. The program that axess.New makes does it.
func ExampleAccounts_TellNewBrowsers() {
	s := signedUp()
	trail := memory.New(memory.Config{}).Stores().Audit
	relay := audit.RelayConfig{Store: trail, Stored: s.TellNewBrowsers}
	err := relay.Stored(context.Background(), []audit.Entry{{Record: audit.Record{Kind: "authenticated", At: time.Unix(1, 0)}}})
	fmt.Println(err)
	// Output: <nil>
}

// Before a key leaves the ring: whether tenants still need it.
func ExampleSecretKids() {
	s := signedUp()
	system, err := identity.System("key rotation")
	check(err)
	op, err := identity.Operate(system)
	check(err)
	n, err := authn.NewTenants(s.Accounts).ResealSecrets(context.Background(), op)
	check(err)
	kids, err := authn.SecretKids(context.Background(), memory.New(memory.Config{}).Stores().Identity, op)
	check(err)
	fmt.Println(n, "sealed anew,", len(kids), "keys in use")
	// Output: 0 sealed anew, 0 keys in use
}
