package settings

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// readRegular reads a file of at most limit bytes. A named pipe is refused without
// waiting for its writer: none may come, and a start that hangs in opening it
// hears no signal.
func readRegular(path string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	case int64(len(text)) > limit:
		return nil, nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return text, info, nil
}
