package randomhit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand" // want `L02: crypto/rand: take an entropy.Source`
	"crypto/rsa"
	"hash/maphash"
	old "math/rand"  // want `L02: math/rand`
	_ "math/rand/v2" // want `L02: math/rand/v2`

	"github.com/google/uuid" // want `L02: github.com/google/uuid: mint ids`
	"golang.org/x/crypto/bcrypt"
)

func use() {
	_ = old.Int()
	_ = rand2()
	_ = uuid.NewString()
	ed25519.GenerateKey(rand.Reader)       // want `L02: crypto/ed25519.GenerateKey: keys are generated`
	rsa.GenerateKey(rand.Reader, 2048)     // want `L02: crypto/rsa.GenerateKey`
	ecdh.X25519().GenerateKey(rand.Reader) // want `L02: crypto/ecdh.GenerateKey`
	bcrypt.GenerateFromPassword(nil, 10)   // want `L02: golang.org/x/crypto/bcrypt.GenerateFromPassword: its salt`
	bcrypt.CompareHashAndPassword(nil, nil)
	_ = maphash.MakeSeed() // want `L02: hash/maphash.MakeSeed`
	block, _ := aes.NewCipher(nil)
	cipher.NewGCMWithRandomNonce(block) // want `L02: crypto/cipher.NewGCMWithRandomNonce`
}

func rand2() int { return 0 }

var _ = rand.Int // the import is what is reported
