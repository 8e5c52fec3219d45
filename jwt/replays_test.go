package jwt_test

import (
	"testing"

	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// WKL-022
func TestReplays_keep_to_the_contract(t *testing.T) {
	t.Parallel()
	storetest.RunReplay(t, func(t *testing.T) jwt.ReplayStore {
		r, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
		if err != nil {
			t.Fatal(err)
		}
		return r
	})
}
