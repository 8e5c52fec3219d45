package randommiss

import "crypto/ed25519"

type source interface{ Fill(p []byte) }

func GenerateKey(s source) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	s.Fill(seed[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

var key = GenerateKey(nil)
