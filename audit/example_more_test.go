package audit_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/store"
)

// Where a request comes from is put into its context once; every event that is
// made under it says so.
func ExampleWith() {
	ctx := audit.With(context.Background(), audit.Context{UserAgent: "Firefox on Linux", RequestID: "0198-req"})
	fmt.Println(audit.From(ctx).RequestID)
	// Output: 0198-req
}

// What can be taken out of a stored event, without a change of its hash.
func ExamplePersonal() {
	for _, field := range audit.Personal() {
		fmt.Println(field)
	}
	// Output:
	// actor.id
	// client.ip
	// client.ip_prefix
	// client.ip_source
	// client.ua_summary
	// client.user_agent
	// data.identifier_mac
	// data.operator
	// data.stated_reason
	// subject.id
}

// What a backend checks before it sends anything.
func ExampleCheckAppend() {
	fmt.Println(errors.Is(audit.CheckAppend([]audit.Record{{}}), store.ErrBadArgument))
	// Output: true
}
