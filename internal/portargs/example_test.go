package portargs_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

func ExampleChange() {
	fmt.Println(portargs.Change(identity.PutMethod{Scope: identity.GlobalScope()}))
	fmt.Println(portargs.Change(identity.RaiseEpoch{Scope: identity.GlobalScope()}))
	// Output:
	// global scope: store: bad argument
	// <nil>
}

// The suite of all ports (store/storetest) holds each backend to these; here is
// only what every rule rests on: an unknown change is refused, not passed over.
//
// IDN-060
func TestChange_refuses_what_it_does_not_know(t *testing.T) {
	t.Parallel()
	if err := portargs.Change(nil); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("got %v, want ErrBadArgument", err)
	}
}
