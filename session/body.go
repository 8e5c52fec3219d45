package session

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/useragent"
)

// Errors of a stored body. None of them changes the cookie or the record but
// as said.
var (
	// ErrIntegrity means that a record is not what was stored: a bad seal, a
	// malformed body, or a header that contradicts it. The request runs as Guest
	// and the record is kept as evidence (SES-066).
	ErrIntegrity = errors.New("session: integrity check failed")
	// ErrTooNew means that a newer release wrote the record and says that this
	// one must not read it: 503, nothing is touched (SES-033).
	ErrTooNew = errors.New("session: record of a newer release")
	// ErrUnmigratable means that an old record cannot be brought up to date. The
	// request runs as Guest and the record is deleted (SES-035).
	ErrUnmigratable = errors.New("session: record cannot be migrated")
)

// Keys of the sealed body, a deterministic CBOR map (SES-030). Nested values
// are arrays of fixed length: what a later release adds gets a key of its own
// here, where releases that do not know it keep it (SES-034).
const (
	keySchema     = 1
	keyMinReader  = 2
	keyState      = 3
	keyCreated    = 4
	keyAbsolute   = 5
	keyEpochs     = 6
	keyBinding    = 7
	_             = 8 // device id
	_             = 9 // family id
	keyCustom     = 10
	keyCeremony   = 11
	keySalt       = 12
	keyClient     = 13
	keyPersistent = 14
	keyActor      = 15
)

const (
	schemaVersion = 1
	minReader     = 1
	maxExtra      = 64
)

// Client is what a list of sessions shows of a browser: no version, no address.
type Client struct {
	Browser, Platform string // at most 64 bytes each
}

const maxClient = 64

// String is "Firefox on Linux", as far as known.
func (c Client) String() string {
	if c.Browser == "" || c.Platform == "" {
		return c.Browser + c.Platform
	}
	return c.Browser + " on " + c.Platform
}

func clientOf(r *http.Request) Client {
	browser, platform := useragent.Reduce(r.UserAgent())
	return Client{browser, platform}
}

// body is the authoritative state of a session, immutable once made.
type body struct {
	schema    uint64
	minReader uint64
	state     machine.State
	created   time.Time
	absolute  time.Time
	epochs    identity.Epochs
	// custom and ceremony are encoded maps (see entries.go), nil when empty.
	custom   []byte
	ceremony []byte
	// binding is an encoded list (see binding_body.go) and salt what its MACs are
	// made with; nil, both, for a session that is bound to nothing.
	binding []byte
	salt    []byte
	client  Client
	// persistent says that the cookie outlives the browser's session.
	persistent bool
	extra      []field
}

// field is a key of the body that this release does not know, as it was read.
type field struct {
	key uint64
	raw []byte
}

// migration brings the fields of a body from one version to the next. It is
// pure. An error means that there is no way (ErrUnmigratable).
type migration func([]field) ([]field, error)

// bodyCodec knows the current version and the way to it: steps[i] leads from
// version i+1 to i+2 (SES-032).
type bodyCodec struct{ steps []migration }

func (c *bodyCodec) current() uint64 { return uint64(len(c.steps)) + 1 }

// encode is byte-stable: what decode read, encode writes again.
func (b *body) encode() []byte {
	out := make([]byte, 0, 512+len(b.custom)+len(b.ceremony))
	n := 7 + len(b.extra)
	actor := machine.ActorOf(b.state)
	for _, have := range []bool{b.binding != nil, b.salt != nil, len(b.custom) > 0, len(b.ceremony) > 0, b.client != Client{}, actor != nil} {
		if have {
			n++
		}
	}
	out = putHead(out, cborMap, uint64(n))
	extra := b.extra
	key := func(k uint64) {
		for len(extra) > 0 && extra[0].key < k {
			out = append(putUint(out, extra[0].key), extra[0].raw...)
			extra = extra[1:]
		}
		out = putUint(out, k)
	}
	key(keySchema)
	out = putUint(out, b.schema)
	key(keyMinReader)
	out = putUint(out, b.minReader)
	key(keyState)
	out = putState(out, b.state)
	key(keyCreated)
	out = putTime(out, b.created)
	key(keyAbsolute)
	out = putTime(out, b.absolute)
	key(keyEpochs)
	out = putEpochs(out, b.epochs)
	if b.binding != nil {
		key(keyBinding)
		out = append(out, b.binding...)
	}
	if len(b.custom) > 0 {
		key(keyCustom)
		out = append(out, b.custom...)
	}
	if len(b.ceremony) > 0 {
		key(keyCeremony)
		out = append(out, b.ceremony...)
	}
	if b.salt != nil {
		key(keySalt)
		out = putBytes(out, b.salt)
	}
	if b.client != (Client{}) {
		key(keyClient)
		out = putText(putText(putList(out, 2), b.client.Browser), b.client.Platform)
	}
	key(keyPersistent)
	out = putFlag(out, b.persistent)
	if actor != nil {
		key(keyActor)
		out = putActor(out, actor)
	}
	for _, f := range extra {
		out = append(putUint(out, f.key), f.raw...)
	}
	return out
}

