package axesstest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
)

// Every attack has its row in docs/testing.md.
func TestAttacks_are_explained(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range axesstest.AttackNames() {
		if !strings.Contains(string(manual), "\n| `"+name+"` |") {
			t.Errorf("%s is not in docs/testing.md", name)
		}
	}
}

// TKT-050, TKT-051, ASR-011: the reference program withstands every attack.
func TestAttack_reference(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]axesstest.Option{
		"in process": {}, "over a socket, in development": {axesstest.OverSocket(), development()},
		"everybody has an app": {axesstest.Config(func(c *axess.Config) {
			c.Methods, c.BasePath = authn.MFAMethods(), "/id"
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			axesstest.Attack(t, axesstest.New(t, app, options...), axesstest.Sample("DELETE /notes/{id}", "/notes/7"))
		})
	}
}
