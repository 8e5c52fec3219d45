package jwt

import (
	"math"
	"strconv"
	"time"
)

// lastSecond is the end of the year 9999, beyond which times have no usual form.
const lastSecond = 253402300799

// numericDate reads a NumericDate (RFC 7519 §2): seconds, a fraction of which is cut
// off. The value is one that strictjson has passed.
func numericDate(value []byte) (time.Time, bool) {
	if len(value) == 0 || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return time.Time{}, false
	}
	// Every second of the range, and a fraction of some microseconds, is exact in a
	// float64.
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(f >= 0 && f <= lastSecond) {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(f)), 0).UTC(), true
}
