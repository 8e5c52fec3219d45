package authn_test

import (
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/store/sqlite"
)

// walk is one draw of a property: a service of its own, on the stores of this run.
type walk struct {
	*rapid.T
	t   *testing.T
	rig func(...option) *rig
}

// onStores checks a property on memory with every n-th draw, and on SQLite with every
// m-th.
func onStores(t *testing.T, n, m int, property func(w walk)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		draws.OneIn(t, n, func(rt *rapid.T) {
			property(walk{rt, t, func(opts ...option) *rig { return newRig(t, opts...) }})
		})
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		draws.OneIn(t, m, func(rt *rapid.T) {
			property(walk{rt, t, func(opts ...option) *rig {
				b, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
				must(t, err)
				t.Cleanup(func() { must(t, b.Close()) })
				return newRigOn(t, b.Stores(), opts...)
			}})
		})
	})
}

// chance draws one of some values.
func chance[T any](rt *rapid.T, what string, of ...T) T {
	return rapid.SampledFrom(of).Draw(rt, what)
}

// wrong are credentials of nobody.
func wrong(rt *rapid.T) authn.Credential {
	return chance[authn.Credential](rt, "wrong", pw("no password of anybody"), code("000000"), pw(""), code("12"))
}

// asks draws a requirement that is valid.
func asks(rt *rapid.T) authn.Requirement {
	return authn.Requirement{
		AnyOf:  chance(rt, "kinds", []identity.Kind{factor.TOTP}, []identity.Kind{factor.Password}, []identity.Kind{factor.Password, factor.TOTP}),
		MinAAL: chance(rt, "level", identity.AAL0, identity.AAL1, identity.AAL2),
		MaxAge: chance(rt, "age", 0, 30*time.Second, time.Minute, time.Hour),
	}
}
