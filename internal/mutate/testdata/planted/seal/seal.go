// Package seal has the shapes that the operators for keys look for.
package seal

import "crypto/hmac"

type Label string

const (
	LabelOne   Label = "one.hmac"
	LabelOther Label = "other.seal"
	LabelTwo   Label = "two.hmac"
)

func Equal(a, b []byte) bool { return hmac.Equal(a, b) }

func Seal(aad, text []byte) string { return string(aad) + "|" + string(text) }
