package entropy_test

import (
	"fmt"
	"io"

	"github.com/axess-go/axess/entropy"
)

// The same seed gives the same bytes, however they are asked for: that is how a
// failure is played again.
func ExampleSeededBytes() {
	a, b := entropy.SeededBytes([32]byte{1}), entropy.SeededBytes([32]byte{1})
	fmt.Println(entropy.Bytes32(a) == entropy.Bytes32(b))
	fmt.Println(entropy.Uint64(a) == entropy.Uint64(b))
	// Output:
	// true
	// true
}

// A function that wants an io.Reader gets one that never fails.
func ExampleReader() {
	token := make([]byte, 16)
	n, err := io.ReadFull(entropy.Reader(entropy.System()), token)
	fmt.Println(n, err)
	// Output: 16 <nil>
}
