package session

import (
	"fmt"
	"testing"
)

func TestClient_in_words(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Client{
		"Firefox on Linux": {"Firefox", "Linux"}, "Firefox": {Browser: "Firefox"}, "Linux": {Platform: "Linux"}, "": {},
	} {
		if got := fmt.Sprint(c); got != want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
