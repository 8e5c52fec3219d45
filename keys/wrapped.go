package keys

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

const wrappedHeader = "axess-keys-wrapped v1"

// Wrapper seals a key file by a key that is elsewhere: in a key management
// service or a hardware module. Unwrap(Wrap(b)) is b, and Unwrap refuses what Wrap
// did not make. Both set their own time limits under ctx. Wrappers for vendors
// live outside this module.
type Wrapper interface {
	// Wrap seals a whole key file, at most 64 KiB. It must not keep clear.
	Wrap(ctx context.Context, clear []byte) ([]byte, error)
	// Unwrap is called at each start and reload.
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}

// ErrNotWrapped means that a [Wrapped] source found keys in the clear, or a Source
// that has no text to be wrapped: it takes those of [File], [Dir] and [Env].
var ErrNotWrapped = errors.New("keys: the keys are not wrapped")

// Wrapped returns the Source that reads what lies at src and has w open it. What
// lies in the clear is refused ([ErrNotWrapped]), so that a file that was put
// there by mistake does not pass. Make the file with [InitWrapped].
func Wrapped(src Source, w Wrapper) Source { return wrapped{src, w} }

type wrapped struct {
	src Source
	w   Wrapper
}

// Place implements [Placed].
func (s wrapped) Place() Place {
	if p, ok := s.src.(Placed); ok {
		return Place{Path: p.Place().Path, Wrapped: true}
	}
	return Place{Wrapped: true}
}

func (s wrapped) Load(ctx context.Context) (seal.Keys, error) {
	src, ok := s.src.(texts)
	if !ok || s.w == nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w: neither File, Dir nor Env, or no Wrapper", ErrNotWrapped)
	}
	if err := ctx.Err(); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w", err)
	}
	all, err := src.texts(ctx)
	if err != nil {
		return seal.Keys{}, fmt.Errorf("keys: load: %w", err)
	}
	defer func() {
		for _, t := range all {
			clear(t.b)
		}
	}()
	for i, t := range all {
		sealed, err := decodeWrapped(t.b)
		if err != nil {
			return seal.Keys{}, fmt.Errorf("keys: load %s: %w", t.name, err)
		}
		if all[i].b, err = s.w.Unwrap(ctx, sealed); err != nil {
			return seal.Keys{}, fmt.Errorf("keys: load %s: unwrap: %w", t.name, err)
		}
	}
	return rings(all)
}

// decodeWrapped reads two lines: the header, and base64 without padding.
func decodeWrapped(b []byte) ([]byte, error) {
	if len(b) > maxBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrFormat, maxBytes)
	}
	if bytes.HasPrefix(b, []byte(header+"\n")) {
		return nil, ErrNotWrapped
	}
	rest, ok := bytes.CutPrefix(b, []byte(wrappedHeader+"\n"))
	if !ok {
		return nil, fmt.Errorf("%w: the first line is not %q", ErrFormat, wrappedHeader)
	}
	line, ok := bytes.CutSuffix(rest, []byte("\n"))
	if !ok || bytes.ContainsAny(line, "\r\n") {
		return nil, fmt.Errorf("%w: it is cut off, or has more than two lines", ErrFormat)
	}
	out := make([]byte, base64.RawURLEncoding.DecodedLen(len(line)))
	n, err := base64.RawURLEncoding.Strict().Decode(out, line)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("%w: the second line is not base64url without padding", ErrFormat)
	}
	return out[:n], nil
}

// InitWrapped is [Init] for a file that [Wrapped] reads: the keys are drawn here,
// sealed by w, and never on the disk in the clear.
func InitWrapped(ctx context.Context, path string, w Wrapper, src entropy.Source, created time.Time) error {
	k, err := Generate(src, created)
	if err != nil {
		return err
	}
	clearText, err := Encode(k)
	if err != nil {
		return err
	}
	defer clear(clearText)
	sealed, err := w.Wrap(ctx, clearText)
	if err != nil {
		return fmt.Errorf("keys: init: wrap: %w", err)
	}
	return create(path, []byte(wrappedHeader+"\n"+base64.RawURLEncoding.EncodeToString(sealed)+"\n"))
}
