package mail

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
)

// ErrExposed means that everybody could write into the directory of a file
// sender, or that it is none.
var ErrExposed = errors.New("mail: the directory is not private")

// Files returns a sender that puts each mail into a file of a directory, for a
// program that picks them up, or for looking at what would have been sent. The
// directory is made, for the owner alone, if it is missing. From is the address
// that mails come from, bare or with a name.
//
// A file is named after the mail's id, which grows with time, and ends in
// ".eml"; it is an Internet message as [Message.Format] makes it, readable by the
// owner alone: it holds links that sign in. It appears whole or not at all, and a
// mail that is delivered again replaces its file.
//
// Errors: [ErrExposed], what cannot be made or looked at, an unusable address.
func Files(dir, from string) (Sender, error) {
	if sender, err := netmail.ParseAddress(from); err != nil || !addressable(sender.Address) {
		return nil, errors.New("mail: files: the sender's address cannot be parsed")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: files: %w", err)
	}
	f := files{dir, from}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("mail: files: %w", err)
	}
	return f, nil
}

type files struct{ dir, from string }

// check looks at the directory again before each mail: what was private at the
// start may have been opened since.
func (f files) check() error {
	info, err := os.Stat(f.dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || exposed(info.Mode()) {
		return fmt.Errorf("%w: %s; everybody may write there: chmod o-w", ErrExposed, f.dir)
	}
	return nil
}

func (f files) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mail: files: %w", err)
	}
	text, err := m.Format(f.from)
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return fmt.Errorf("mail: files: %w", err)
	}
	name := hex.EncodeToString(m.ID[:])
	draft := filepath.Join(f.dir, "."+name+".draft")
	if err := writeDraft(draft, text); err != nil {
		return fmt.Errorf("mail: files: %w", errors.Join(err, removed(draft)))
	}
	if err := os.Rename(draft, filepath.Join(f.dir, name+".eml")); err != nil {
		return fmt.Errorf("mail: files: %w", errors.Join(err, removed(draft)))
	}
	// The row is forgotten once this returns nil, so the name has to be durable.
	if err := syncDir(f.dir); err != nil {
		return fmt.Errorf("mail: files: %w", err)
	}
	return nil
}

// writeDraft makes a new file and makes it durable. What lies there already was
// left by a process that was killed, or put there as a trap: it is removed, never
// written through.
func writeDraft(path string, text []byte) error {
	if err := removed(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// removed makes sure that there is nothing at path.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
