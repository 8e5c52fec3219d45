package identity_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// heard is a store that says which of its verbs was called.
type heard struct {
	identity.AuthnLog
	calls map[string]int
}

func (h heard) note(verb string) { h.calls[verb]++ }

func (h heard) TenantByID(context.Context, identity.TenantID) (identity.TenantView, error) {
	h.note("TenantByID")
	return identity.TenantView{}, nil
}

func (h heard) TenantBySlug(context.Context, string) (identity.TenantView, error) {
	h.note("TenantBySlug")
	return identity.TenantView{}, nil
}

func (h heard) AccountByIdentifier(context.Context, identity.TenantID, identity.IdentifierKind, string) (identity.Account, error) {
	h.note("AccountByIdentifier")
	return identity.Account{}, nil
}

func (h heard) AccountByID(context.Context, identity.Subject) (identity.Account, error) {
	h.note("AccountByID")
	return identity.Account{}, nil
}

func (h heard) AccountByHandle(context.Context, identity.TenantID, [32]byte) (identity.Account, error) {
	h.note("AccountByHandle")
	return identity.Account{}, nil
}

func (h heard) AccountByLink(context.Context, identity.TenantID, string, string) (identity.Account, error) {
	h.note("AccountByLink")
	return identity.Account{}, nil
}

func (h heard) Users(context.Context, identity.TenantID, identity.UserCursor, int) ([]identity.User, error) {
	h.note("Users")
	return nil, nil
}

func (h heard) HasRole(context.Context, identity.TenantID, identity.Role) (bool, error) {
	h.note("HasRole")
	return false, nil
}

func (h heard) TokenBySelector(context.Context, [16]byte) (identity.Token, error) {
	h.note("TokenBySelector")
	return identity.Token{}, nil
}

func (h heard) Record(context.Context, ...identity.LogChange) error {
	h.note("Record")
	return nil
}

// all calls every verb of a store once, by reflection, so that none is forgotten.
func all(t *testing.T, l identity.AuthnLog) (verbs []string) {
	t.Helper()
	v := reflect.ValueOf(l)
	for m := range reflect.TypeFor[identity.AuthnLog]().Methods() {
		verbs = append(verbs, m.Name)
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for in := range m.Type.NumIn() - 1 {
			if m.Type.IsVariadic() && in+1 == m.Type.NumIn()-1 {
				break
			}
			args = append(args, reflect.Zero(m.Type.In(in+1)))
		}
		v.MethodByName(m.Name).Call(args)
	}
	return verbs
}

// IDN-064, IDN-I11: every verb of a wrapping store reaches the one that it wraps, and
// what a login is decided by is never a replica's.
func TestCombine_asks_the_primary_for_what_decides(t *testing.T) {
	t.Parallel()
	replica, primary := heard{calls: map[string]int{}}, heard{calls: map[string]int{}}
	verbs := all(t, identity.Combine(replica, primary))
	fromReplica := map[string]bool{
		"TenantByID": true, "TenantBySlug": true, "AccountByIdentifier": true, "AccountByHandle": true, "AccountByLink": true, "Users": true,
	}
	for _, verb := range verbs {
		r, p := 0, 1
		if fromReplica[verb] {
			r, p = 1, 0
		}
		if replica.calls[verb] != r || primary.calls[verb] != p {
			t.Errorf("%s: %d calls of the replica, %d of the primary, want %d and %d", verb, replica.calls[verb], primary.calls[verb], r, p)
		}
	}
}

// IDN-065, IDN-I11
func TestNoopAuthnLog_reads_through_and_spends_nothing(t *testing.T) {
	t.Parallel()
	under := heard{calls: map[string]int{}}
	log := identity.NoopAuthnLog(under)
	for _, verb := range all(t, log) {
		want := 1
		if verb == "Record" {
			want = 0
		}
		if under.calls[verb] != want {
			t.Errorf("%s: %d calls, want %d", verb, under.calls[verb], want)
		}
	}
	if err := log.Record(t.Context(), identity.Append{}, identity.RecordLogin{}); err != nil {
		t.Errorf("an event: %v", err)
	}
	for _, c := range []identity.LogChange{identity.AdvanceCredential{}, identity.CountTry{}} {
		err := log.Record(t.Context(), identity.Append{}, c)
		var which *identity.ChangeError
		if !errors.Is(err, store.ErrUnavailable) || !errors.As(err, &which) || which.Index != 1 {
			t.Errorf("%T: %v, want it refused", c, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := log.Record(ended); !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("an ended context: %v", err)
	}
	if !identity.IsUnwritten(log) || identity.IsUnwritten(under) {
		t.Error("a store that is not written is not told from one that is")
	}
}

func ExampleCombine() {
	primary := memory.New(memory.Config{}).Stores().Identity
	replica := primary // a second connection, to a server that follows the first
	var log identity.AuthnLog = identity.Combine(replica, primary)
	_, err := log.TenantBySlug(context.Background(), identity.DefaultSlug)
	fmt.Println(errors.Is(err, store.ErrNotFound))
	// Output: true
}

func ExampleNoopAuthnLog() {
	log := identity.NoopAuthnLog(memory.New(memory.Config{}).Stores().Identity)
	fmt.Println(log.Record(context.Background(), identity.RecordLogin{}))
	// Output: <nil>
}
