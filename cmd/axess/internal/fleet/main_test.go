//go:build linux

package fleet

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) { os.Exit(all(m)) }

func all(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "axess-fleet-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "axess")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", program, "github.com/axess-go/axess/cmd/axess").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	code = m.Run()
	if stopShared(os.Stderr) {
		code = 1
	}
	return code
}
