package comparehit

import "testing"

func TestX(t *testing.T) { _ = token() == t.Name() }
