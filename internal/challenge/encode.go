package challenge

import (
	"encoding/binary"
	"errors"
	"time"
)

// The form of a state:
//
//	version(1) ∥ sends(1) ∥ tries(1) ∥ sent at(8, µs) ∥ body, if a code waits
const (
	stateVersion = 0x01
	stateHead    = 1 + 1 + 1 + 8
)

var errForm = errors.New("challenge: no state")

func encode(s State) ([]byte, error) {
	b := make([]byte, 0, stateHead+len(s.Body))
	b = append(b, stateVersion, byte(s.Sends), byte(s.Tries))
	b = binary.BigEndian.AppendUint64(b, uint64(s.SentAt.UnixMicro()))
	return append(b, s.Body...), nil
}

func decode(b []byte) (State, error) {
	if len(b) < stateHead || b[0] != stateVersion || b[1] == 0 || b[1] > Sends || b[2] > Tries {
		return State{}, errForm
	}
	s := State{
		Sends: int(b[1]), Tries: int(b[2]),
		SentAt: time.UnixMicro(int64(binary.BigEndian.Uint64(b[3:stateHead]))).UTC(),
	}
	if len(b) > stateHead {
		s.Body = append([]byte(nil), b[stateHead:]...)
	}
	return s, nil
}
