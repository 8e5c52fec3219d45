package comparemiss

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/subtle"
)

type row struct {
	Hash crypto.Hash
	Mac  []byte
	Tag  string
}

func compare(r row, token, tokenKind, kind, lang string, body, other []byte, ref, ref2 [16]byte) {
	_ = hmac.Equal(r.Mac, other)
	_ = subtle.ConstantTimeCompare([]byte(token), other) == 1
	_ = token == ""
	_ = r.Mac == nil
	_ = len(r.Mac) == len(other)
	_ = r.Hash == crypto.SHA256
	_ = tokenKind == kind
	_ = r.Tag == lang
	_ = bytes.Equal(body, other)
	_ = ref == ref2
}
