package audit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// ErrVersion answers an event of a version that this program does not know. It
// is refused, not guessed at (AUD-003).
var ErrVersion = errors.New("audit: event of a later version")

// Entry is an event, read. Fields that the event does not have are zero.
type Entry struct {
	Record
	Class       Class
	Subject     Party
	Actor       Party
	ActorHandle [16]byte
	SessionRef  string
	RequestID   string
	Client      Client
	Factor      identity.Kind
	Factors     []identity.Kind
	Reason      Reason
	// Data are the fields of the kind, by name; those of a later version too.
	Data []Datum
	// Dropped are the personal fields that were removed since, sorted.
	Dropped []string

	tree object
}

// Party is somebody in an event.
type Party struct {
	Type string          // "user", "system", "" for nobody
	ID   identity.UserID // zero for the system, and when it was dropped
}

// Client is where a request came from.
type Client struct {
	IP        netip.Addr
	Prefix    netip.Prefix
	Source    string // how the address became known, see clientip.Source
	UserAgent string
	Summary   string // browser and platform
}

// Datum is one field, as text. Several values are joined by ", ".
type Datum struct{ Name, Value string }

// Open reads the record. It refuses a body that is not canonical, a body that
// says something else than the columns, and a personal value that is not the one
// that was recorded.
//
// Errors: store.ErrCorrupt, [ErrVersion].
func (r Record) Open() (Entry, error) {
	tree, err := parse(r.Body)
	if err != nil {
		return Entry{}, fmt.Errorf("audit: open event: %w: %w", store.ErrCorrupt, err)
	}
	e, err := entryOf(tree)
	if err != nil {
		return Entry{}, err
	}
	e.Seq, e.Body = r.Seq, r.Body
	if e.ID != r.ID || e.Tenant != r.Tenant || !e.At.Equal(r.At) || e.Node != r.Node || e.Boot != r.Boot ||
		e.Kind != r.Kind || e.Outcome != r.Outcome || e.Handle != r.Handle {
		return Entry{}, fmt.Errorf("audit: open event: %w: columns and body differ", store.ErrCorrupt)
	}
	return e, nil
}

// JSON returns the event on the wire: canonical JSON with seq.
func (e Entry) JSON() []byte { return canonical(e.numbered()) }

// Hash is the SHA-256 that stands for the event in a ledger: over the wire form
// with commitments in the place of personal values, so it survives [Record.Drop].
func (e Entry) Hash() [32]byte { return hash(e.numbered()) }

func (e Entry) numbered() object {
	tree := slices.Clone(e.tree)
	if e.Seq > 0 {
		tree.set("seq", number(int64(e.Seq)))
	}
	return tree
}

// Drop returns the record without the given personal values; without any given,
// without all of them. The event's hash stays. Errors: store.ErrBadArgument for a
// field that is not personal, and those of [Record.Open].
func (r Record) Drop(personal ...string) (Record, error) {
	e, err := r.Open()
	if err != nil {
		return Record{}, err
	}
	if len(personal) == 0 {
		personal = Personal()
	}
	for _, field := range personal {
		if !slices.Contains(Personal(), field) {
			return Record{}, fmt.Errorf("audit: drop: %w: not a personal field", store.ErrBadArgument)
		}
	}
	r.Body = canonical(drop(e.tree, personal))
	return r, nil
}

// openRow reads the row of an event that has no number yet.
func openRow(row store.Row) (Entry, error) {
	tree, err := parse(row.Body)
	if err != nil {
		return Entry{}, fmt.Errorf("audit: open row: %w: %w", store.ErrCorrupt, err)
	}
	e, err := entryOf(tree)
	if err != nil {
		return Entry{}, err
	}
	if e.ID.Bytes() != row.ID {
		return Entry{}, fmt.Errorf("audit: open row: %w: another event's id", store.ErrCorrupt)
	}
	e.Body = row.Body
	return e, nil
}

