package session

import (
	"bytes"
	"cmp"
	"slices"
)

// Custom and ceremony data are maps from text to bytes. A body keeps them
// encoded: a request that does not ask for them does not pay for them.

const (
	maxKeys = 256
	maxKey  = 128
)

type entry struct {
	key   string
	value []byte // shared; copied before it leaves the package
}

// entries checks an encoded map and returns its bytes.
func (r *cborReader) entries() []byte {
	from := r.i
	n := r.want(cborMap)
	if n == 0 || n > maxKeys {
		r.fail() // an empty map is left out: one encoding only
		return nil
	}
	var last []byte
	for ; n > 0; n-- {
		key := r.text()
		if len(key) == 0 || len(key) > maxKey || compareKeys(last, key) >= 0 {
			r.fail()
			return nil
		}
		last = key
		r.bytes()
	}
	return r.b[from:r.i:r.i]
}

// compareKeys is the order of the encoded keys: for text of one type the
// length comes first (RFC 8949 §4.2.1).
func compareKeys(a, b []byte) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return bytes.Compare(a, b)
}

// each walks a map that entries has checked; nil is the empty map.
func each(enc []byte, f func(key, value []byte) (goOn bool)) {
	r := cborReader{b: enc}
	for n := r.want(cborMap); n > 0; n-- {
		key := r.take(r.want(cborText)) // UTF-8: entries has seen to it
		if !f(key, r.bytes()) {
			return
		}
	}
}

func lookup(enc []byte, key string) (value []byte, ok bool) {
	each(enc, func(k, v []byte) bool {
		if string(k) == key {
			value, ok = v, true
		}
		return !ok
	})
	return value, ok
}

func decodeEntries(enc []byte) []entry {
	var list []entry
	each(enc, func(k, v []byte) bool {
		list = append(list, entry{string(k), v})
		return true
	})
	return list
}

// encodeEntries sorts and encodes; the empty map is nil.
func encodeEntries(list []entry) []byte {
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b entry) int { return compareKeys([]byte(a.key), []byte(b.key)) })
	enc := putHead(nil, cborMap, uint64(len(list)))
	for _, e := range list {
		enc = putBytes(putText(enc, e.key), e.value)
	}
	return enc
}
