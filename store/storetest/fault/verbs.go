package fault

import (
	"reflect"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Verbs are the names of all verbs of all ports as a [Call] has them, sorted. They
// are read off the ports, so a new verb is in the list by itself (watch.Next, what a
// watch of the session port hears, is added): whoever claims to
// have tried every verb compares with this.
func Verbs() []string {
	var out []string
	add := func(port string, of reflect.Type) {
		for m := range of.Methods() {
			out = append(out, port+"."+m.Name)
		}
	}
	add("audit", reflect.TypeFor[audit.Store]())
	add("identity", reflect.TypeFor[identity.Admin]())
	add("outbox", reflect.TypeFor[store.Outbox]())
	add("session", reflect.TypeFor[session.Store]())
	add("throttle", reflect.TypeFor[authn.Ledger]())
	add("values", reflect.TypeFor[store.KV]())
	out = append(out, "watch.Next")
	slices.Sort(out)
	return out
}