// entryOf takes an event apart. What it does not know it leaves alone.
func entryOf(tree object) (Entry, error) {
	p := reader{tree: tree}
	if v := p.number("v"); p.bad == "" && v > Version {
		return Entry{}, fmt.Errorf("audit: open event: %w", ErrVersion)
	} else if v != Version {
		p.fail("v")
	}
	e := Entry{tree: tree}
	e.ID = readID[identity.EventID](&p, "id", needed)
	e.Tenant = readID[identity.TenantID](&p, "tenant_id", optional)
	if e.Tenant.IsZero() {
		e.Tenant = identity.SystemTenant
	}
	e.At = time.UnixMicro(p.number("time_us")).UTC()
	e.Node = p.text("node", needed)
	e.Boot = p.bytes16("boot", needed)
	e.Kind = Kind(p.text("kind", needed))
	e.Outcome, e.Class = p.outcome(), p.class()
	e.Subject = Party{p.text("subject.type", optional), readID[identity.UserID](&p, "subject.id", optional)}
	e.Actor = Party{p.text("actor.type", optional), readID[identity.UserID](&p, "actor.id", optional)}
	e.Handle = p.bytes16("handle", optional)
	e.ActorHandle = p.bytes16("actor_handle", optional)
	e.SessionRef = p.text("session_ref", optional)
	e.RequestID = p.text("request_id", optional)
	e.Client = p.client()
	e.Factor = identity.Kind(p.text("factor_kind", optional))
	for _, v := range p.list("factors_completed") {
		e.Factors = append(e.Factors, identity.Kind(v.str))
	}
	e.Reason = Reason(p.text("reason", optional))
	if data, ok := tree.get("data"); ok {
		for _, m := range data.obj {
			e.Data = append(e.Data, Datum{m.key, show(m.val)})
		}
	}
	if p.bad != "" {
		return Entry{}, fmt.Errorf("audit: open event: %w: field %s", store.ErrCorrupt, p.bad)
	}
	var err error
	e.Dropped, err = checkCommitments(tree)
	return e, err
}

func show(v value) string {
	switch v.kind {
	case isText:
		return v.str
	case isNumber:
		return strconv.FormatInt(v.num, 10)
	case isBool:
		return strconv.FormatBool(v.isTrue())
	case isArray:
		parts := make([]string, len(v.list))
		for i, e := range v.list {
			parts[i] = show(e)
		}
		return strings.Join(parts, ", ")
	case isObject:
		return string(canonical(v.obj))
	}
	return ""
}

type need bool

const (
	needed   need = true
	optional need = false
)

// reader takes fields out of a tree and remembers the first that is wrong.
type reader struct {
	tree object
	bad  string
}

func (p *reader) fail(field string) {
	if p.bad == "" {
		p.bad = field
	}
}

func (p *reader) value(field string, k valueKind, n need) (value, bool) {
	v, ok := p.tree.at(field)
	if !ok && n == optional {
		return value{}, false
	}
	if !ok || v.kind != k {
		p.fail(field)
		return value{}, false
	}
	return v, true
}

func (p *reader) text(field string, n need) string {
	v, _ := p.value(field, isText, n)
	return v.str
}

func (p *reader) number(field string) int64 {
	v, _ := p.value(field, isNumber, needed)
	return v.num
}

func (p *reader) outcome() Outcome {
	o, ok := parseOutcome(p.text("outcome", needed))
	if !ok {
		p.fail("outcome")
	}
	return o
}

func (p *reader) class() Class {
	c, ok := parseClass(p.text("class", needed))
	if !ok {
		p.fail("class")
	}
	return c
}

func (p *reader) list(field string) []value {
	v, _ := p.value(field, isArray, optional)
	return v.list
}

func (p *reader) bytes16(field string, n need) (b [16]byte) {
	s := p.text(field, n)
	if s == "" {
		return b
	}
	if raw, err := hex.DecodeString(s); err != nil || copy(b[:], raw) != len(b) || len(raw) != len(b) {
		p.fail(field)
	}
	return b
}

func (p *reader) client() (c Client) {
	c.Source = p.text("client.ip_source", optional)
	c.UserAgent = p.text("client.user_agent", optional)
	c.Summary = p.text("client.ua_summary", optional)
	var err error
	if s := p.text("client.ip", optional); s != "" {
		if c.IP, err = netip.ParseAddr(s); err != nil {
			p.fail("client.ip")
		}
	}
	if s := p.text("client.ip_prefix", optional); s != "" {
		if c.Prefix, err = netip.ParsePrefix(s); err != nil {
			p.fail("client.ip_prefix")
		}
	}
	return c
}

func readID[I identity.AnyID](p *reader, field string, n need) (id I) {
	s := p.text(field, n)
	if s == "" {
		return id
	}
	id, err := identity.Parse[I](s)
	if err != nil {
		p.fail(field)
	}
	return id
}
