package sim

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// ErrFormat is what [Open] answers to something that is not a recording of this format.
var ErrFormat = errors.New("sim: not a recording of format " + format)

const (
	format = "1"
	magic  = "axsim "
	// unpacked bounds what a recording may unpack to, in bytes: it may be anybody's.
	unpacked = 256 << 20
)

// Recording is a run that can be had again: the commit, the configuration, and every
// choice. With all three the same the run is the same, step by step (SIM-010).
type Recording struct {
	// Commit of the program that recorded it; empty: not known.
	Commit string
	// Config of the run.
	Config Config
	// Invariant is what was broken, as [Result.Invariant] names it; empty: nothing was.
	Invariant string
	// Step at which the run ended.
	Step int

	log   coro.Log
	hits  []hit
	began map[coro.Stream]time.Duration // turns
}

// Record runs a world and writes down every choice. The run is that of [Run].
func Record(cfg Config) (*Result, *Recording) {
	if cfg.Flip != "" {
		cfg.kept = true
		return recordPair(cfg, seededAnew(cfg))
	}
	return record(cfg, cfg.Source)
}

// record does so with what decides.
func record(cfg Config, src coro.Source) (*Result, *Recording) {
	cfg.Source, cfg.kept = src, true
	w := newWorld(cfg)
	r := w.run()
	cfg = w.cfg
	// What took time took so many steps, and those are counted here.
	cfg.Time, cfg.Steps = 0, r.Steps
	cfg.Source, cfg.Trace, cfg.Watch, cfg.kept, cfg.book = nil, nil, nil, false, nil
	return r, &Recording{
		Commit: commit(), Config: cfg, Invariant: r.Invariant(), Step: r.Steps,
		log: w.src.log, hits: w.src.hits, began: w.src.began,
	}
}

// Replay has the run again. A log that has come to its end goes on with zeros, which
// are the first task, no fault, and no further turn of an actor; [Result.Short] counts
// them.
func (r *Recording) Replay() *Result {
	result, _ := r.again(r.Config)
	return result
}

// again replays under another configuration, and records that.
func (r *Recording) again(cfg Config) (*Result, *Recording) {
	if cfg.Flip != "" {
		cfg.kept = true
		return recordPair(cfg, func() coro.Source { return coro.NewReplay(r.log) })
	}
	src := coro.NewReplay(r.log)
	result, rec := record(cfg, src)
	result.Short = src.Short()
	return result, rec
}

// Foreign reports that another commit recorded it, so that the run may be another one.
// Where one of both is not known it cannot say so.
func (r *Recording) Foreign() bool {
	here := commit()
	return r.Commit != "" && here != "" && r.Commit != here
}

// commit is what the running program was built from; empty: it does not know.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+"
		}
	}
	return revision + modified
}

// recorded is what a file holds.
type recorded struct {
	Commit    string            `json:"commit,omitempty"`
	Config    Config            `json:"config"`
	Invariant string            `json:"invariant,omitempty"`
	Step      int               `json:"step"`
	Log       map[string]string `json:"log"` // numbers as unsigned varints, in base64
}

// String is the recording as a text: a line that names the format, then lines of
// base64. It is what a file with the ending .axsim holds.
func (r *Recording) String() string {
	out := recorded{Commit: r.Commit, Config: r.Config, Invariant: r.Invariant, Step: r.Step, Log: map[string]string{}}
	for s, drawn := range r.log {
		var b []byte
		for _, v := range drawn {
			b = binary.AppendUvarint(b, v)
		}
		out.Log[string(s)] = base64.RawStdEncoding.EncodeToString(b)
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // numbers and words: it cannot fail
	}
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	var b strings.Builder
	b.WriteString(magic + format + "\n")
	const width = 76
	for rest := base64.StdEncoding.EncodeToString(packed.Bytes()); rest != ""; {
		n := min(width, len(rest))
		b.WriteString(rest[:n] + "\n")
		rest = rest[n:]
	}
	return b.String()
}

// Open reads what [Recording.String] has written. Another format is [ErrFormat], which
// says which.
func Open(text string) (*Recording, error) {
	head, body, _ := strings.Cut(strings.TrimSpace(text), "\n")
	version, ok := strings.CutPrefix(strings.TrimSpace(head), magic)
	switch {
	case !ok:
		return nil, ErrFormat
	case version != format:
		return nil, fmt.Errorf("%w: it is of format %.20q", ErrFormat, version)
	}
	packed, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), unpacked))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var in recorded
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields() // a setting that this program does not know would change the run
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r := &Recording{Commit: in.Commit, Config: in.Config, Invariant: in.Invariant, Step: in.Step, log: coro.Log{}}
	for _, s := range slices.Sorted(maps.Keys(in.Log)) {
		drawn := in.Log[s]
		b, err := base64.RawStdEncoding.DecodeString(drawn)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		for len(b) > 0 {
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return nil, fmt.Errorf("%w: a number of %q ends early", ErrFormat, s)
			}
			b, r.log[coro.Stream(s)] = b[n:], append(r.log[coro.Stream(s)], v)
		}
	}
	return r, nil
}
