package randomhit

import (
	"math/rand/v2"
	"testing"
)

func TestX(t *testing.T) { _ = rand.Int() }
