package valkey

import "strings"

// slotOf is the slot of a key in a cluster: a CRC (XMODEM) of what is between the first
// brace and the one that closes it or, if there is nothing, of the whole key.
func slotOf(key string) int {
	if _, rest, open := strings.Cut(key, "{"); open {
		if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
			key = tag
		}
	}
	const polynomial = 0x1021
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			top := crc >> 15
			crc = crc<<1 ^ top*polynomial
		}
	}
	return int(crc) % slotsOfCluster
}
