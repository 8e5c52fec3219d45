package walk

import (
	"testing"
	"time"
)

// RFC 6238, appendix B: the last six of the eight digits.
func TestCode_matches_the_vectors_of_the_standard(t *testing.T) {
	t.Parallel()
	const key = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" // "12345678901234567890"
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got, err := Code(key, time.Unix(at, 0))
		if err != nil || got != want {
			t.Errorf("at %d: %s, %v; want %s", at, got, err, want)
		}
	}
	if _, err := Code("not base32 1", time.Unix(0, 0)); err == nil {
		t.Error("accepted a key that is none")
	}
}