// decode reads a body of any version that leads to the current one, or that a
// newer release wrote for us to read too. migrated says that it is to be
// written again. The result shares memory with enc.
func (c *bodyCodec) decode(enc []byte) (b body, migrated bool, err error) {
	if migrated, err = c.decodeInto(&b, enc); err != nil {
		return body{}, false, err
	}
	return b, migrated, nil
}

// decodeInto decodes into an empty body; what an error leaves there is of no use.
func (c *bodyCodec) decodeInto(b *body, enc []byte) (migrated bool, err error) {
	if len(enc) > MaxSealed {
		return false, ErrIntegrity
	}
	r := cborReader{b: enc}
	n := r.want(cborMap)
	if r.uint() != keySchema {
		return false, ErrIntegrity
	}
	schema := r.uint()
	if r.uint() != keyMinReader {
		return false, ErrIntegrity
	}
	reader := r.uint()
	if reader == 0 || reader > schema { // 0 is also what a fault reads as
		return false, ErrIntegrity
	}
	if reader > c.current() {
		return false, ErrTooNew
	}
	if schema < c.current() {
		if enc, err = c.migrate(enc, schema); err != nil {
			return false, err
		}
		_, err = c.decodeInto(b, enc)
		return err == nil, err
	}
	b.schema, b.minReader = schema, reader
	r.fields(b, n-2)
	if !r.done() || !b.absolute.After(b.created) {
		return false, ErrIntegrity
	}
	return false, nil
}

// fields reads the n fields behind the versions.
func (r *cborReader) fields(b *body, n uint64) {
	const required = 1<<keyState | 1<<keyCreated | 1<<keyAbsolute | 1<<keyEpochs | 1<<keyPersistent
	var seen, last uint64 = 0, keyMinReader
	var acting *machine.LoginData
	for ; n > 0; n-- {
		key := r.uint()
		if key <= last { // after a fault every key is 0
			r.fail()
			return
		}
		last = key
		switch key {
		case keyState:
			b.state, acting = r.state()
		case keyCreated:
			b.created = r.time()
		case keyAbsolute:
			b.absolute = r.time()
		case keyEpochs:
			b.epochs = r.epochs()
		case keyBinding:
			b.binding = r.bindings()
		case keySalt:
			b.salt = r.salt()
		case keyCustom:
			b.custom = r.entries()
		case keyCeremony:
			b.ceremony = r.entries()
		case keyClient:
			b.client = r.client()
		case keyPersistent:
			b.persistent = r.flag()
		case keyActor:
			if acting == nil {
				r.fail()
				return
			}
			acting.Actor = r.actor()
			b.state, acting = r.restored(machine.RestoreLogin(acting)), nil
		default:
			if len(b.extra) >= maxExtra {
				r.fail()
				return
			}
			b.extra = append(b.extra, field{key, r.raw(1)})
			continue
		}
		seen |= 1 << key
	}
	if seen&required != required || acting != nil || b.binding != nil && b.salt == nil {
		r.fail()
	}
}

func (r *cborReader) client() Client {
	r.tuple(2)
	c := Client{intern(r.text()), intern(r.text())}
	if c == (Client{}) || len(c.Browser) > maxClient || len(c.Platform) > maxClient {
		r.fail()
	}
	return c
}

// migrate runs the chain on the fields of an old body and encodes the result.
func (c *bodyCodec) migrate(enc []byte, from uint64) ([]byte, error) {
	r := cborReader{b: enc}
	n := r.want(cborMap)
	if n > maxExtra {
		return nil, ErrIntegrity
	}
	fields := make([]field, 0, n)
	for ; n > 0; n-- {
		f := field{key: r.uint(), raw: r.raw(1)}
		if len(fields) > 0 && f.key <= fields[len(fields)-1].key {
			return nil, ErrIntegrity
		}
		fields = append(fields, f)
	}
	if !r.done() {
		return nil, ErrIntegrity
	}
	fields = fields[2:] // decode has read the two versions
	for v := from; v < c.current(); v++ {
		var err error
		if fields, err = c.steps[v-1](fields); err != nil {
			return nil, errors.Join(ErrUnmigratable, err)
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return int(min(max(int64(a.key-b.key), -1), 1)) })
	out := putHead(nil, cborMap, uint64(len(fields)+2))
	out = putUint(putUint(out, keySchema), c.current())
	out = putUint(putUint(out, keyMinReader), c.current())
	for _, f := range fields {
		out = append(putUint(out, f.key), f.raw...)
	}
	return out, nil
}
