package draws_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/internal/draws"
)

func TestOneIn_looks_at_a_share(t *testing.T) {
	t.Parallel()
	all, some := 0, 0
	rapid.Check(t, func(*rapid.T) { all++ })
	draws.OneIn(t, 5, func(rt *rapid.T) {
		some++
		rapid.Bool().Draw(rt, "anything")
	})
	if some == 0 || some > all/5+1 {
		t.Errorf("%d of %d draws", some, all)
	}
	each := 0
	if draws.OneIn(t, 1, func(*rapid.T) { each++ }); each != all {
		t.Errorf("%d of %d draws", each, all)
	}
}
