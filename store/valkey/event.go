package valkey

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
)

// eventVersion begins a stored event. What follows: tenant 16, time 8 (microseconds),
// boot 16, outcome 1, handle 16, then node and kind, each after its length in one
// byte, then the body.
const eventVersion = 1

const eventHead = 1 + 16 + 8 + 16 + 1 + 16

func encodeEvent(r *audit.Record) []byte {
	tenant := r.Tenant.Bytes()
	b := make([]byte, 0, eventHead+2+len(r.Node)+len(r.Kind)+len(r.Body))
	b = append(b, eventVersion)
	b = append(b, tenant[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMicro()))
	b = append(b, r.Boot[:]...)
	b = append(b, byte(r.Outcome))
	b = append(b, r.Handle[:]...)
	b = append(append(b, byte(len(r.Node))), r.Node...)
	b = append(append(b, byte(len(r.Kind))), r.Kind...)
	return append(b, r.Body...)
}

// decodeEvent reads what is stored under an id, the number before it included. What
// no Append has taken is none.
func decodeEvent(id string, b []byte) (audit.Record, bool) {
	head, b, ok := bytes.Cut(b, []byte(" "))
	seq, err := strconv.ParseUint(string(head), 10, 64)
	if !ok || err != nil || seq == 0 || len(b) < eventHead || b[0] != eventVersion {
		return audit.Record{}, false
	}
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return audit.Record{}, false
	}
	r := audit.Record{
		ID:     identity.FromBytes[identity.EventID]([16]byte(raw)),
		Tenant: identity.FromBytes[identity.TenantID]([16]byte(b[1:17])),
		At:     time.UnixMicro(int64(binary.BigEndian.Uint64(b[17:25]))).UTC(),
		Boot:   [16]byte(b[25:41]), Outcome: audit.Outcome(b[41]), Handle: [16]byte(b[42:58]),
	}
	rest := b[eventHead:]
	node, rest, ok1 := short(rest)
	kind, rest, ok2 := short(rest)
	r.Node, r.Kind, r.Body = node, audit.Kind(kind), rest
	if !ok1 || !ok2 || audit.CheckAppend([]audit.Record{r}) != nil {
		return audit.Record{}, false
	}
	r.Seq = seq
	return r, true
}

// short cuts off what follows its own length.
func short(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
