package keys

import (
	"encoding/hex"

	"github.com/axess-go/axess/seal"
)

// published says whether a master is one of those printed in this repository.
// The digests, not the keys, stand here; a test collects the keys from tests
// and documentation and fails for one that is missing.
func published(master seal.Secret) bool {
	d := seal.Digest(seal.DigestPublishedKey, master.Reveal())
	switch hex.EncodeToString(d[:]) {
	case
		"bbf5ba836a02afa46c3359a78ed6e9c3fd24c39715a4ab88ecc53cde29130c02",
		"109a93b1cf595ce381ec291925749c7b95d365580051ea87fc630174849f3779",
		"09c77c8da88dbec840fc41f194d49dbbe22983d4d44c48ba0784afc6ae8a5af5",
		"b881032fb37c9ba637b70faa23b8514c44c16d7d0ebeb34d9249401eb3c11dee",
		"384483187638462aae4f219818eb1f2496a64b852f660c189295573da7a1fc2b",
		"14a21f234dd73ef1c4a8bf7c064f82dbf18e35ca0e7c2c1bdc8bc35331c7e3f1",
		"585b775dfaf3a044284ce0d86f9b5402c493ce55e7ed7fcaa8394ba28b148d82":
		return true
	}
	return false
}
