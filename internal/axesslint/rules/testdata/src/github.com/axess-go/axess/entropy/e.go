package entropy

import "crypto/rand"

func Fill(p []byte) { rand.Read(p) }
