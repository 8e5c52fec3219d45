package blocklist

import (
	"context"
	_ "embed" // the list
	"sort"

	"github.com/axess-go/axess/seal"
)

// common is the list: of each password the first six bytes of its digest, in order.
// internal/cmd/blocklist makes it, and says of what.
//
//go:generate go run ../../../internal/cmd/blocklist -in rockyou.txt -out common.bin
//go:embed common.bin
var common string

// commonSize is how many bytes of a digest the list holds.
const commonSize = 6

// CommonList is the list that is in the program. It is read where it lies: it takes no
// time at the start and no memory of its own.
type CommonList struct{}

// Common is the list in the program: 100,000 passwords that several people have used,
// all of at least 8 characters, among them 17,757 of at least 15, which is more than the
// 3,000 of each length that ASVS 6.2.4 asks for.
func Common() CommonList { return CommonList{} }

// Len is how many passwords the list holds.
func (CommonList) Len() int { return len(common) / commonSize }

// Contains reports whether the password is on the list. There is no error.
func (l CommonList) Contains(_ context.Context, secret seal.Secret) (bool, error) {
	want := digest(secret.Reveal()) >> (64 - 8*commonSize)
	i := sort.Search(l.Len(), func(i int) bool { return at(i) >= want })
	return i < l.Len() && at(i) == want, nil
}

// at is one entry as a number.
func at(i int) (n uint64) {
	for _, b := range []byte(common[i*commonSize : (i+1)*commonSize]) {
		n = n<<8 | uint64(b)
	}
	return n
}

// Entry is a password as the list holds it, for the command that makes one.
func Entry(password []byte) [commonSize]byte {
	n := digest(password)
	return [commonSize]byte{byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16)}
}
